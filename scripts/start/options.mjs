// What `npm start -- …` was asked for. Everything is passed on to `labmesh up`; a few values are needed here as well.
import { resolve } from 'node:path';
import { Trouble } from '../lib/trouble.mjs';

/**
 * @typedef {{ data: string, host: boolean, ports: { flag: string, host: string, port: number }[], forNode: string[] }} Options
 * @param {string[]} args
 * @returns {Options}
 */
export function options(args) {
  const value = (flag, fallback) => {
    const joined = args.findLast((arg) => arg.startsWith(`${flag}=`));
    if (joined !== undefined) return joined.slice(flag.length + 1);
    const at = args.lastIndexOf(flag);
    return at < 0 ? fallback : args[at + 1];
  };
  const data = value('--data', '/var/lib/labmesh');
  if (!data) throw new Trouble('--data needs a folder.', 'For example: npm start -- --data /var/lib/labmesh');
  const local = value('--local-http', '8080');
  const ports = [
    // The first three are the defaults of `labmesh up`.
    address('--web', value('--web', '0.0.0.0:8443')),
    address('--mesh', value('--mesh', '0.0.0.0:8444')),
    address('--bulk', value('--bulk', '0.0.0.0:8445')),
    ...(local === 'off'
      ? []
      : [{ flag: '--local-http', host: '127.0.0.1', port: number('--local-http', local) }]),
  ];
  return { data: resolve(data), host: !args.includes('--no-host'), ports, forNode: args };
}

function address(flag, text) {
  const cut = text?.lastIndexOf(':') ?? -1;
  if (cut < 0)
    throw new Trouble(
      `${flag} ${text ?? ''} is no address.`,
      `Write it as ADDRESS:PORT: ${flag} 0.0.0.0:8443`,
    );
  const host = text.slice(0, cut).replace(/^\[|\]$/g, '') || '0.0.0.0';
  return { flag, host, port: number(flag, text.slice(cut + 1)) };
}

function number(flag, text) {
  const port = Number(text);
  if (/^\d+$/.test(text ?? '') && port <= 65_535) return port;
  throw new Trouble(
    `${flag}: ${text} is no port.`,
    'A port is a number from 1 to 65535, or 0 for any free one.',
  );
}
