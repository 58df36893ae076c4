/** The simulator: networks of real stacks in virtual time, from one seed. */
export * from './applications.ts';
export * from './fault.ts';
export * from './host.ts';
export * from './host-stack.ts';
export * from './http.ts';
export * from './network.ts';
export * from './network-link.ts';
export * from './network-pump.ts';
export * from './partition.ts';
export * from './race.ts';
export * from './race-csv.ts';
export * from './race-flow.ts';
export * from './race-options.ts';
export * from './race-result.ts';
export * from './stack-factory.ts';
export * from './state-notes.ts';
export * from './virtual-clock.ts';
