import type { AcrossErrors } from '../../node/errors.ts';
import type { Catalogue } from '../sentence.ts';

export const acrossErrors: Catalogue<AcrossErrors> = {
  'vm.node_silent': ({ node, vm }) => ({
    message: `${node}, on which "${vm}" is, does not answer.`,
    hint: 'Check that this PC is on, on the network, and that labmesh runs on it; then try again. Nothing on its disk is lost.',
  }),
  'upload.node_silent': ({ node }) => ({
    message: `${node}, which holds the beginning of this upload, does not answer.`,
    hint: 'Go on when it is back, or upload the file anew.',
  }),
  'across.not_here': ({ name }) => ({
    message: `"${name}" is no longer on the PC that was asked: it has moved, or the news is still on its way.`,
    hint: 'Try again in a moment.',
  }),
};
