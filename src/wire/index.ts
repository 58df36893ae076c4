/** Everything of the wire: formats parsed into reused views and emitted into packet memory. Pure, without state. */
export * from './arp.ts';
export * from './checksum.ts';
export * from './drop-reason.ts';
export * from './ethernet.ts';
export * from './ip-packet.ts';
export * from './ipv4.ts';
export * from './ipv4-options.ts';
export * from './ipv6.ts';
export * from './ipv6-options.ts';
export * from './llc-snap.ts';
export * from './tcp.ts';
export * from './tcp-option-writers.ts';
export * from './tcp-options.ts';
export * from './tcp-segment.ts';
export * from './vlan.ts';
