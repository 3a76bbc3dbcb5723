/**
 * Guests of one boot sector for tests of the hypervisor: there in a quarter of a second, without any operating system.
 * Written for the BIOS in 16-bit code; they speak on the serial port at 0x3f8.
 */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

const code = {
  /** Says `labmesh test guest`, then a dot each 100 ms, for ever. Hears no power button. */
  ticker: 'McCO2I7QvAB8vjB86BEAtIa5AQC6oIbNFbAu6A0A6++shMB0BegDAOv2w7r4A+7DbGFibWVzaCB0ZXN0IGd1ZXN0Cg==',
  /** Waits a second, then powers itself off (ACPI S5 through the PIIX4's port 0x604). */
  poweroff: 'uQoAUbSGuQEAuqCGzRVZ4vK6BAa4ACDv9Ov9',
  /** Writes 32 KiB every 5 ms to its disk, from 1 MiB upwards at every 64 KiB, and says `w`, or `E` after an error. */
  writer: 'McCO2I7QvAB8iBY5fL48fIoWOXy4AEPNE7B3cwKwRbr4A+60hjHJuogTzRWBBkR8gACDFkZ8AOvUgGaQEABAAAAAABAACA==',
} as const;

/** Makes a raw image of `bytes` (sparse) that boots the guest, readable by all. */
export function makeGuestImage(file: string, guest: keyof typeof code, bytes = 1024 * 1024): string {
  const sector = new Uint8Array(512);
  sector.set(Uint8Array.fromBase64(code[guest]));
  sector.set([0x55, 0xaa], 510);
  const handle = openSync(file, 'w', 0o644);
  try {
    writeSync(handle, sector);
    ftruncateSync(handle, bytes);
  } finally {
    closeSync(handle);
  }
  return file;
}
