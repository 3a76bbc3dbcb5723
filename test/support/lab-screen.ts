/** The screen of a VM as seen from any PC of a lab: the WebSocket that the page opens, handed on as a Unix socket that speaks VNC. */
import { join } from 'node:path';
import type { Lab } from './lab.ts';
import { type Keyboard, openKeyboard } from './vnc-keys.ts';

/** A keyboard at the VM's screen, through the node of PC `index`. */
export async function openScreen(lab: Lab, index: number, vm: string): Promise<Keyboard> {
  const bridge = await bridgeTo(lab, index, vm);
  const keyboard = await openKeyboard(bridge.path);
  return {
    line: (text) => keyboard.line(text),
    close() {
      keyboard.close();
      bridge.stop();
    },
  };
}

/** What the VM's VNC server says first, through the node of PC `index`. */
export async function greeting(lab: Lab, index: number, vm: string): Promise<string> {
  const socket = await connect(lab, index, vm);
  return await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no greeting of ${vm} at PC ${index}`)), 20_000);
    socket.onmessage = ({ data }) => {
      clearTimeout(late);
      socket.close();
      resolve(new TextDecoder().decode(data));
    };
    socket.onclose = ({ code, reason }) => {
      clearTimeout(late);
      reject(new Error(`the screen of ${vm} at PC ${index} closed with ${code} ${reason}`));
    };
  });
}

async function connect(lab: Lab, index: number, vm: string): Promise<WebSocket> {
  const { path } = await lab.must<{ path: string }>(index, 'POST', `/vms/${vm}/console`, {});
  const socket = new WebSocket(`ws+unix://${join(lab.node(index).data, 'control.sock')}:${path}`);
  socket.binaryType = 'arraybuffer';
  return socket;
}

async function bridgeTo(lab: Lab, index: number, vm: string): Promise<{ path: string; stop(): void }> {
  const path = join(lab.pc(index).dir, `${crypto.randomUUID()}.sock`);
  const screen = await connect(lab, index, vm);
  let client: Bun.Socket | null = null;
  const early: Uint8Array[] = [];
  screen.onmessage = ({ data }) => {
    const bytes = new Uint8Array(data);
    if (client) client.write(bytes);
    else early.push(bytes);
  };
  screen.onclose = () => client?.end();
  const server = Bun.listen({
    unix: path,
    socket: {
      open(socket) {
        client = socket;
        for (const bytes of early.splice(0)) socket.write(bytes);
      },
      data: (_, bytes) => void screen.send(bytes),
      close: () => screen.close(),
    },
  });
  return { path, stop: () => server.stop(true) };
}
