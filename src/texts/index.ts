/**
 * The one catalogue of sentences about codes: what happened and why, and what to do. Every folder's codes are in it, in every
 * language: a sentence that is missing in one of them does not compile. See DESIGN.md.
 */
import type { CliErrors } from '../cli/errors.ts';
import type { ElectionErrors, ElectionWarnings } from '../election/errors.ts';
import type { HypervisorErrors } from '../hypervisor/errors.ts';
import type { ImagesErrorData } from '../images/errors.ts';
import type { NodeErrors } from '../node/errors.ts';
import type { StateErrors } from '../state/index.ts';
import type { WebErrors } from '../web/errors.ts';
import { acrossErrors as acrossEn } from './en/across.ts';
import { cliErrors as cliEn } from './en/cli.ts';
import { editErrors as editsEn } from './en/edits.ts';
import { electionErrors as electionEn } from './en/election.ts';
import { gossipErrors as gossipEn } from './en/gossip.ts';
import { hypervisorErrors as hypervisorEn } from './en/hypervisor.ts';
import { imagesErrors as imagesEn } from './en/images.ts';
import { nodeErrors as nodeEn } from './en/node.ts';
import { notices as noticesEn } from './en/notices.ts';
import { replicaErrors as replicasEn } from './en/replicas.ts';
import { schedulerReasons as schedulerEn } from './en/scheduler.ts';
import { stateErrors as stateEn } from './en/state.ts';
import { urlErrors as urlsEn } from './en/urls.ts';
import { webErrors as webEn } from './en/web.ts';
import * as wordsEn from './en/words.ts';
import { acrossErrors as acrossEs } from './es/across.ts';
import { cliErrors as cliEs } from './es/cli.ts';
import { editErrors as editsEs } from './es/edits.ts';
import { electionErrors as electionEs } from './es/election.ts';
import { gossipErrors as gossipEs } from './es/gossip.ts';
import { hypervisorErrors as hypervisorEs } from './es/hypervisor.ts';
import { imagesErrors as imagesEs } from './es/images.ts';
import { nodeErrors as nodeEs } from './es/node.ts';
import { notices as noticesEs } from './es/notices.ts';
import { replicaErrors as replicasEs } from './es/replicas.ts';
import { schedulerReasons as schedulerEs } from './es/scheduler.ts';
import { stateErrors as stateEs } from './es/state.ts';
import { urlErrors as urlsEs } from './es/urls.ts';
import { webErrors as webEs } from './es/web.ts';
import * as wordsEs from './es/words.ts';
import type { NoticeCodes } from './notices.ts';
import type { SchedulerReasons } from './scheduler.ts';
import type { Cause, Lang, Sentence } from './sentence.ts';
import { word } from './word.ts';

export { formatBytes, formatDuration, formatList, formatNumber, formatTime } from './format.ts';
export { type Catalogue, type Cause, LANGS, type Lang, type Say, type Sentence } from './sentence.ts';

const en = {
  ...stateEn,
  ...acrossEn,
  ...noticesEn,
  ...cliEn,
  ...editsEn,
  ...electionEn,
  ...gossipEn,
  ...hypervisorEn,
  ...imagesEn,
  ...nodeEn,
  ...replicasEn,
  ...schedulerEn,
  ...urlsEn,
  ...webEn,
};

const es: typeof en = {
  ...stateEs,
  ...acrossEs,
  ...noticesEs,
  ...cliEs,
  ...editsEs,
  ...electionEs,
  ...gossipEs,
  ...hypervisorEs,
  ...imagesEs,
  ...nodeEs,
  ...replicasEs,
  ...schedulerEs,
  ...urlsEs,
  ...webEs,
};

/** Every code of the house. */
type AnyCode =
  | keyof StateErrors
  | keyof NoticeCodes
  | keyof CliErrors
  | keyof ElectionErrors
  | keyof ElectionWarnings
  | keyof HypervisorErrors
  | keyof ImagesErrorData
  | keyof NodeErrors
  | keyof SchedulerReasons
  | keyof WebErrors;

/** Does not compile while a code has no sentence, and names it. */
en satisfies Readonly<Record<AnyCode, unknown>>;

/** A code that has a sentence. */
export type KnownCode = keyof typeof en;

/** Every code that has a sentence, for tests and for the documentation. */
export const knownCodes: readonly string[] = Object.keys(en);

/** What to say about a code of which this version knows nothing, or whose data is not what it expects. */
const GENERIC: Readonly<Record<Lang, (code: string) => Sentence>> = {
  en: (code) => ({
    message: `Something went wrong that this version of labmesh has no words for: "${code}".`,
    hint: 'Perhaps another PC runs a newer version. Show this code to an administrator.',
  }),
  es: (code) => ({
    message: `Ha ocurrido algo para lo que esta versión de labmesh no tiene palabras: «${code}».`,
    hint: 'Quizá otro PC tenga una versión más nueva. Enseñe este código a quien administra la nube.',
  }),
};

/** Causes inside causes: a notification's cause may carry one more, never an endless chain. */
const MAX_DEPTH = 4;

type Entry = (data: Readonly<Record<string, unknown>>, say: (cause: Cause) => Sentence) => Sentence;

/**
 * The sentence for a code. Never throws: codes and data may come from a newer node, or from over the network.
 * @param code a `LabmeshError`'s code, an operation's error, a VM's cause, a notification, a check of `doctor`
 */
export function describe(code: string, data: Readonly<Record<string, unknown>>, lang: Lang): Sentence {
  return describeWithin(code, data, lang, MAX_DEPTH);
}

function describeWithin(
  code: string,
  data: Readonly<Record<string, unknown>>,
  lang: Lang,
  depth: number,
): Sentence {
  const catalogue: Readonly<Record<string, unknown>> = lang === 'es' ? es : en;
  const entry = Object.hasOwn(catalogue, code) ? catalogue[code] : undefined;
  if (typeof entry !== 'function' || depth === 0) return GENERIC[lang](code);
  try {
    // The entry checks nothing: data of another shape than its own code's makes it throw or speak nonsense.
    const say = (cause: Cause) => describeWithin(cause.code, cause.data, lang, depth - 1);
    const said = (entry as Entry)(data, say);
    const lacking = said.message.includes('undefined') && !JSON.stringify(data).includes('undefined');
    return lacking ? GENERIC[lang](code) : said;
  } catch {
    return GENERIC[lang](code);
  }
}

/** True when a code has a sentence of its own. */
export function isKnownCode(code: string): code is KnownCode {
  return Object.hasOwn(en, code);
}

/** What an operation is called, e.g. "Start of a lab"; an unknown kind as it is. */
export function operationWord(kind: string, lang: Lang): string {
  return word(lang === 'es' ? wordsEs.operations : wordsEn.operations, kind);
}

/** A state as it stands inside a sentence, e.g. "being suspended"; an unknown one as it is. */
export function stateWord(state: string, lang: Lang): string {
  return word(lang === 'es' ? wordsEs.states : wordsEn.states, state);
}
export { type Ui, uiOf } from './ui.ts';
