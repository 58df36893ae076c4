/**
 * Which endpoint a datagram is for: endpoints by local port, the best match among them (the most specific, then the newest,
 * as Linux chooses). Ephemeral ports are drawn by RFC 6056 sections 3.3.3 and 3.3.5: a keyed hash of the peer as offset, a
 * common counter with random steps, so that neither the next port nor their rate can be told from one of them.
 */
import type { Address } from '../base/address.ts';
import type { KeyedHash } from '../base/keyed-hash.ts';
import type { RandomSource } from '../base/random.ts';
import type { DatagramEndpoint } from './datagram-endpoint.ts';

/** Largest random step of the ephemeral counter; RFC 6056 §3.3.5 suggests 500. */
const STEP_MAX = 500;

export class PortTable {
  private readonly random: RandomSource;
  private readonly hash: KeyedHash;
  private readonly byPort = new Map<number, DatagramEndpoint[]>();
  private readonly words = new Int32Array(9);
  private counter: number;
  private size = 0;

  constructor(random: RandomSource, hash: KeyedHash) {
    this.random = random;
    this.hash = hash;
    this.counter = random.secretInt32() >>> 0;
  }

  /** Endpoints with a port. */
  get count(): number {
    return this.size;
  }

  add(endpoint: DatagramEndpoint, port: number): void {
    const known = this.byPort.get(port);
    if (known === undefined) this.byPort.set(port, [endpoint]);
    else known.push(endpoint);
    this.size++;
  }

  remove(endpoint: DatagramEndpoint): void {
    const known = this.byPort.get(endpoint.localPort);
    const index = known?.indexOf(endpoint) ?? -1;
    if (known === undefined || index < 0) return;
    known.splice(index, 1);
    if (known.length === 0) this.byPort.delete(endpoint.localPort);
    this.size--;
  }

  /** Endpoints of a port, oldest first. */
  at(port: number): readonly DatagramEndpoint[] {
    return this.byPort.get(port) ?? NOBODY;
  }

  /** True when `endpoint` may have `local` and `port` beside those that are there. */
  isFree(endpoint: DatagramEndpoint, local: Address | null, port: number): boolean {
    return this.at(port).every((other) => other === endpoint || !isConflict(endpoint, local, other));
  }

  /** A free ephemeral port in [first, last], 0 when there is none. */
  ephemeral(
    endpoint: DatagramEndpoint,
    local: Address | null,
    remote: Address | null,
    remotePort: number,
    first: number,
    last: number,
  ): number {
    const count = last - first + 1;
    const offset = this.offsetOf(local, remote, remotePort);
    for (let attempt = 0; attempt < count; attempt++) {
      const port = first + ((offset + this.counter + attempt) % count);
      if (!this.isFree(endpoint, local, port)) continue;
      this.counter = (this.counter + attempt + 1 + ((this.random.secretInt32() >>> 0) % STEP_MAX)) >>> 0;
      return port;
    }
    return 0;
  }

  /** The endpoint for a unicast datagram, null when nobody listens. */
  find(
    local: Address,
    port: number,
    remote: Address,
    remotePort: number,
    interfaceId: number,
  ): DatagramEndpoint | null {
    let best: DatagramEndpoint | null = null;
    let bestScore = -1;
    for (const endpoint of this.at(port)) {
      const score = scoreOf(endpoint, local, remote, remotePort, interfaceId);
      if (score >= 0 && score >= bestScore) {
        best = endpoint;
        bestScore = score;
      }
    }
    return best;
  }

  private offsetOf(local: Address | null, remote: Address | null, remotePort: number): number {
    const { words } = this;
    words.fill(0);
    if (local !== null) fill(words, 0, local);
    if (remote !== null) fill(words, 4, remote);
    words[8] = remotePort;
    return this.hash.hashWords(words, 9) >>> 0;
  }
}

/** How well a datagram fits an endpoint; -1: not at all. */
export function scoreOf(
  endpoint: DatagramEndpoint,
  local: Address,
  remote: Address,
  remotePort: number,
  interfaceId: number,
): number {
  if (endpoint.family !== local.family && (endpoint.family === 4 || endpoint.v6Only)) return -1;
  let score = endpoint.family === local.family ? 1 : 0;
  if (endpoint.localAddress !== null) {
    if (!endpoint.localAddress.equals(local)) return -1;
    score += 4;
  }
  if (endpoint.remoteAddress !== null) {
    if (endpoint.remotePort !== remotePort || !endpoint.remoteAddress.equals(remote)) return -1;
    score += 8;
  }
  if (endpoint.interfaceId >= 0) {
    if (endpoint.interfaceId !== interfaceId) return -1;
    score += 2;
  }
  return score;
}

const NOBODY: readonly DatagramEndpoint[] = [];

/** Two endpoints on one port: a conflict when both could hear the same datagram and one of them does not share. */
function isConflict(endpoint: DatagramEndpoint, local: Address | null, other: DatagramEndpoint): boolean {
  if (endpoint.reuseAddress && other.reuseAddress) return false;
  const isApart = endpoint.interfaceId >= 0 && other.interfaceId >= 0 && endpoint.interfaceId !== other.interfaceId;
  return !isApart && overlaps(endpoint, local, other);
}

function overlaps(endpoint: DatagramEndpoint, local: Address | null, other: DatagramEndpoint): boolean {
  const { localAddress } = other;
  if (local !== null && localAddress !== null) return local.equals(localAddress);
  if (local !== null) return covers(other, local.family);
  if (localAddress !== null) return covers(endpoint, localAddress.family);
  return covers(endpoint, other.family) || covers(other, endpoint.family);
}

/** A wildcard of this endpoint takes in addresses of `family`. */
function covers(endpoint: DatagramEndpoint, family: 4 | 6): boolean {
  return endpoint.family === family || (endpoint.family === 6 && !endpoint.v6Only);
}

function fill(words: Int32Array, at: number, address: Address): void {
  words[at] = address.w0;
  words[at + 1] = address.w1;
  words[at + 2] = address.w2;
  words[at + 3] = address.w3;
}
