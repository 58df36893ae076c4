/** What the page weighs and how fast it is, measured and printed. Limits stand only where they do not depend on the machine. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeLink } from '../../lab/src/engine/recipe-link.ts';
import { type Lab, noBrowser, openLab, openPage } from './browser.ts';

const assets = fileURLToPath(new URL('../../lab/dist/assets', import.meta.url));
/** The aim is 180 kB for all of it; stack, sockets and simulator alone weigh 137. What it weighs now and a little for the stack to grow. */
const AIM_BYTES = 180_000;
const LIMIT_BYTES = 252_000;
/** Words in two languages, which are data and no script: the stories', and the page's own. */
const TEXTS_LIMIT_BYTES = 85_000;
const MEMORY_LIMIT_MB = 300;
/** Reached where the machine is quick enough; what was reached is printed. */
const SEGMENTS = 1_000_000;
const PATIENCE_MS = 60_000;

interface Handles {
  readonly frameTimesMs: number[];
  advance(events: number): Promise<void>;
}

// Skipped only where there is no browser; scenes.test.ts prints the reason.
describe.skipIf(noBrowser !== null)('figures', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await openLab();
  });

  afterAll(() => lab.close());

  it('weight', () => {
    const files = readdirSync(assets).filter((name) => name.endsWith('.js'));
    const sizes = files.map((name) => [name, gzipSync(readFileSync(join(assets, name)), { level: 9 }).length] as const);
    const sum = sizes.reduce((all, [, bytes]) => all + bytes, 0);
    console.log(
      `JavaScript, gzipped: ${sizes.map(([name, bytes]) => `${name} ${kb(bytes)}`).join(', ')}; together ${kb(sum)}`,
    );
    console.log(`the aim is ${kb(AIM_BYTES)}: ${kb(sum - AIM_BYTES)} too much`);
    const [stories = 0, page = 0] = ['texts.json', 'words.json'].map(
      (name) => gzipSync(readFileSync(join(assets, '..', name)), { level: 9 }).length,
    );
    console.log(`words as data, gzipped: ${kb(stories)} of the stories, ${kb(page)} of the page`);
    expect(sum).toBeLessThan(LIMIT_BYTES);
    expect(stories + page).toBeLessThan(TEXTS_LIMIT_BYTES);
  });

  it('first view', async () => {
    const { page, context } = await openPage(lab);
    const ms = await page.evaluate(() => performance.getEntriesByName('first-view')[0]?.startTime ?? Number.NaN);
    console.log(`first view interactive after ${ms.toFixed(0)} ms`);
    expect(ms).toBeGreaterThan(0);
    await context.close();
  });

  it('a scene played backwards', async () => {
    const { page, context } = await openPage(lab, { hash: '#v=1&scene=life&seed=1' });
    await page.keyboard.press('End');
    const [moments, ms] = await page.evaluate(async () => {
      const slider = document.querySelector<HTMLInputElement>('.timeline input');
      if (slider === null) return [0, 0];
      const last = Number(slider.max);
      const start = performance.now();
      for (let at = last; at >= 0; at--) {
        slider.value = String(at);
        slider.dispatchEvent(new Event('input', { bubbles: true }));
      }
      await new Promise((resolve) => requestAnimationFrame(() => resolve(0)));
      return [last + 1, performance.now() - start];
    });
    console.log(`the life of a connection backwards, ${moments} moments: ${ms.toFixed(1)} ms`);
    expect(await page.locator('.ladder .row').count()).toBe(0);
    await context.close();
  });

  it('200 packets on their way', async () => {
    const set = (host: string, name: string, value: number) =>
      ({ kind: 'set', host, name, value, event: 0, timeUs: 0 }) as const;
    const hash = writeLink({
      scene: 'free',
      seed: 1,
      actions: [
        set('client', 'initial_window_segments', 400),
        set('client', 'wmem_default', 4_000_000),
        set('server', 'rmem_default', 4_000_000),
        { kind: 'link', link: 'client-server', change: { delayMs: 400, rateBps: 10_000_000 }, event: 0, timeUs: 0 },
        { kind: 'call', host: 'client', call: 'stream', bytes: 3_000_000, event: 0, timeUs: 0 },
      ],
    });
    const { page, context } = await openPage(lab, { hash: `#${hash}` });
    // Fast until the window has opened, then slowly, to have time to measure.
    for (let faster = 0; faster < 4; faster++) await page.keyboard.press(']');
    await page.keyboard.press(' ');
    const onTheWay = async () => Number(/\d+/.exec(await page.locator('.wire-note').innerText())?.[0] ?? 0);
    await expect.poll(onTheWay, { timeout: 60_000 }).toBeGreaterThan(200);
    for (let slower = 0; slower < 6; slower++) await page.keyboard.press('[');
    await page.evaluate(() => {
      (globalThis as unknown as { woshouLab: Handles }).woshouLab.frameTimesMs.length = 0;
    });
    await page.waitForTimeout(3000);
    const times = await page.evaluate(() =>
      (globalThis as unknown as { woshouLab: Handles }).woshouLab.frameTimesMs.slice(),
    );
    const flying = await onTheWay();
    const sorted = times.sort((a, b) => a - b);
    const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
    console.log(
      `${flying} packets on their way: ${sorted.length} frames, median ${at(0.5)} ms, 95 % below ${at(0.95)} ms`,
    );
    expect(sorted.length).toBeGreaterThan(0);
    await context.close();
  });

  it('a million segments', async () => {
    const change = { delayMs: 1, rateBps: 1_000_000_000 };
    const hash = writeLink({
      scene: 'free',
      seed: 1,
      actions: [
        { kind: 'link', link: 'client-server', change, event: 0, timeUs: 0 },
        { kind: 'call', host: 'client', call: 'stream', bytes: 4_000_000_000, event: 0, timeUs: 0 },
      ],
    });
    const { page, context } = await openPage(lab, { hash: `#${hash}` });
    const memory = await watchMemory(page);
    const before = await memory.heldMb();
    const startMs = performance.now();
    let segments = 0;
    let most = 0;
    while (segments < SEGMENTS && performance.now() - startMs < PATIENCE_MS) {
      await page.evaluate(() => (globalThis as unknown as { woshouLab: Handles }).woshouLab.advance(5000));
      await page.keyboard.press('End');
      const label = await page.locator('.arrow .label').last().innerText();
      segments = Math.max(segments, Number(/(?:seq|ack)=(\d{4,})/.exec(label)?.[1] ?? 0) / 1448);
      most = Math.max(most, await memory.usedMb());
    }
    const after = await memory.heldMb();
    const seconds = (performance.now() - startMs) / 1000;
    console.log(
      `${Math.round(segments)} data segments in ${seconds.toFixed(0)} s: page and worker hold ${before.toFixed(0)} MB before, ${after.toFixed(0)} MB after; with garbage ${most.toFixed(0)} MB at most`,
    );
    expect(after).toBeLessThan(MEMORY_LIMIT_MB);
    await memory.close();
    await context.close();
  });
});

function kb(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} kB`;
}

/** Memory of the page and its worker: heap, and what arrays of bytes hold beside it. */
async function watchMemory(page: Page) {
  const session = await page.context().newCDPSession(page);
  const answers = new Map<number, (usage: Usage) => void>();
  let worker: string | null = null;
  let last = 0;
  session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
    if (targetInfo.type === 'worker') worker = sessionId;
  });
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, result } = JSON.parse(message) as { id: number; result: Usage };
    answers.get(id)?.(result);
  });
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  const toWorker = (method: string): Promise<Usage> => {
    if (worker === null) throw new Error('there is no worker to ask');
    const id = ++last;
    void session.send('Target.sendMessageToTarget', { sessionId: worker, message: JSON.stringify({ id, method }) });
    return new Promise((resolve) => answers.set(id, resolve));
  };
  const usedMb = async (): Promise<number> => {
    const parts = [(await session.send('Runtime.getHeapUsage')) as Usage, await toWorker('Runtime.getHeapUsage')];
    return parts.reduce((sum, { usedSize, backingStorageSize }) => sum + usedSize + (backingStorageSize ?? 0), 0) / 1e6;
  };
  /** Without garbage. */
  const heldMb = async (): Promise<number> => {
    await session.send('HeapProfiler.collectGarbage');
    await toWorker('HeapProfiler.collectGarbage');
    return usedMb();
  };
  return { usedMb, heldMb, close: () => session.detach() };
}

interface Usage {
  readonly usedSize: number;
  readonly backingStorageSize?: number;
}
