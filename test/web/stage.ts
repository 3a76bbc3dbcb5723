/** What the tests of a file share: a browser, and a page over a small lab of made-up data. */
import { afterAll, beforeAll } from 'bun:test';
import type { Browser } from 'playwright-core';
import type { FakeNode } from '../support/fake-node.ts';
import { startPreview } from '../support/preview.ts';
import { type Look, launch, type Visit, visitAs } from './browser.ts';

export interface Stage {
  readonly browser: Browser;
  readonly node: FakeNode;
  readonly url: string;
  /** A visit that is signed in. */
  visitAs(name: string, look?: Look): Promise<Visit>;
}

/** Opened before the file's first test, closed after its last. @param furnish adds to the lab */
export function openStage(furnish: (node: FakeNode) => void = () => {}): Stage {
  let open: { browser: Browser; preview: ReturnType<typeof startPreview> } | undefined;
  const opened = () => {
    if (open === undefined) throw new Error('the stage opens before the first test');
    return open;
  };
  beforeAll(async () => {
    const browser = await launch();
    const preview = startPreview('small');
    open = { browser, preview };
    furnish(preview.node);
  });
  afterAll(async () => {
    await open?.browser.close();
    await open?.preview.stop();
  });
  return {
    get browser() {
      return opened().browser;
    },
    get node() {
      return opened().preview.node;
    },
    get url() {
      return opened().preview.url;
    },
    visitAs: (name, look) => visitAs(opened().browser, opened().preview.url, name, look),
  };
}
