/** The race in the page: it runs, is judged, goes back, and its link brings it again. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRace } from '../../lab/src/engine/race-link.ts';
import { type Lab, noBrowser, openLab, openPage } from './browser.ts';

// Skipped only where there is no browser; scenes.test.ts prints the reason.
describe.skipIf(noBrowser !== null)('the race', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await openLab();
  });

  afterAll(() => lab.close());

  const seconds = async (page: Page) => Number.parseFloat(await page.locator('.race-controls .hour').innerText());
  const rows = (page: Page) => page.locator('.race-figures tbody tr').allInnerTexts();

  it('runs to its end, says how fair it was, and going back shows the same again', async () => {
    const hash = '#race=reno,reno:0:300&rate=2000000&rtt=40&for=20&seed=1';
    const { page, context, errors } = await openPage(lab, { hash });
    await page.locator('.race-controls select').selectOption('10');
    await page.keyboard.press(' ');
    await expect.poll(() => seconds(page), { timeout: 60_000 }).toBe(20);
    const end = await rows(page);
    expect(end).toHaveLength(2);
    const fairness = Number(await page.locator('.race-figures .is-main dd').first().innerText());
    expect(fairness).toBeGreaterThanOrEqual(0.5);
    // The second has the longer round trip, and Reno gives it less.
    expect(fairness).toBeLessThan(0.97);
    await page.keyboard.press('Home');
    expect(await seconds(page)).toBe(0.1);
    expect(await rows(page)).not.toEqual(end);
    await page.keyboard.press('End');
    expect(await rows(page)).toEqual(end);
    const again = await openPage(lab, { hash: new URL(page.url()).hash });
    await again.page.locator('.race-controls select').selectOption('10');
    await again.page.keyboard.press(' ');
    await expect.poll(() => seconds(again.page), { timeout: 60_000 }).toBe(20);
    expect(await rows(again.page)).toEqual(end);
    expect([...errors, ...again.errors, ...lab.foreign]).toEqual([]);
    await again.context.close();
    await context.close();
  });

  it('is on the shelf, can be changed, and leads back to the scene', async () => {
    const { page, context, errors } = await openPage(lab);
    const scene = new URL(page.url()).hash;
    await page.keyboard.press('s');
    await page.locator('dialog input[type=search]').fill('congestion controls');
    await page.getByRole('button', { name: 'A race of congestion controls' }).last().click();
    await page.locator('.race-stage').waitFor();
    await page.getByRole('button', { name: 'One more flow' }).click();
    await page.locator('.race-form .is-flow-3').getByLabel('Congestion control').selectOption('dctcp');
    await page.locator('.race-form').getByLabel('Early signal').selectOption('step');
    await expect.poll(() => page.locator('.race-figures tbody tr').count()).toBe(3);
    await expect
      .poll(() => readRace(new URL(page.url()).hash))
      .toMatchObject({ mark: 'step', flows: [{ control: 'cubic' }, { control: 'bbr' }, { control: 'dctcp' }] });
    await page.getByRole('button', { name: 'Back to the scene' }).click();
    await page.locator('.ladder').waitFor();
    expect(new URL(page.url()).hash).toBe(scene);
    expect(errors).toEqual([]);
    await context.close();
  });

  it('a damaged link of a race is explained, and the usual race is there', async () => {
    const { page, context, errors } = await openPage(lab, { hash: '#race=cubic,nobody' });
    expect(await page.locator('.notice').innerText()).toContain('damaged');
    expect(await page.locator('.race-figures tbody tr').count()).toBe(2);
    expect(errors).toEqual([]);
    await context.close();
  });
});
