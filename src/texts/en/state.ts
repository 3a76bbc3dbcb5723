/** Refusals and causes of `state/`: what concerns no single subject, and the subjects put together. */
import type { EditErrors, ReplicaErrors, StateErrors } from '../../state/index.ts';
import { fieldProblem } from '../field-problem.ts';
import type { Catalogue } from '../sentence.ts';
import { word } from '../word.ts';
import { number } from './figures.ts';
import { imageRefusals } from './state-images.ts';
import { nodeRefusals } from './state-nodes.ts';
import { peopleRefusals } from './state-people.ts';
import { reservationRefusals } from './state-reservations.ts';
import { roomRefusals } from './state-room.ts';
import { vmRefusals } from './state-vms.ts';
import { kinds, needs, operations, states } from './words.ts';

/** Notices, and refusals that the join door tells newcomers as its own. */
type SaidElsewhere =
  | 'operation.timed_out'
  | 'vm.lease_ended'
  | 'join.token_unknown'
  | 'join.token_revoked'
  | 'join.token_expired'
  | 'join.token_used_up'
  | 'join.already_member';

function fieldHint(problem: string): string {
  const found = fieldProblem(problem);
  switch (found.kind) {
    case 'missing':
      return 'It is missing: fill it in.';
    case 'unknown':
      return 'Nothing of this name is expected here: leave it out.';
    case 'id':
      return 'An id has 26 letters and digits; copy it from a list.';
    case 'type':
      return `Give a value of the kind "${found.expected}".`;
    case 'choice':
      return `Choose one of: ${found.choices.join(', ')}.`;
    case 'malformed':
      return 'It has characters or a form that are not allowed there.';
    default: {
      const bound = number(found.bound);
      const end = found.kind === 'most' ? 'at most' : 'at least';
      if (found.of === 'number') return `Give ${end} ${bound}.`;
      return `Give ${end} ${bound} ${found.of === 'text' ? 'characters' : 'items'}.`;
    }
  }
}

export const stateErrors = {
  'access.denied': ({ need }) => ({
    message: `Only ${word(needs, need)} may do this.`,
    hint: 'Ask somebody who may, or sign in with another account.',
  }),
  'access.signed_out': () => ({
    message: 'You are not signed in any more: the account or the session has ended.',
    hint: 'Sign in again.',
  }),
  'payload.invalid': ({ field, problem }) => ({
    message: field ? `The value of "${field}" cannot be taken.` : 'The request cannot be taken as it is.',
    hint: fieldHint(problem),
  }),
  not_found: ({ kind, id }) => ({
    message: `There is no ${word(kinds, kind)} "${id}", or it is not yours to see.`,
    hint: 'Check the name or id in the list; it may have been deleted meanwhile.',
  }),
  'name.taken': ({ kind, name }) => ({
    message: `The name "${name}" is taken: another ${word(kinds, kind)} has it.`,
    hint: 'Choose another name, or rename the other one first.',
  }),
  'setting.unknown': ({ key }) => ({
    message: `There is no setting "${key}".`,
    hint: 'The page Settings and "labmesh setting ls" list them all.',
  }),
  'setting.invalid': ({ key, value, expected }) => ({
    message: `The setting "${key}" cannot be ${JSON.stringify(value) ?? 'empty'}.`,
    hint: `It takes: ${expected}.`,
  }),
  'operation.superseded': ({ by }) => ({
    message: `A newer wish took its place: ${word(operations, by).toLowerCase()}.`,
    hint: 'Nothing is left to do; follow the newer operation.',
  }),
  'operation.not_running': ({ state }) => ({
    message: `The operation is not under way: it is ${word(states, state)}.`,
    hint: 'Nothing is left to do.',
  }),
  ...nodeRefusals,
  ...peopleRefusals,
  ...imageRefusals,
  ...vmRefusals,
  ...roomRefusals,
  ...reservationRefusals,
} satisfies Catalogue<Omit<StateErrors, SaidElsewhere | keyof ReplicaErrors | keyof EditErrors>>;
