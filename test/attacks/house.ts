/** What the tests of exhaustion share: a server, visitors played by hand, and scales. */
import { expect } from 'vitest';
import { ListenSocket, type StreamSocket } from '../../src/socket/index.ts';
import { Tcb } from '../../src/tcp/index.ts';
import { Bench, MSS_1460, Peer, type Profile, readAll, text } from '../requirements/bench.ts';

export const PROFILES: readonly Profile[] = ['rfc', 'linux'];
export const BUFFER = 16_384;
export const ATTACKERS = 150;

export interface House {
  readonly bench: Bench;
  readonly listener: ListenSocket;
}

export function house(profile: Profile, settings: object = {}, backlog = 4_096): House {
  const bench = new Bench({ profile, settings } as ConstructorParameters<typeof Bench>[0]);
  const sizes = { receiveBufferSize: BUFFER, sendBufferSize: BUFFER };
  return { bench, listener: new ListenSocket(bench.stack, { port: 80, backlog, ...sizes }) };
}

export interface Visit {
  readonly peer: Peer;
  readonly socket: StreamSocket | null;
}

export function visit(
  { bench, listener }: House,
  port: number,
  window = 65_535,
  options: readonly number[] = MSS_1460,
): Visit {
  const peer = new Peer(bench, { address: `203.0.113.${port & 63}`, port, window });
  peer.send('S', { options });
  peer.accept(bench.takeOne());
  peer.send('A');
  const socket = listener.accept();
  bench.take();
  return { peer, socket };
}

export const visitMany = (at: House, window?: number, options?: readonly number[]): Visit[] =>
  Array.from({ length: ATTACKERS }, (_, index) => visit(at, 20_000 + index, window, options));

/** Asks, is answered, closes: the life of an honest connection, all of it. */
export function honestClientIsServed(at: House, port = 50_000): void {
  const { peer, socket } = visit(at, port);
  if (socket === null) throw new Error('the honest client was not accepted');
  peer.send('PA', { payload: text(100) });
  expect(readAll(socket)).toEqual(text(100));
  const octets: number[] = [];
  // As a program does that is taken only a part from.
  for (let written = 0, round = 0; written < 3_000 && round < 10; round++) {
    written += socket.write(text(3_000).subarray(written));
    if (written === 3_000) socket.shutdownWrite();
    for (const segment of at.bench.take()) {
      if (segment.destinationPort !== port || segment.seq !== peer.ack) continue;
      octets.push(...segment.payload);
      peer.accept(segment);
    }
    if (written < 3_000) peer.send('A');
  }
  expect(Uint8Array.from(octets)).toEqual(text(3_000));
  peer.send('FA');
  expect(['CLOSED', 'TIME-WAIT']).toContain(socket.stateName);
  socket.close();
}

export const tcbsOf = ({ bench }: House): Tcb[] =>
  [...bench.stack.tcp.connections].filter((entry) => entry instanceof Tcb);

/** Everything a value holds on to: objects, and octets of its arrays. */
export function weigh(root: object): { objects: number; octets: number } {
  const seen = new Set<unknown>();
  const waiting: unknown[] = [root];
  let octets = 0;
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (ArrayBuffer.isView(value)) waiting.push(value.buffer);
    else if (value instanceof ArrayBuffer) octets += value.byteLength;
    else if (value instanceof Map) for (const pair of value) waiting.push(...pair);
    else if (value instanceof Set) for (const item of value) waiting.push(item);
    else for (const item of Object.values(value)) if (typeof item === 'object' && item !== null) waiting.push(item);
  }
  return { objects: seen.size, octets };
}
