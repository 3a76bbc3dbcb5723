/** Types on a guest's keyboard through its VNC server, as a person at the console does (RFC 6143, no password). */
import { until } from './until.ts';

/** X11 keysyms: ASCII has its own codes; US keyboards need Shift for these. */
const enter = 0xff0d;
const shift = 0xffe1;
const shifted = /[A-Z~!@#$%^&*()_+{}|:"<>?]/;
const rfb = 'RFB 003.008\n';

export interface Keyboard {
  /** Types a line and presses Enter. */
  line(text: string): Promise<void>;
  close(): void;
}

export async function openKeyboard(socketPath: string): Promise<Keyboard> {
  let received = Buffer.alloc(0);
  const socket = await Bun.connect({
    unix: socketPath,
    socket: {
      data(_, bytes) {
        received = Buffer.concat([received, bytes]);
      },
    },
  });
  const take = async (length: number) => {
    await until(`${length} bytes of VNC`, () => received.length >= length);
    const taken = received.subarray(0, length);
    received = received.subarray(length);
    return taken;
  };
  await take(rfb.length);
  socket.write(rfb);
  await take((await take(1))[0] ?? 0);
  // Security type 1: none.
  socket.write(new Uint8Array([1]));
  if ((await take(4)).readUInt32BE() !== 0) throw new Error('VNC refuses');
  // Shared: nobody is thrown out.
  socket.write(new Uint8Array([1]));
  const init = await take(24);
  await take(init.readUInt32BE(20));

  const key = (keysym: number, down: boolean) => {
    const event = Buffer.alloc(8);
    event.writeUInt8(4, 0);
    event.writeUInt8(down ? 1 : 0, 1);
    event.writeUInt32BE(keysym, 4);
    socket.write(event);
  };
  const press = async (keysym: number, withShift = false) => {
    if (withShift) key(shift, true);
    key(keysym, true);
    key(keysym, false);
    if (withShift) key(shift, false);
    // QEMU's PS/2 keyboard holds 16 bytes: a guest under emulation must have read these before the next come.
    await Bun.sleep(15);
  };
  /** The server works in order: what it sends of the screen now comes after it took the keys. Else a close could overtake the last one. */
  const delivered = async () => {
    received = Buffer.alloc(0);
    const onePixel = Buffer.from([3, 0, 0, 0, 0, 0, 0, 1, 0, 1]);
    socket.write(onePixel);
    await until('the screen after the keys', () => received.length > 0);
  };
  return {
    async line(text) {
      for (const letter of text) await press(letter.charCodeAt(0), shifted.test(letter));
      await press(enter);
      await delivered();
    },
    close: () => socket.end(),
  };
}
