/**
 * libp2p's TCP transport, made safe under Bun.
 *
 * It hands its dial's abort signal on to `net.connect` and, once aborted, listens for errors no more. In Bun the socket then emits an
 * `AbortError` that nobody hears, which ends the process: any dial that outlives its deadline would. So the signal is hidden from
 * `net.connect` (whose options are a copy of what can be enumerated); libp2p's own handling of it destroys the socket in silence.
 */
import { tcp } from '@libp2p/tcp';

type TcpFactory = ReturnType<typeof tcp>;

export function quietTcp(): TcpFactory {
  const make = tcp();
  return (components) => {
    const transport = make(components);
    const dial = transport.dial.bind(transport);
    transport.dial = (address, options) => {
      const { signal, ...rest } = options;
      return dial(address, Object.defineProperty({ ...rest, signal }, 'signal', { enumerable: false }));
    };
    return transport;
  };
}
