/**
 * How a network makes the stacks of its hosts. A class instance rather than a function, because hosts keep it to boot
 * again after a crash and everything a host keeps must be plain data.
 */
import type { Observer } from '../base/observer.ts';
import type { HostStack } from './host-stack.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What a host is like. */
export interface HostOptions {
  /** Default `linux`. */
  readonly profile?: 'linux' | 'rfc';
  /** Settings of the stack, by the names of `Stack`. */
  readonly settings?: Readonly<Record<string, number | boolean | string>>;
  readonly observer?: Observer;
}

/** Makes stacks. */
export interface StackFactory {
  create(name: string, options: HostOptions, seed: number, clock: VirtualClock): HostStack;
}
