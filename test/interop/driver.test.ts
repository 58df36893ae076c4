/** The event-loop driver on a real device: answers, its one timer, a link in between, a clean end. */
import { describe, expect, it } from 'vitest';
import { NetworkNamespace, namespaceObstacle } from './namespace.ts';

const obstacle = namespaceObstacle(['ping']);
const PROGRAM = 'test/interop/programs/driver-echo.ts';

// Skipped, with the reason in the title, where no namespace or device can be made or ping is missing.
describe.skipIf(obstacle !== null)(`driver${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, () => {
  it.each([
    ['with the device at the stack', 'direct', 0, 20],
    ['with 20 ms of wire each way in between', 'link', 40, 60],
  ])('%s', async (_what, how, leastMs, mostMs) => {
    await NetworkNamespace.with(async (namespace) => {
      const program = namespace.startScript(PROGRAM, [how]);
      await program.line(/^ready ws0$/);
      for (const address of ['10.9.0.2', 'fd00:9::2']) {
        const { stdout } = await namespace.exec('ping', ['-n', '-c', '20', '-i', '0.02', '-W', '2', address]);
        expect(stdout).toContain('20 packets transmitted, 20 received, 0% packet loss');
        const median = roundTripsMs(stdout)[10] ?? -1;
        expect(median).toBeGreaterThanOrEqual(leastMs);
        expect(median).toBeLessThan(mostMs);
      }
      const tick = await program.line(/^tick /);
      // Node's timers are late by a millisecond, and this machine may be busy; early they may never be.
      expect(Number(tick.slice(5))).toBeGreaterThanOrEqual(0);
      expect(Number(tick.slice(5))).toBeLessThan(200);
      const result = await program.finish();
      expect(result).toMatchObject({ code: 0, stderr: '' });
    });
  });
});

function roundTripsMs(output: string): number[] {
  return [...output.matchAll(/time=([\d.]+) ms/g)].map((found) => Number(found[1])).sort((a, b) => a - b);
}
