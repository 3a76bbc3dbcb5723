/** Reads what libvirt says of this PC. */
import type { Owner } from '../layout.ts';
import { parseXml } from './xml.ts';

export interface Capabilities {
  /** QEMU for x86_64, null when libvirt found none. */
  emulator: string | null;
  /** The user QEMU runs as. */
  qemu: Owner;
}

const root: Owner = { uid: 0, gid: 0 };

export function readCapabilities(xml: string): Capabilities {
  const capabilities = parseXml(xml).child('capabilities');
  const arch = capabilities
    .children('guest')
    .map((guest) => guest.child('arch'))
    .find((candidate) => candidate.attribute('name') === 'x86_64');
  const dac = capabilities
    .child('host')
    .children('secmodel')
    .find((model) => model.child('model').text() === 'dac');
  // `+64055:+64055`; without this security model QEMU runs as libvirtd does.
  const label = /^\+?(\d+):\+?(\d+)$/.exec(dac?.child('baselabel').text() ?? '');
  return {
    emulator: arch?.child('emulator').text() ?? null,
    qemu: label === null ? root : { uid: Number(label[1]), gid: Number(label[2]) },
  };
}
