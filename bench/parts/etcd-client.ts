/** Puts to etcd over gRPC on one HTTP/2 connection, as its own client does it; nothing else of gRPC is here. */
import { connect, constants } from 'node:http2';

const PUT = '/etcdserverpb.KV/Put';

export interface EtcdClient {
  put(key: string, value: string): Promise<void>;
  close(): void;
}

export function etcdClient(url: string): EtcdClient {
  const session = connect(url);
  session.on('error', () => {}); // each request tells it on its own
  return {
    put: (key, value) =>
      new Promise((resolve, reject) => {
        const stream = session.request({
          [constants.HTTP2_HEADER_METHOD]: 'POST',
          [constants.HTTP2_HEADER_PATH]: PUT,
          'content-type': 'application/grpc',
          te: 'trailers',
        });
        let status: unknown = 'none';
        stream.on('trailers', (trailers) => {
          status = trailers['grpc-status'];
        });
        stream.on('error', reject);
        stream.on('data', () => {});
        stream.on('close', () =>
          status === '0' ? resolve() : reject(new Error(`gRPC status ${String(status)}`)),
        );
        stream.end(framed(Buffer.concat([field(1, key), field(2, value)])));
      }),
    close: () => session.destroy(),
  };
}

/** A message uncompressed, after its length (gRPC over HTTP/2, "Length-Prefixed-Message"). */
function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** A field of bytes in the protocol buffers' form; here never longer than two bytes of length can say. */
function field(number: number, text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length >= 1 << 14) throw new Error('too long for this bench');
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
}
