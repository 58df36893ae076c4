/** Node's `net` on a stack of ours: `createNet(host)`. */
export { socketHostOf } from '../node/socket-host-of.ts';
export { createNet, type Net, type NetOptions } from './create-net.ts';
export { type Deliverable, deliverSoon } from './deliveries.ts';
export { hostLookup } from './host-lookup.ts';
export { streamSocketOf } from './stream-socket-of.ts';
