/**
 * woshou/test/vitest: the matchers in vitest's `expect`. After each test its networks are stopped; a failed one gets what was on
 * the wire, one that passed and left sockets open fails. Import it in a test file or list it in `setupFiles`.
 */
import './dispose.ts';
import { afterEach, expect } from 'vitest';
import { matchers, type NetworkMatchers } from './matchers.ts';
import { livingNetworks, type Network } from './network.ts';
import { failOnLeaks, isReported } from './with-network.ts';

declare module 'vitest' {
  interface Matchers<T> extends NetworkMatchers<void> {}
}

expect.extend(matchers);

afterEach(async ({ task }) => {
  const errors = task.result?.state === 'fail' ? (task.result.errors ?? []) : null;
  for (const network of livingNetworks()) {
    try {
      if (errors === null) await failOnLeaks(network);
      else tellMore(errors, network, task.name);
    } finally {
      network.dispose();
    }
  }
});

/** vitest keeps errors as plain records; reporters print both. The report is made, and its file written, when one lacks it. */
function tellMore(errors: readonly { message: string }[], network: Network, testName: string): void {
  const bare = errors.filter((error) => !isReported(error, network));
  if (bare.length === 0) return;
  const report = network.report(testName);
  for (const error of bare) error.message = `${error.message}\n${report}`;
}
