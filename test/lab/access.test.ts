/** For everyone: axe finds nothing, everything fits a phone, keys do what buttons do, no word is missing in either language. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findScene } from '../../src/scenes/index.ts';
import { type Lab, noBrowser, openLab, openPage, type PageOptions } from './browser.ts';

const AXE = fileURLToPath(new URL('../../lab/node_modules/axe-core/axe.min.js', import.meta.url));

/** Serious and lesser: every rule axe has for WCAG 2.2 A and AA, and its best practices. */
async function violations(page: Page): Promise<string[]> {
  // The page's own policy refuses a script that is not its own, as it should: axe is run through the debugger.
  await page.evaluate(readFileSync(AXE, 'utf8'));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const found = await axe.run();
    return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
  });
}

const LOOKS: readonly (readonly [string, PageOptions])[] = [
  ['desktop, English, light', { language: 'en' }],
  ['desktop, Chinese, dark', { language: 'zh', isDark: true }],
  ['phone, English, dark', { language: 'en', isDark: true, width: 390, height: 844 }],
  ['phone, Chinese, light', { language: 'zh', width: 390, height: 844 }],
];

// Skipped only where there is no browser; scenes.test.ts prints the reason.
describe.skipIf(noBrowser !== null)('for everyone', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await openLab();
  });

  afterAll(() => lab.close());

  it.each(LOOKS)('%s: axe finds nothing, in any panel or dialog', async (_name, options) => {
    const { page, context, errors } = await openPage(lab, { ...options, hash: '#v=1&scene=four-way-close&seed=1' });
    const isPhone = options.width === 390;
    const found = await violations(page);
    await page.keyboard.press('End');
    await page.locator('.row').first().waitFor({ state: 'attached' });
    found.push(...(await violations(page)));
    if (!isPhone) await page.locator('.arrow .label').last().click();
    if (isPhone) await page.locator('.parts button').nth(2).click();
    for (const panel of ['states', 'variables', 'packet', 'charts', 'settings']) {
      await page.locator(`#tab-${panel}`).click();
      if (panel === 'charts') await page.locator('.drawing, .panel .quiet').first().waitFor();
      found.push(...(await violations(page)));
      expect(await overflow(page), `${panel} is wider than the screen`).toBeLessThanOrEqual(0);
    }
    if (isPhone) {
      await page.locator('.parts button').nth(0).click();
      found.push(...(await violations(page)));
    }
    for (const key of ['s', '?']) {
      await page.keyboard.press(key);
      await page.locator('dialog').waitFor();
      found.push(...(await violations(page)));
      await page.keyboard.press('Escape');
      await page.locator('dialog').waitFor({ state: 'detached' });
    }
    expect(found).toEqual([]);
    expect(errors).toEqual([]);
    await context.close();
  });

  it.each(LOOKS)('%s: nor on the page of races', async (_name, options) => {
    const { page, context, errors } = await openPage(lab, {
      ...options,
      hash: '#race=cubic,bbr,reno&rate=2000000&for=10',
    });
    await page.locator('.race-controls .play').click();
    await expect.poll(() => page.locator('.race-controls input').getAttribute('max').then(Number)).toBeGreaterThan(20);
    await page.keyboard.press('End');
    await page.locator('.race-charts .drawing').first().waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(errors).toEqual([]);
    await context.close();
  });

  it.each([390, 800])(
    'in a window %i pixels wide no name or label leaves it, and hosts stand in line',
    async (width) => {
      const { page, context } = await openPage(lab, { width });
      for (const id of ['why-2msl', 'why-isn-moves', 'why-isn-random', 'four-segment-open', 'old-duplicate-syn']) {
        await page.evaluate((hash) => {
          location.hash = hash;
        }, `v=1&scene=${id}&seed=1`);
        await expect.poll(() => page.locator('.guide header h2').textContent()).toBe(findScene(id)?.title.en);
        await page.keyboard.press('End');
        await page.locator('.arrow .label').nth(3).waitFor();
        const found = await page.evaluate(() => {
          const boxes = [...document.querySelectorAll('.host h2, .arrow .label')].map((one) =>
            one.getBoundingClientRect(),
          );
          const states = [...document.querySelectorAll('.host-state')].map((one) => one.getBoundingClientRect().top);
          return {
            outside: boxes.filter(({ left, right }) => left < -1 || right > innerWidth + 1).length,
            lines: Math.round(Math.max(...states) - Math.min(...states)),
          };
        });
        expect(found, id).toEqual({ outside: 0, lines: 0 });
      }
      await context.close();
    },
  );

  it('everything can be done with keys alone', async () => {
    const { page, context } = await openPage(lab);
    await page.keyboard.press('ArrowRight');
    // To the packet on the wire and its menu.
    await page.locator('.chip').first().focus();
    await page.keyboard.press('Enter');
    await page.locator('.grip').getByRole('button', { name: 'Drop' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.deeds li').waitFor();
    const tab = page.locator('[role=tab][aria-selected=true]');
    expect(await tab.innerText()).toBe('Packet');
    await tab.focus();
    await page.keyboard.press('ArrowRight');
    expect(await tab.innerText()).toBe('Charts');
    await page.locator('.guide header h2').click();
    await page.keyboard.press('s');
    await page.locator('dialog input[type=search]').fill('half-close');
    await page.locator('dialog .shelf button').first().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /half/i }).waitFor();
    await context.close();
  });

  it('the ladder is a list that reads as a story', async () => {
    const { page, context } = await openPage(lab);
    await page.keyboard.press('End');
    const items = page.getByRole('list', { name: 'Sequence of packets, oldest first' }).getByRole('listitem');
    expect(await items.count()).toBe(6);
    expect(await items.nth(2).getByRole('button').getAttribute('aria-label')).toMatch(/client → server: SYN seq=0/);
    await context.close();
  });
});

/** By how many pixels the page is wider than its window. */
async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}
