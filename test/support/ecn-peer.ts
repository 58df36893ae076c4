/**
 * Connections with a peer by hand that speaks some kind of ECN (RFC 3168, RFC 9768), and the few words its tests need: the
 * three bits AE, CWR, ECE as a number, ECN fields, the AccECN option.
 */
import type { StreamSocket } from '../../src/socket/index.ts';
import { type EcnState, Tcb } from '../../src/tcp/index.ts';
import {
  Bench,
  type BenchOptions,
  MSS_1460,
  Peer,
  type PeerOptions,
  type PeerSegment,
  type Profile,
  text,
} from '../requirements/bench.ts';
import type { Segment } from '../requirements/wire.ts';

export const NOT_ECT = 0;
export const ECT1 = 1;
export const ECT0 = 2;
export const CE = 3;

/** SACK-permitted and an MSS of 1000: windows read as counts. */
export const SACK_1000 = [2, 4, 1000 >> 8, 1000 & 255, 1, 1, 4, 2] as const;
export const MSS = 1000;

/** Letters of AE, CWR and ECE for a number from 0 to 7. */
export function bits(value: number): string {
  return `${value & 1 ? 'E' : ''}${value & 2 ? 'C' : ''}${value & 4 ? 'N' : ''}`;
}

/** AE, CWR and ECE of a segment as a number. */
export function bitsOf(segment: Segment): number {
  const has = (letter: string): number => (segment.flags.includes(letter) ? 1 : 0);
  return has('E') | (has('C') << 1) | (has('N') << 2);
}

/** The ECN field of the packet. */
export function ecnOf(segment: Segment): number {
  return segment.tos & 3;
}

/** Option 172: counters e0b, ceb, e1b, as many as are given; padded by the builder. */
export function accEcn0(...counters: readonly number[]): number[] {
  return accEcn(172, counters);
}

/** Option 174: e1b, ceb, e0b. */
export function accEcn1(...counters: readonly number[]): number[] {
  return accEcn(174, counters);
}

function accEcn(kind: number, counters: readonly number[]): number[] {
  return [
    kind,
    2 + 3 * counters.length,
    ...counters.flatMap((value) => [(value >> 16) & 255, (value >> 8) & 255, value & 255]),
  ];
}

/** The counters of an option the stack sent, with its kind; null without one. */
export function countersOf(segment: Segment): { kind: number; counters: number[] } | null {
  for (const kind of [172, 174]) {
    const body = segment.options.get(kind);
    if (body === undefined) continue;
    const counters: number[] = [];
    for (let at = 0; at + 3 <= body.length; at += 3) {
      counters.push(((body[at] ?? 0) << 16) | ((body[at + 1] ?? 0) << 8) | (body[at + 2] ?? 0));
    }
    return { kind, counters };
  }
  return null;
}

export interface EcnConnection {
  readonly bench: Bench;
  readonly peer: Peer;
  readonly socket: StreamSocket;
  readonly tcb: Tcb;
  readonly ecn: EcnState | null;
  /** The first two segments of the stack: SYN and the ACK of the SYN-ACK, or SYN-ACK. */
  readonly first: Segment;
  readonly second: readonly Segment[];
}

export interface EcnOptions extends BenchOptions, PeerOptions {
  /** AE, CWR and ECE of the peer's SYN or SYN-ACK, and of its ACK. */
  readonly code: number;
  readonly ackCode?: number;
  readonly synTos?: number;
  readonly synOptions?: readonly number[];
  readonly ackOptions?: readonly number[];
}

/** The only connection of the stack. */
export function tcbOf(bench: Bench): Tcb {
  for (const entry of bench.stack.tcp.connections) if (entry instanceof Tcb) return entry;
  throw new Error('no connection');
}

/** The stack connects; the peer's SYN-ACK has `code`. */
export function connected(options: EcnOptions): EcnConnection {
  const bench = new Bench(options);
  const socket = bench.connect();
  const first = bench.takeOne();
  const peer = new Peer(bench, { port: 80, ourPort: first.sourcePort, ...options });
  peer.accept(first);
  peer.send(`SA${bits(options.code)}`, synFields(options));
  const second = bench.take();
  const tcb = tcbOf(bench);
  return { bench, peer, socket, tcb, ecn: tcb.ecn, first, second };
}

/** The peer connects: its SYN has `code`, its ACK `ackCode`. */
export function accepted(options: EcnOptions): EcnConnection {
  const bench = new Bench(options);
  const listener = bench.listen();
  const peer = new Peer(bench, options);
  peer.send(`S${bits(options.code)}`, synFields(options));
  const first = bench.takeOne();
  peer.accept(first);
  peer.send(`A${bits(options.ackCode ?? 0)}`, { options: options.ackOptions ?? [] });
  const socket = listener.accept();
  if (socket === null) throw new Error('nothing to accept');
  const tcb = tcbOf(bench);
  return { bench, peer, socket, tcb, ecn: tcb.ecn, first, second: bench.take() };
}

function synFields(options: EcnOptions): PeerSegment {
  return { options: options.synOptions ?? MSS_1460, tos: options.synTos ?? NOT_ECT };
}

/** The stack writes so many full segments of `MSS`; what it sent at once. */
export function writeSegments(connection: EcnConnection, count: number): Segment[] {
  connection.socket.write(text(count * MSS));
  return connection.bench.take();
}

/** The peer acknowledges everything up to `segment`; what the stack sends upon it. */
export function acknowledge(
  connection: EcnConnection,
  upTo: Segment,
  code: number,
  options: readonly number[] = [],
): Segment[] {
  connection.peer.accept(upTo);
  connection.peer.send(`A${bits(code)}`, { options });
  return connection.bench.take();
}

/** A segment of data from the peer with this ECN field; what the stack answers at once. */
export function giveData(connection: EcnConnection, tos: number, code = 0, octets = MSS, flags = ''): Segment[] {
  connection.peer.send(`A${flags}${bits(code)}`, { tos, payload: text(octets) });
  return connection.bench.take();
}

/** r.cep as it begins (RFC 9768 section 3.2.1). */
export const START = 5;

/** The stack has connected to a peer that speaks Accurate ECN. @param tcp settings besides */
export function accurate(profile: Profile, tcp: Record<string, number> = {}, timestamp?: number): EcnConnection {
  return connected({
    profile,
    code: 0b010,
    synOptions: SACK_1000,
    settings: { tcp: { ecn: 3, ...tcp } },
    ...(timestamp === undefined ? {} : { timestamp }),
  });
}

export function ecnOfConnection(connection: EcnConnection): NonNullable<EcnConnection['ecn']> {
  if (connection.ecn === null) throw new Error('no ECN');
  return connection.ecn;
}

/** So many segments of data in one batch, and the answers at once. */
export function giveMany(connection: EcnConnection, count: number, tos: number): Segment[] {
  const packets = Array.from({ length: count }, () => connection.peer.build('A', { tos, payload: text(MSS) }));
  connection.bench.giveAll(packets);
  return connection.bench.take();
}
