/** The page as its readers use it: interference, time travel, what is taken away and brought in, and what goes wrong. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseDrillScript, runScript } from '../../src/drill/index.ts';
import { findScene, playScene } from '../../src/scenes/index.ts';
import { type Lab, noBrowser, type OpenPage, openLab, openPage, type PageOptions } from './browser.ts';

const TSHARK = '/usr/bin/tshark';

// Skipped only where there is no browser; scenes.test.ts prints the reason.
describe.skipIf(noBrowser !== null)('the lab', () => {
  let lab: Lab;
  const pages: OpenPage[] = [];

  beforeAll(async () => {
    lab = await openLab();
  });

  afterEach(async () => {
    for (const { context, errors } of pages.splice(0)) {
      await context.close();
      expect(errors).toEqual([]);
    }
    expect(lab.foreign).toEqual([]);
  });

  afterAll(() => lab.close());

  async function open(options: PageOptions = {}): Promise<Page> {
    const opened = await openPage(lab, options);
    pages.push(opened);
    return opened.page;
  }

  /** Steps until a packet with this label is on the wire, grabs it and does something to it. */
  async function interfere(page: Page, label: string, deed: string): Promise<void> {
    const chip = page.locator('.chip', { hasText: label });
    for (let step = 0; step < 20 && (await chip.count()) === 0; step++) await page.keyboard.press('ArrowRight');
    await chip.first().click();
    await page.locator('.grip').getByRole('button', { name: deed, exact: true }).click();
    await page.locator('.deeds li').last().waitFor();
  }

  async function labels(page: Page): Promise<string[]> {
    return page.locator('.arrow .label').evaluateAll((all) => all.map((one) => one.textContent ?? ''));
  }

  async function download(page: Page, name: RegExp): Promise<Buffer> {
    await page.locator('.bar').getByRole('button', { name: 'Take away' }).click();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
    const bytes = readFileSync(await file.path());
    await page.keyboard.press('Escape');
    return bytes;
  }

  it('drop this packet: history changes as the stack says', async () => {
    const page = await open();
    await interfere(page, 'SYN', 'Drop');
    await page.keyboard.press('End');
    const rows = await labels(page);
    expect(rows[0]).toMatch(/^SYN seq=0.*lost$/);
    expect(rows[1]).toMatch(/^SYN seq=0.*sent again$/);
    expect(await page.locator('.outcomes .is-broken').count()).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await page.locator('.deeds').waitFor({ state: 'detached' });
    await page.keyboard.press('End');
    await expect.poll(() => labels(page)).toHaveLength(3);
    expect(await page.locator('.outcomes .is-broken').count()).toBe(0);
  });

  it('time travel returns the same bytes', async () => {
    const page = await open({ hash: '#v=1&scene=lost-third-ack&seed=3' });
    const rows = () => page.locator('.ladder .row').count();
    await page.keyboard.press('End');
    await expect.poll(rows).toBeGreaterThan(5);
    const before = [await download(page, /pcapng/), await page.locator('.ladder').innerText()];
    await page.keyboard.press('Home');
    await expect.poll(rows).toBe(0);
    for (let step = 0; step < 4; step++) await page.keyboard.press('ArrowRight');
    await expect.poll(rows).toBeGreaterThan(1);
    await page.keyboard.press('End');
    await expect.poll(() => page.locator('.ladder').innerText()).toBe(before[1]);
    expect(await download(page, /pcapng/)).toEqual(before[0]);
    const scene = findScene('lost-third-ack');
    const played = scene === null ? null : playScene(scene, { seed: 3 });
    expect(Buffer.compare(before[0] as Buffer, Buffer.from(played?.pcapng ?? []))).toBe(0);
  });

  it('a key that follows the one that closes a dialog is not lost', async () => {
    const page = await open({ hash: '#v=1&scene=lost-third-ack&seed=3' });
    const rows = () => page.locator('.ladder .row').count();
    await page.keyboard.press('End');
    await expect.poll(rows).toBeGreaterThan(5);
    await page.locator('.bar').getByRole('button', { name: 'Take away' }).click();
    await page.getByRole('button', { name: /pcapng/ }).waitFor();
    await Promise.all([page.keyboard.press('Escape'), page.keyboard.press('Home')]);
    await expect.poll(rows).toBe(0);
    expect(await page.locator('dialog').count()).toBe(0);
    for (let time = 0; time < 10; time++)
      await Promise.all([page.keyboard.press('s'), page.keyboard.press('Escape'), page.keyboard.press('?')]);
    await page.locator('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
  });

  it('a link reproduces scene, seed and every interference', async () => {
    const page = await open({ hash: '#v=1&scene=three-way-handshake&seed=5' });
    await interfere(page, 'SYN+ACK', 'Hold');
    await page.keyboard.press('End');
    const [text, url] = [await page.locator('.ladder').innerText(), page.url()];
    const second = await open({ hash: new URL(url).hash });
    await second.keyboard.press('End');
    expect(await second.locator('.ladder').innerText()).toBe(text);
    expect(await second.locator('.deeds li').count()).toBe(1);
  });

  it('what is taken away can be used: tshark, a drill, pictures', async () => {
    const page = await open();
    await page.keyboard.press('End');
    const folder = mkdtempSync(join(tmpdir(), 'lab-'));
    try {
      const file = join(folder, 'lab.pcapng');
      writeFileSync(file, await download(page, /pcapng/));
      if (existsSync(TSHARK)) {
        const lines = execFileSync(TSHARK, ['-n', '-r', file, '-T', 'fields', '-e', 'tcp.flags.str'], {
          encoding: 'utf8',
        });
        expect(lines.trim().split('\n')).toHaveLength(3);
      } else console.log(`skipped: ${TSHARK} is not there`);
      const script = (await download(page, /packetdrill/)).toString();
      expect(runScript(parseDrillScript(script)).failure).toBeNull();
      expect((await download(page, /SVG/)).toString()).toContain('</svg>');
      expect((await download(page, /PNG/)).subarray(1, 4).toString()).toBe('PNG');
      expect((await download(page, /log/)).toString()).toContain('SYN,ACK seq=0 ack=1');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('a capture that is brought in becomes ladders with states', async () => {
    const page = await open();
    const scene = findScene('four-way-close');
    const { pcapng } = scene === null ? { pcapng: new Uint8Array() } : playScene(scene);
    const give = (bytes: Uint8Array, name = 'x.pcapng') =>
      page
        .locator('input[type=file]')
        .setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) });
    await give(pcapng);
    await page.locator('.capture-rows').waitFor();
    expect(await page.locator('.capture-rows').innerText()).toMatch(/SYN-SENT[\s\S]*FIN-WAIT-1[\s\S]*TIME-WAIT/);
    await give(pcapng.subarray(0, pcapng.length - 500));
    await page.locator('.capture [role=alert]').waitFor();
    expect(await page.locator('.capture [role=alert]').innerText()).toMatch(/breaks off at byte \d+/);
    await give(new TextEncoder().encode('no capture at all'), 'notes.txt');
    await expect.poll(() => page.locator('.capture [role=alert]').innerText()).toMatch(/no pcap or pcapng/);
    await page.getByRole('button', { name: /Back to the scene/ }).click();
    await page.locator('.ladder-box').waitFor();
  });

  it.each([
    ['#v=1&scene=life&do=[[', /link is damaged/],
    ['#v=9&scene=life', /newer version/],
    ['#v=1&scene=no-such-scene', /does not have/],
  ])('the link %s is explained, and the first scene is there', async (hash, words) => {
    const page = await open({ hash });
    await expect.poll(() => page.locator('.notice').innerText()).toMatch(words);
    await page.getByRole('heading', { level: 1, name: 'The three-way handshake' }).waitFor();
  });

  it('a simulator that dies is started again, and nothing is lost', async () => {
    const page = await open();
    await interfere(page, 'SYN', 'Drop');
    await page.keyboard.press('End');
    const text = await page.locator('.ladder').innerText();
    await page.evaluate(() => (globalThis as unknown as { woshouLab: { endWorker(): void } }).woshouLab.endWorker());
    await expect.poll(() => page.locator('.notice').innerText()).toMatch(/started again/);
    await page.keyboard.press('End');
    expect(await page.locator('.ladder').innerText()).toBe(text);
    expect(await page.locator('.deeds li').count()).toBe(1);
  });

  it('works where nothing may be stored', async () => {
    const opened = await openPage(lab);
    await opened.context.addInitScript(() => {
      Object.defineProperty(globalThis, 'localStorage', {
        get: () => {
          throw new Error('denied');
        },
      });
    });
    await opened.page.reload();
    await expect.poll(() => opened.page.locator('.notice').innerText()).toMatch(/keeps no data/);
    await opened.page.locator('.guide header h2').waitFor();
    await opened.page.keyboard.press('End');
    expect(await opened.page.locator('.ladder .row').count()).toBeGreaterThan(3);
    await opened.context.close();
  });

  it('on the free stage programs call and packets fly', async () => {
    const page = await open({ hash: '#v=1&scene=free&seed=1' });
    const call = async (host: number, name: string) => {
      const calls = page.locator('.calls').nth(host);
      if (!(await calls.evaluate((element: HTMLDetailsElement) => element.open)))
        await calls.locator('summary').click();
      await calls.getByRole('button', { name, exact: true }).click();
      await calls.locator('summary').click();
    };
    await call(1, 'listen');
    await expect.poll(() => page.locator('.host').nth(1).innerText()).toMatch(/LISTEN/);
    await call(0, 'connect');
    await page.locator('.chip').first().waitFor();
    await page.keyboard.press('End');
    await expect.poll(() => page.locator('.host').nth(0).innerText()).toMatch(/ESTABLISHED/);
  });

  it('a cable that is pulled lets nothing through, and can be put back', async () => {
    const page = await open();
    await page.locator('#tab-settings').click();
    const cable = page.getByLabel('Pull the cable');
    await cable.check();
    await expect.poll(() => page.locator('.deeds li').innerText()).toMatch(/Line client – server: Pull the cable on/);
    await page.keyboard.press('End');
    const outcomes = page.locator('.outcomes');
    await expect.poll(() => outcomes.innerText()).toMatch(/story cannot go on/);
    expect(await outcomes.innerText()).not.toMatch(/to its end/);
    expect(new Set(await labels(page).then((all) => all.map((label) => label.split(' ')[0])))).toEqual(
      new Set(['SYN']),
    );
    await page.keyboard.press('Home');
    await cable.uncheck();
    await page.keyboard.press('End');
    await expect.poll(() => outcomes.locator('.is-kept').count()).toBe(3);
  });

  it('a packet that is held waits on the wire until it is let go', async () => {
    const page = await open();
    await interfere(page, 'SYN', 'Hold');
    for (let step = 0; step < 3; step++) await page.keyboard.press('ArrowRight');
    await page.locator('.chip.is-held', { hasText: 'SYN' }).click();
    await page.locator('.grip').getByRole('button', { name: 'Release', exact: true }).click();
    await expect.poll(() => page.locator('.deeds li').count()).toBe(2);
    await page.keyboard.press('End');
    await expect.poll(() => page.locator('.chip.is-held').count()).toBe(0);
    expect((await labels(page))[0]).toMatch(/^SYN seq=0.*late$/);
  });

  it('asks before the answer and is answered by the simulator', async () => {
    const page = await open({ asks: true });
    await page.keyboard.press(' ');
    const quiz = page.locator('.quiz');
    await quiz.waitFor();
    expect(await page.locator('.hosts').innerText()).not.toContain('SYN-RECEIVED');
    await quiz.getByRole('button', { name: 'SYN-RECEIVED', exact: true }).click();
    expect(await quiz.innerText()).toContain('Right.');
    await quiz.getByRole('button', { name: 'Go on' }).click();
    await expect.poll(() => page.locator('.hosts').innerText()).toContain('SYN-RECEIVED');
  });

  it('a question of the story: the wrong answer is told why it is wrong, in either language', async () => {
    for (const [language, wrong, whys] of [
      ['en', 'ESTABLISHED', [/what the client is in/, /SYN queue/]],
      ['zh', 'ESTABLISHED', [/那是客户端的状态/, /半连接队列/]],
    ] as const) {
      const page = await open({ asks: true, language, hash: '#v=1&scene=lost-third-ack&seed=1' });
      const quiz = page.locator('.quiz');
      await page.keyboard.press(' ');
      for (let asked = 0; asked < 6; asked++) {
        await quiz.waitFor();
        if (/third ACK|第三次握手/.test(await quiz.locator('.question').innerText())) break;
        await quiz.locator('.show-me').click();
      }
      await quiz.getByRole('button', { name: wrong, exact: true }).click();
      const text = await quiz.innerText();
      for (const why of whys) expect(text).toMatch(why);
      expect(await quiz.locator('.choices .is-right').innerText()).toBe('SYN-RECEIVED');
    }
  });

  it.each([
    ['why-three', 'what-if server'],
    ['why-isn-moves', 'one-number server'],
    ['why-isn-random', 'clock-only server'],
    ['why-2msl', 'server that does not wait'],
  ])('%s: the imagined rule stands on the right of the real one, and runs beside it', async (scene, imagined) => {
    const page = await open({ hash: `#v=1&scene=${scene}&seed=1` });
    await page.keyboard.press('End');
    const hosts = await page.locator('.host h2').allInnerTexts();
    expect([hosts[0], hosts.at(-1)]).toEqual(['server', imagined]);
    const packets = await page.locator('.arrow .label').evaluateAll((all) => all.map((one) => one.ariaLabel ?? ''));
    const real = packets.filter((label) => /\d s server → |→ server:/.test(label));
    const other = packets.filter((label) => label.includes(imagined));
    expect(Math.min(real.length, other.length)).toBeGreaterThan(2);
    // What it sends is marked, what the real one sends is not; and neither waits for the other to be over.
    expect(other.filter((label) => label.includes(`${imagined} →`)).every((label) => label.includes('what if'))).toBe(
      true,
    );
    expect(real.some((label) => label.includes('what if'))).toBe(false);
    expect(packets.indexOf(other[0] ?? '')).toBeLessThan(packets.indexOf(real.at(-1) ?? ''));
    expect(packets.indexOf(real[0] ?? '')).toBeLessThan(packets.indexOf(other.at(-1) ?? ''));
  });

  it('a claim ends with the packet that shows it', async () => {
    const page = await open({ hash: '#v=1&scene=myth-ack-of-fin&seed=1' });
    await page.keyboard.press('End');
    await page.getByRole('button', { name: 'The packet that shows it' }).click();
    await expect.poll(() => page.locator('.packet-head b').innerText()).toMatch(/^ACK seq=1 ack=2/);
    expect(await page.locator('.row.is-selected').count()).toBe(1);
  });

  it('opened as a file it says how to serve it', async () => {
    const context = await lab.browser.newContext();
    const page = await context.newPage();
    await page.goto(`file://${join(import.meta.dirname, '../../lab/dist/index.html')}`);
    expect(await page.locator('body').innerText()).toMatch(/npm run lab[\s\S]*静态服务器/);
    await context.close();
  });

  it('works offline once it was there', async () => {
    const context = await lab.browser.newContext();
    const page = await context.newPage();
    await page.goto(lab.url);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.reload();
    await context.setOffline(true);
    await page.reload();
    await page.locator('.guide header h2').waitFor();
    await page.keyboard.press('End');
    expect(await page.locator('.ladder .row').count()).toBeGreaterThan(3);
    await context.close();
  });
});
