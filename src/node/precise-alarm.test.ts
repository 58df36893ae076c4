/** The kernel's timer on the event loop: not early, once, the latest setting counts, silent after its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { loadNative } from './native.ts';
import { PreciseAlarm } from './precise-alarm.ts';

const isThere = process.platform === 'linux' && loadNative().canPollOnLoop;

// Skipped where the system has no such timer, or koffi cannot watch descriptors on the loop.
describe.skipIf(!isThere)(`precise alarm${isThere ? '' : ' (skipped: no timerfd here)'}`, () => {
  function open(): { alarm: PreciseAlarm; rings: number[] } {
    const rings: number[] = [];
    const alarm = PreciseAlarm.open(() => rings.push(performance.now()));
    if (alarm === null) throw new Error('no alarm');
    return { alarm, rings };
  }

  it('rings once, not before its time', async () => {
    const { alarm, rings } = open();
    const start = performance.now();
    alarm.set(700);
    await vi.waitUntil(() => rings.length > 0, { timeout: 5_000, interval: 1 });
    expect((rings[0] ?? 0) - start).toBeGreaterThanOrEqual(0.7);
    await sleep(20);
    expect(rings).toHaveLength(1);
    alarm.close();
  });

  it('rings by its latest setting only, and never after its end', async () => {
    const { alarm, rings } = open();
    alarm.set(1_000);
    alarm.set(30_000);
    await sleep(10);
    expect(rings).toEqual([]);
    await vi.waitUntil(() => rings.length > 0, { timeout: 5_000 });
    alarm.set(2_000);
    alarm.close();
    await sleep(10);
    expect(rings).toHaveLength(1);
  });
});
