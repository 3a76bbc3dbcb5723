/**
 * Keeps this node's certificate good, and the authority's key where it belongs: on those who vote. Looks at its start, every minute, and
 * when the voters or the authority change.
 */
import * as z from 'zod';
import type { AgreementStatus } from '../../election/index.ts';
import type { Rpc } from '../../gossip/index.ts';
import { type CloudMachine, LabmeshError, type Logger } from '../../state/index.ts';
import type { Authority } from '../authority/index.ts';
import type { Submit } from '../door.ts';
import { SingleFlight } from '../single-flight.ts';

const LOOK_EVERY_MS = 60_000;
/** Soon again while there is no certificate: a newcomer's page waits for it. */
const AGAIN_MS = 500;
const certifiedSchema = z.object({ certificate: z.string().max(65_536) });
const keySchema = z.object({ key: z.string().max(65_536) });
const holdsSchema = z.object({ holds: z.boolean() });

export interface CredentialsParts {
  readonly nodeId: string;
  readonly authority: Authority;
  readonly machine: Pick<CloudMachine, 'state' | 'onApplied' | 'onRestored'>;
  readonly agreement: {
    status(): Pick<AgreementStatus, 'master' | 'role' | 'voters'>;
    onChange(listener: () => void): () => void;
  };
  readonly rpc: Pick<Rpc, 'method' | 'request'>;
  readonly submit: Submit;
  readonly logger: Logger;
  /** There is a certificate, or a newer one. */
  readonly onRenewed: () => Promise<void>;
}

export class Credentials {
  readonly #parts: CredentialsParts;
  readonly #flight: SingleFlight;
  readonly #undo: (() => void)[] = [];
  #again: ReturnType<typeof setTimeout> | undefined;
  /** The doors do not show the newest certificate yet. */
  #isNews = false;

  constructor(parts: CredentialsParts) {
    this.#parts = parts;
    this.#flight = new SingleFlight(
      () => this.#look(),
      (_key, error) => {
        parts.logger.debug('no certificate yet, or none that is shown', { error: String(error) });
        clearTimeout(this.#again);
        this.#again = setTimeout(() => this.#flight.poke('look'), AGAIN_MS);
      },
    );
    const { rpc, authority } = parts;
    rpc.method('authority.certify', async (body, { from }) => {
      const { request } = z.object({ request: z.string().max(65_536) }).parse(body);
      return { certificate: await authority.sign(request, from, []) };
    });
    rpc.method('authority.holds', () => ({ holds: authority.holdsKey }));
    rpc.method('authority.key', (_body, { from }) => {
      if (!parts.agreement.status().voters.includes(from))
        throw new LabmeshError('access.denied', { need: 'voter' });
      return { key: authority.giveKey() };
    });
  }

  start(): void {
    const { machine, agreement } = this.#parts;
    const poke = () => this.#flight.poke('look');
    const timer = setInterval(poke, LOOK_EVERY_MS);
    this.#undo.push(
      () => clearInterval(timer),
      agreement.onChange(poke),
      machine.onApplied(({ changes }) => {
        if (changes.some((change) => change.kind === 'cloud')) poke();
      }),
      machine.onRestored(poke),
    );
    poke();
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    clearTimeout(this.#again);
    await this.#flight.stop();
  }

  async #look(): Promise<void> {
    await this.#found();
    await this.#renew();
    await this.#keepKey();
  }

  /** A cloud without an authority gets one from its first master. */
  async #found(): Promise<void> {
    const { nodeId, machine, agreement, authority, submit } = this.#parts;
    const { cloud } = machine.state;
    const { role, voters } = agreement.status();
    if (cloud === undefined || role !== 'leader') return;
    // A survivor, or a copy from a backup, that never held the key: nobody else can have it any more.
    const isLost = cloud.recoveredAt !== null && voters.length === 1 && !authority.holdsKey;
    if (cloud.authority !== null && !isLost) return;
    const certificate = await authority.found(isLost);
    await submit('cloud.authority', { certificate }, { kind: 'local', nodeId });
  }

  async #renew(): Promise<void> {
    const { nodeId, machine, authority } = this.#parts;
    const trusted = machine.state.cloud?.authority ?? null;
    if (trusted === null) return;
    if (authority.current() !== null && authority.certificate === trusted.trim() && !authority.needsRenewal())
      return await this.#tell();
    const request = await authority.certificateRequest();
    const certificate = authority.holdsKey
      ? await authority.sign(request, nodeId, [])
      : certifiedSchema.parse(await this.#askHolders('authority.certify', { request })).certificate;
    await authority.install(certificate, trusted);
    this.#isNews = true;
    await this.#tell();
  }

  /** Again and again, until a door can show it. */
  async #tell(): Promise<void> {
    if (!this.#isNews) return;
    await this.#parts.onRenewed();
    this.#isNews = false;
  }

  async #keepKey(): Promise<void> {
    const { nodeId, agreement, authority } = this.#parts;
    const { voters } = agreement.status();
    const isVoter = voters.includes(nodeId);
    if (isVoter && !authority.holdsKey && authority.certificate !== null)
      await authority.takeKey(keySchema.parse(await this.#askHolders('authority.key', {})).key);
    // Only when another has it for certain: a key that nobody holds ends every joining.
    if (!isVoter && voters.length > 0 && authority.holdsKey && (await this.#othersHold()))
      await authority.dropKey();
  }

  async #othersHold(): Promise<boolean> {
    const { rpc, agreement } = this.#parts;
    const answers = await Promise.allSettled(
      agreement.status().voters.map((id) => rpc.request(id, 'authority.holds', {})),
    );
    return answers.some((one) => one.status === 'fulfilled' && holdsSchema.parse(one.value).holds);
  }

  /** The master first, then the other voters; members who are no voters any more may still hold it. */
  async #askHolders(method: string, body: { request: string } | Record<string, never>) {
    const { nodeId, rpc, agreement } = this.#parts;
    const { master, voters } = agreement.status();
    const ids = [...new Set([...(master === null ? [] : [master.nodeId]), ...voters])].filter(
      (id) => id !== nodeId,
    );
    let last: unknown = new LabmeshError('log.not_master', { master: null });
    for (const id of ids) {
      try {
        return await rpc.request(id, method, body);
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }
}
