/** Chromium inside a PC's network: it sees the page as somebody at that PC does. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import type { Pc } from './pc.ts';

/** The caller closes it. */
export function browserIn(pc: Pc): Promise<Browser> {
  const wrapper = join(pc.dir, 'chromium');
  const chrome = process.env.CHROMIUM ?? '/usr/bin/chromium';
  writeFileSync(wrapper, `#!/bin/sh\nexec nsenter --target=${pc.pid} --net -- ${chrome} "$@"\n`);
  chmodSync(wrapper, 0o755);
  const quiet = [
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ];
  return chromium.launch({ executablePath: wrapper, args: ['--no-sandbox', ...quiet] });
}
