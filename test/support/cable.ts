/** A TCP way to a port of loopback that can be cut as a cable is: nobody is told, and what was under way then never arrives. */
import type { Cleanup } from './mesh.ts';

interface End {
  other: Bun.Socket<End> | null;
  waiting: Buffer[];
  isDead: boolean;
}

export interface Cable {
  readonly port: number;
  /** What runs over it is silent from now on, for good; no new connection comes through. */
  cut(): void;
  /** New connections come through; those of before stay silent, as TCP keeps them until its next repetition. */
  mend(): void;
  /** The next so many connections are closed as soon as they come. */
  refuse(count: number): void;
}

export function openCable(later: Cleanup, target: number): Cable {
  let isCut = false;
  let refusals = 0;
  const ends = new Set<End>();
  const forward = (end: End, bytes: Buffer) => {
    if (end.isDead) return;
    if (end.other === null) end.waiting.push(Buffer.from(bytes));
    else end.other.write(bytes);
  };
  const hangUp = (end: End) => {
    ends.delete(end);
    if (!end.isDead) end.other?.end();
  };
  const newEnd = (other: Bun.Socket<End> | null): End => {
    const end = { other, waiting: [], isDead: isCut };
    ends.add(end);
    return end;
  };
  const handlers = {
    data: (socket: Bun.Socket<End>, bytes: Buffer) => forward(socket.data, bytes),
    close: (socket: Bun.Socket<End>) => hangUp(socket.data),
  };
  const server = Bun.listen<End>({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      ...handlers,
      open(near) {
        near.data = newEnd(null);
        if (isCut) return;
        if (refusals > 0) {
          refusals--;
          near.terminate();
          return;
        }
        void Bun.connect<End>({
          hostname: '127.0.0.1',
          port: target,
          data: newEnd(near),
          socket: {
            ...handlers,
            open(far) {
              near.data.other = far;
              for (const bytes of near.data.waiting.splice(0)) far.write(bytes);
            },
          },
        }).catch(() => near.end());
      },
    },
  });
  later(() => server.stop(true));
  return {
    port: server.port,
    cut: () => {
      isCut = true;
      for (const end of ends) end.isDead = true;
    },
    mend: () => {
      isCut = false;
    },
    refuse: (count) => {
      refusals = count;
    },
  };
}
