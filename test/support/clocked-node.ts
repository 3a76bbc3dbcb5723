/**
 * The command line, from its sources, on a PC whose clock is off by what LABMESH_TEST_CLOCK names: a file with ms, read anew
 * all the time. The kernel cannot give one process another time of day, and the machine's own clock is nobody's to set.
 */
import { readFileSync } from 'node:fs';

const file = process.env.LABMESH_TEST_CLOCK ?? '';
const real = Date.now;
Date.now = () => real() + Number(readFileSync(file, 'utf8'));

await import('../../src/main.ts');
