/** Node's `net` on a stack of ours: `createNet(host)`. */
export { createNet, type Net, type NetOptions, socketHostOf } from './create-net.ts';
export { type Deliverable, deliverSoon } from './deliveries.ts';
export { hostLookup } from './host-lookup.ts';
