/**
 * The self-test's guest: one boot sector. It builds page tables for the first 2 MiB, enters long mode, executes
 * `cpuid` 1,000 times (each leaves the guest under KVM, which is what a nested or broken KVM is slow at) and ends QEMU
 * through the isa-debug-exit device. In assembly:
 *
 *     xor ax,ax; mov ds/es/ss,ax; clear 0x1000-0x3fff; [0x1000]=0x2003; [0x2000]=0x3003; [0x3000]=0x83
 *     lgdt; cr4|=PAE; cr3=0x1000; EFER|=LME; cr0|=PG|PE; far jump to 64-bit code
 *     mov esi,1000; again: xor eax,eax; cpuid; dec esi; jnz again
 *     mov al,0x10; out 0xf4,al; hlt
 */
const code =
  '+jHAjtiOwI7QvAB8/L8AELkAGPOrxwYAEAMgxwYAIAMwxwYAMIMADwEWiHwPIOBmg8ggDyLgZrgAEAAADyLYZrmAAADADzJmDQABAAAPMA8g' +
  'wGYNAQAAgA8iwOpgfAgAvugDAAAxwA+i/851+LAQ5vT06/0PH0AAAAAAAAAAAAAAAAAAAJogAA8AeHw=';

/** isa-debug-exit ends QEMU with twice the written value plus one. */
export const exitCodeWhenDone = 0x10 * 2 + 1;

/** The sector with its signature. */
export function bootSector(): Uint8Array {
  const sector = new Uint8Array(512);
  sector.set(Uint8Array.fromBase64(code));
  sector.set([0x55, 0xaa], 510);
  return sector;
}
