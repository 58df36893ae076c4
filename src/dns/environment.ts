/** What DNS needs of the host it runs on: datagrams, connections, names that need no question, and timers on the network's clock. */
import type { Dgram } from '../dgram/create.ts';
import { knownAddresses, LOOPBACK_NAME } from '../socket/known-addresses.ts';
import type { SocketHost } from '../socket/socket-host.ts';

/** The part of `node:net` that is used. */
export type DnsNet = Pick<typeof import('node:net'), 'connect' | 'createServer'>;

export interface DnsEnvironment {
  readonly dgram: Pick<Dgram, 'createSocket'>;
  readonly net: DnsNet;
  /** Addresses of a name that the host knows by itself; empty when it knows none. */
  addressesOf(name: string): readonly string[];
  /** Names of an address, likewise. */
  namesOf(address: string): readonly string[];
  /** Calls back once; the function returned calls it off. */
  setTimer(callback: () => void, delayMs: number): () => void;
}

/** Taken when the module loads, so that fake timers installed later do not stop time-outs. */
const { setTimeout, clearTimeout } = globalThis;

/** The environment of a driven host. */
export function environmentOf(host: SocketHost, dgram: DnsEnvironment['dgram'], net: DnsNet): DnsEnvironment {
  return {
    dgram,
    net,
    addressesOf: (name) => knownAddresses(host, name),
    namesOf: (address) => {
      const isLoopback = address === '::1' || address.startsWith('127.');
      return isLoopback ? [LOOPBACK_NAME] : (host.namesOf?.(address) ?? []);
    },
    setTimer: (callback, delayMs) => timerOf(host, callback, delayMs),
  };
}

/** `setTimer` on the machine's clock. */
export function machineTimer(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}

function timerOf(host: SocketHost, callback: () => void, delayMs: number): () => void {
  if (host.setTimer === undefined) return machineTimer(callback, delayMs);
  let isWanted = true;
  host.setTimer(() => {
    if (isWanted) callback();
  }, delayMs);
  return () => {
    isWanted = false;
  };
}
