/** What `labmesh up` was asked for. `node/` takes it as it is. */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { type ListenAddress, parseAddress, parseHost, parseName, parsePath, parsePort } from './values.ts';

export type { ListenAddress } from './values.ts';

export interface UpOptions {
  /** Absolute path of the node's data folder. */
  readonly data: string;
  /** What people call this PC. Default: its host name. */
  readonly name: string;
  /** HTTPS for the page and the API. Default 0.0.0.0:8443; port 0 takes a free one. */
  readonly web: ListenAddress;
  /** The mesh between nodes. Default 0.0.0.0:8444. */
  readonly mesh: ListenAddress;
  /** Bulk bytes between nodes. Default 0.0.0.0:8445. */
  readonly bulk: ListenAddress;
  /** Files of a certificate, with what vouches for it behind it, and of its key, which the page shows; null: one of the cloud's own authority. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Where newcomers knock; open only while a token is valid. Default 0.0.0.0:8446. */
  readonly join: ListenAddress;
  /** Port of plain HTTP on the loopback address alone; null: none. Default 8080. */
  readonly localHttp: number | null;
  /** Host name or address by which others reach this PC; null: found out. */
  readonly advertise: string | null;
  /** libvirt's Unix socket; null: where libvirt puts it. */
  readonly libvirt: string | null;
  readonly accel: 'auto' | 'kvm' | 'tcg';
  /** Look for other nodes by multicast. */
  readonly mdns: boolean;
  /** Be a member that runs no VMs. */
  readonly noHost: boolean;
}

// commander makes an empty text of null, so "none" stays a word until `upOptions`.
const parseLocalPort = (text: string): number | 'off' => (text === 'off' ? text : parsePort(text));

/** Declares the flags of `up` and `join`. */
export function addUpOptions(command: Command): Command {
  return command
    .option('--name <name>', "what people call this PC (default: the PC's host name)", parseName)
    .option(
      '--web <addr:port>',
      'where the page and the API listen, by HTTPS (default: 0.0.0.0:8443)',
      parseAddress,
    )
    .option('--mesh <addr:port>', 'where other nodes reach this one (default: 0.0.0.0:8444)', parseAddress)
    .option('--bulk <addr:port>', 'where images are passed on (default: 0.0.0.0:8445)', parseAddress)
    .option(
      '--join <addr:port>',
      'where new PCs knock while a token is valid (default: 0.0.0.0:8446)',
      parseAddress,
    )
    .option(
      '--local-http <port>',
      'plain HTTP for this PC alone; "off" for none (default: 8080)',
      parseLocalPort,
    )
    .option(
      '--tls-cert <file>',
      "a certificate of your own for the page, as PEM with its chain (default: one of the cloud's authority)",
      parsePath,
    )
    .option('--tls-key <file>', 'the key of --tls-cert, as PEM', parsePath)
    .option('--advertise <host>', 'name or address by which others reach this PC', parseHost)
    .option('--libvirt <socket>', "libvirt's Unix socket, if it is not in its usual place", parsePath)
    .addOption(
      new Option('--accel <kind>', 'how guests run; auto measures')
        .choices(['auto', 'kvm', 'tcg'])
        .default('auto'),
    )
    .option('--mdns', 'look for other nodes by multicast')
    .option('--no-host', 'take part without running VMs');
}

/** What commander hands over for the flags above. */
export interface UpFlags {
  readonly name?: string;
  readonly web?: ListenAddress;
  readonly mesh?: ListenAddress;
  readonly bulk?: ListenAddress;
  readonly join?: ListenAddress;
  readonly localHttp?: number | 'off';
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly advertise?: string;
  readonly libvirt?: string;
  readonly accel: 'auto' | 'kvm' | 'tcg';
  readonly mdns?: boolean;
  readonly host: boolean;
}

export function upOptions(flags: UpFlags, data: string, cwd: string): UpOptions {
  const everywhere = (port: number): ListenAddress => ({ host: '0.0.0.0', port });
  return {
    data,
    // A full domain name is too long for a table of PCs; the first part is what the label on the case says.
    name: flags.name ?? (hostname().split('.')[0] || 'pc'),
    web: flags.web ?? everywhere(8443),
    mesh: flags.mesh ?? everywhere(8444),
    bulk: flags.bulk ?? everywhere(8445),
    join: flags.join ?? everywhere(8446),
    localHttp: flags.localHttp === 'off' ? null : (flags.localHttp ?? 8080),
    tls:
      flags.tlsCert === undefined || flags.tlsKey === undefined
        ? null
        : { cert: resolve(cwd, flags.tlsCert), key: resolve(cwd, flags.tlsKey) },
    advertise: flags.advertise ?? null,
    libvirt: flags.libvirt === undefined ? null : resolve(cwd, flags.libvirt),
    accel: flags.accel,
    mdns: flags.mdns === true,
    noHost: !flags.host,
  };
}
