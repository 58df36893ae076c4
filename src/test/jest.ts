/**
 * woshou/test/jest: the matchers in jest's `expect`. After each test its networks are stopped; sockets left open fail the hook
 * behind it, by name. Import it in a test file or list it in `setupFilesAfterEnv`. jest runs ES modules with
 * NODE_OPTIONS=--experimental-vm-modules.
 */
import './dispose.ts';
import { afterAll, afterEach, beforeEach, expect } from '@jest/globals';
import { matchers, type NetworkMatchers } from './matchers.ts';
import { livingNetworks } from './network.ts';
import { failOnLeaks } from './with-network.ts';

declare module 'expect' {
  interface Matchers<R> extends NetworkMatchers<R> {}
}

expect.extend(matchers as unknown as Parameters<typeof expect.extend>[0]);

// jest runs hooks behind a test in the order they were defined, and these are the first: a test's own hooks would still have to close
// what it opened. So one test is looked after when the next begins, or when all are done; the error names it.
let last = 'the test';
const lookAfter = async (): Promise<void> => {
  for (const network of livingNetworks()) {
    try {
      await failOnLeaks(network, last);
    } finally {
      network.dispose();
    }
  }
};

beforeEach(lookAfter);
afterEach(() => {
  last = `the test '${expect.getState().currentTestName ?? 'before'}'`;
});
afterAll(lookAfter);
