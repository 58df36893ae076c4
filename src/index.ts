/**
 * woshou: a complete TCP/IP stack that runs wherever JavaScript runs. This entry holds the stack, its sockets and what they
 * are made with; the simulator is `woshou/sim`, devices are `woshou/node`, wire formats `woshou/wire`.
 */
export { Address, type AddressFamily, Prefix } from './base/address.ts';
export { Clock, TICK_US } from './base/clock.ts';
export { ArgumentError, AssertionError, StateError, WoshouError } from './base/errors.ts';
export { type KeyedHash, SipHash } from './base/keyed-hash.ts';
export { type LinkCapabilities, type LinkMedium, plainCapabilities } from './base/link-capabilities.ts';
export { MacAddress } from './base/mac-address.ts';
export type * from './base/observer.ts';
export { type PacketMemory, PlainPacketMemory } from './base/packet-memory.ts';
export { type RandomSource, SeededGenerator, SeededRandom } from './base/random.ts';
export { GSO_ACCECN, GsoType, Slot } from './base/slot.ts';
export { cloneGraph } from './base/snapshot.ts';
export * from './socket/index.ts';
export { StackCounters } from './stack/counters.ts';
export { type FilterRule, type FilterRuleOptions, type FilterVerdict, PacketFilter } from './stack/packet-filter.ts';
export { type ProfileName, type SettingsChanges, type StackSettings, setTcpSetting } from './stack/profile.ts';
export { type InterfaceSpec, type SocketWithEvents, Stack, type StackOptions } from './stack/stack.ts';
export type { TcpAoAlgorithm, TcpAuthAlgorithms } from './tcp/auth/algorithms.ts';
export type { AoKeys } from './tcp/auth/ao-connection.ts';
export type { KeyStore, TcpAoKeyOptions, TcpAuthOptions, TcpKeyScope, TcpMd5KeyOptions } from './tcp/auth/keys.ts';
