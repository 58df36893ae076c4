/**
 * woshou/test: a network for tests, in virtual time and from one seed, for vitest, jest and node:test. Matchers are registered by
 * 'woshou/test/vitest' and 'woshou/test/jest'; node:test has `expectNetwork` of 'woshou/test/node'.
 */
import './dispose.ts';

export type { Rule, RuleVerdict } from '../link/rules.ts';
export { FAULT_NAMES, type Fault, type FaultName, type FaultOptions } from '../sim/fault.ts';
export type { Host } from '../sim/host.ts';
export type { NetworkLink } from '../sim/network-link.ts';
export type { NetworkLinkOptions } from '../sim/network-options.ts';
export type { Partition } from '../sim/partition.ts';
export type { HostOptions } from '../sim/stack-factory.ts';
export { setFailureFolder } from './failures.ts';
export { ladderText } from './ladder-text.ts';
export { type MatcherContext, type MatcherResult, matchers, type NetworkMatchers, type Subject } from './matchers.ts';
export type { NodeMockTimers } from './mock-timers.ts';
export { livingNetworks, Network, type NetworkOptions } from './network.ts';
export { type RunLimits, StalledError } from './settle.ts';
export type { FrameworkTimers, SinonClock, TimerSource } from './timer-source.ts';
export type { TracedConnection, TracedSegment } from './trace.ts';
export { LeakError, type WithNetworkOptions, withNetwork } from './with-network.ts';
