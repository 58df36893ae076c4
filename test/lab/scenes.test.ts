/** Every scene in the page: it runs to the outcomes it promises, in both languages. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCENES } from '../../src/scenes/index.ts';
import { type Lab, noBrowser, type OpenPage, openLab, openPage } from './browser.ts';

if (noBrowser !== null) console.log(`skipped: ${noBrowser}`);

// Skipped only where there is no browser; the reason is printed above.
describe.skipIf(noBrowser !== null)('scenes in the page', () => {
  let lab: Lab;
  let open: OpenPage;

  beforeAll(async () => {
    lab = await openLab();
    open = await openPage(lab);
  });

  afterAll(async () => {
    expect(open.errors).toEqual([]);
    expect(lab.foreign).toEqual([]);
    await lab.close();
  });

  it.each(SCENES.filter(({ needsAuth }) => !needsAuth).map(({ id }) => id))('%s', async (id) => {
    const { page } = open;
    const scene = SCENES.find((one) => one.id === id);
    await page.evaluate((hash) => {
      location.hash = hash;
    }, `v=1&scene=${id}&seed=1`);
    await page.getByRole('heading', { level: 1, name: scene?.title.en ?? '', exact: true }).waitFor();
    await page.keyboard.press('End');
    await page.locator('.outcomes li').first().waitFor();
    const outcomes = await page.locator('.outcomes li').evaluateAll((items) => items.map((item) => item.className));
    expect(outcomes.length).toBeGreaterThan(0);
    expect(outcomes.filter((look) => look !== 'is-kept')).toEqual([]);
    expect(await page.locator('.ladder .row').count()).toBeGreaterThan(2);
  });
});
