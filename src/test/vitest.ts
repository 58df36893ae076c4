/**
 * woshou/test/vitest: the matchers in vitest's `expect`. After each test its networks are stopped; a failed one gets what was on
 * the wire, one that passed and left sockets open fails. Import it in a test file or list it in `setupFiles`.
 */
import './dispose.ts';
import { afterEach, expect } from 'vitest';
import { matchers, type NetworkMatchers } from './matchers.ts';
import { livingNetworks } from './network.ts';
import { failOnLeaks } from './with-network.ts';

declare module 'vitest' {
  interface Matchers<T> extends NetworkMatchers<void> {}
}

expect.extend(matchers);

afterEach(async ({ task }) => {
  const errors = task.result?.state === 'fail' ? (task.result.errors ?? []) : null;
  for (const network of livingNetworks()) {
    try {
      if (errors === null) await failOnLeaks(network);
      else for (const error of errors) addReport(error, network.report(task.name), network.name);
    } finally {
      network.dispose();
    }
  }
});

/** vitest keeps errors as plain records; reporters print both. */
function addReport(error: { message: string; stack?: string | undefined }, report: string, name: string): void {
  if (error.message.includes(`network '${name}', seed `)) return;
  error.message = `${error.message}\n${report}`;
}
