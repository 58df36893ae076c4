/**
 * woshou/test/jest: the matchers in jest's `expect`. After each test its networks are stopped, and one that left sockets open
 * fails. Import it in a test file or list it in `setupFilesAfterEnv`. jest runs ES modules with
 * NODE_OPTIONS=--experimental-vm-modules.
 */
import './dispose.ts';
import { afterEach, expect } from '@jest/globals';
import { matchers, type NetworkMatchers } from './matchers.ts';
import { livingNetworks } from './network.ts';
import { failOnLeaks } from './with-network.ts';

declare module 'expect' {
  interface Matchers<R> extends NetworkMatchers<R> {}
}

expect.extend(matchers as unknown as Parameters<typeof expect.extend>[0]);

afterEach(() => {
  for (const network of livingNetworks()) {
    try {
      failOnLeaks(network);
    } finally {
      network.dispose();
    }
  }
});
