/**
 * Keeps guests away from this PC's own ports (X4). libvirt lets a NAT network's guests reach everything the host
 * listens on; here they get DHCP, DNS and ping, and answers to connections that the PC itself opened.
 * It is one chain of ours in iptables, replaced in one step; libvirt's own chains are left alone.
 */
import { HypervisorError } from '../errors.ts';

/** iptables waits for its lock up to 5 s (`-w`). */
const deadlineMs = 10_000;
const outputMax = 4_096;
const reasonMax = 300;

/** Puts a command into libvirtd's network namespace; the identity on a PC. */
export type InHostNetwork = (argv: string[]) => string[];

/** Throws when iptables is missing or refuses. Repeats do no harm. */
export async function guardHost(bridge: string, inHostNetwork: InHostNetwork): Promise<void> {
  // At most 28 characters.
  const chain = `LABMESH-${bridge}`;
  await iptables(inHostNetwork(['iptables-restore', '-w', '5', '--noflush']), chainRules(chain));
  const jump = ['INPUT', '-i', bridge, '-j', chain];
  const present = await iptables(inHostNetwork(['iptables', '-w', '5', '-C', ...jump])).then(
    () => true,
    () => false,
  );
  if (!present) await iptables(inHostNetwork(['iptables', '-w', '5', '-I', ...jump]));
}

/** In iptables-restore's form: naming a chain empties it, COMMIT makes all of it valid at once. */
function chainRules(chain: string): string {
  return [
    '*filter',
    `:${chain} - [0:0]`,
    `-A ${chain} -p udp -m multiport --dports 53,67 -j ACCEPT`,
    `-A ${chain} -p tcp --dport 53 -j ACCEPT`,
    `-A ${chain} -p icmp --icmp-type echo-request -j ACCEPT`,
    `-A ${chain} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT`,
    `-A ${chain} -j REJECT`,
    'COMMIT',
    '',
  ].join('\n');
}

async function iptables(argv: string[], input = ''): Promise<void> {
  const child = Bun.spawn(argv, {
    stdin: new TextEncoder().encode(input),
    stdout: 'ignore',
    stderr: 'pipe',
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
    maxBuffer: outputMax,
  });
  const [stderr, exitCode] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (exitCode === 0) return;
  const reason = stderr.trim().slice(0, reasonMax);
  throw new HypervisorError('hypervisor.tool_failed', { tool: 'iptables', exitCode, reason });
}
