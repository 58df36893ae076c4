/** woshou/test/node: the matchers for node:test and every other runner that goes by thrown AssertionErrors. */
import './dispose.ts';
import { AssertionError } from 'node:assert';
import { matchers, type NetworkMatchers, type Subject } from './matchers.ts';

/** The matchers for one subject, and their opposites. */
export interface NetworkExpectation extends NetworkMatchers<void> {
  readonly not: NetworkMatchers<void>;
}

/**
 * `expectNetwork(host).toHaveRetransmitted()`, `expectNetwork(link).not.toHaveLostSegments()`.
 * @throws AssertionError (node:assert) from the matcher when it does not hold
 */
export function expectNetwork(subject: Subject): NetworkExpectation {
  return { ...bound(subject, false), not: bound(subject, true) };
}

function bound(subject: Subject, isNot: boolean): NetworkMatchers<void> {
  const entries = Object.entries(matchers).map(([name, matcher]) => {
    const check = (...args: unknown[]): void => {
      const { pass, message } = Reflect.apply(matcher, { isNot }, [subject, ...args]);
      if (pass === isNot) throw new AssertionError({ message: message(), stackStartFn: check });
    };
    return [name, check] as const;
  });
  return Object.fromEntries(entries) as unknown as NetworkMatchers<void>;
}
