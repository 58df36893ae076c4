/**
 * Who gets a RST, and how it is signed, where signatures are used (RFC 2385, RFC 5925 section 7.7): by what the segment was signed
 * with, which keys there are and whose they are, and whether a connection, a listener or nobody is meant.
 */
import { describe, expect, it } from 'vitest';
import { ListenSocket, StreamSocket, type TcpAuthOptions } from '../../src/index.ts';
import type { TcpExtCounters } from '../../src/tcp/counters.ts';
import { AGREEMENTS, auth, KIND, key, Wiretap } from '../support/signed-pair.ts';
import { StackPair } from '../support/stack-pair.ts';

const MD5: TcpAuthOptions = { md5: [{ key: key('hush') }] };
const WRONG: TcpAuthOptions = { md5: [{ key: key('hash') }] };
const ELSEWHERE: TcpAuthOptions = { md5: [{ key: key('hush'), peer: '10.9.9.9' }] };
const AO_CLIENT = AGREEMENTS[1]?.client;
const AO_SERVER = AGREEMENTS[1]?.server;

interface Refusal {
  readonly name: string;
  /** What the client signs with. */
  readonly client?: TcpAuthOptions | undefined;
  /** Keys of the stack it comes to, and of the listener at its port. */
  readonly stack?: TcpAuthOptions | undefined;
  readonly listener?: TcpAuthOptions | undefined;
  readonly isIgnored?: boolean;
  /** Option of the RST, 0: a plain one; null: silence. */
  readonly reset: number | null;
  readonly counted?: Partial<TcpExtCounters>;
}

function meet({ stack, isIgnored = false }: Refusal): { pair: StackPair; tap: Wiretap; resets: () => number[] } {
  const pair = new StackPair({ auth, settings: { tcp: { accept_unexpected_signatures: isIgnored } } });
  const tap = new Wiretap();
  pair.filter = tap;
  if (stack !== undefined) pair.b.tcp.keys.addAll(stack);
  const resets = (): number[] =>
    tap.segments
      .filter(({ fromA, flags }) => !fromA && flags.includes('R'))
      .map(({ options }) => [KIND.md5, KIND.ao].find((kind) => options.has(kind)) ?? 0);
  return { pair, tap, resets };
}

function open(pair: StackPair, keys: TcpAuthOptions | undefined): StreamSocket {
  return StreamSocket.connect(pair.a, {
    remoteAddress: '10.0.0.2',
    remotePort: 179,
    ...(keys === undefined ? {} : { auth: keys }),
  });
}

describe('a SYN for a port where nobody listens', () => {
  it.each<Refusal>([
    { name: 'plain, no keys', reset: 0 },
    { name: 'plain, keys for others', stack: ELSEWHERE, reset: 0 },
    { name: 'plain, a key for its sender', stack: MD5, reset: null, counted: { TCPMD5NotFound: 1 } },
    { name: 'with MD5, the key', client: MD5, stack: MD5, reset: KIND.md5 },
    { name: 'with MD5, another key', client: WRONG, stack: MD5, reset: null, counted: { TCPMD5Failure: 1 } },
    { name: 'with MD5, no keys', client: MD5, reset: null, counted: { TCPMD5Unexpected: 1 } },
    { name: 'with MD5, keys for others', client: MD5, stack: ELSEWHERE, reset: null, counted: { TCPMD5Unexpected: 1 } },
    { name: 'with MD5 that is ignored', client: MD5, isIgnored: true, reset: 0 },
    { name: 'with TCP-AO, the key', client: AO_CLIENT, stack: AO_SERVER, reset: KIND.ao },
    { name: 'with TCP-AO, no keys', client: AO_CLIENT, reset: null, counted: { TCPAOKeyNotFound: 1 } },
    { name: 'with TCP-AO that is ignored', client: AO_CLIENT, isIgnored: true, reset: 0 },
  ])('$name', (row) => {
    const { pair, resets } = meet(row);
    open(pair, row.client);
    pair.flush();
    expect(resets()).toEqual(row.reset === null ? [] : [row.reset]);
    expect(pair.b.counters.tcpExt).toMatchObject(row.counted ?? { TCPMD5Unexpected: 0, TCPMD5Failure: 0 });
  });
});

// RFC 5925 §7.7 R5925-21: with TCP-AO nobody could verify the answer.
describe('data for a connection that was forgotten', () => {
  it.each<Refusal>([
    { name: 'plain', reset: 0 },
    { name: 'MD5 by keys of the stack', client: MD5, stack: MD5, reset: KIND.md5 },
    { name: 'MD5 by keys of the listener', client: MD5, listener: MD5, reset: KIND.md5 },
    { name: 'TCP-AO by keys of the stack', client: AO_CLIENT, stack: AO_SERVER, reset: null },
    { name: 'TCP-AO by keys of the listener', client: AO_CLIENT, listener: AO_SERVER, reset: null },
  ])('$name', (row) => {
    const { pair, tap, resets } = meet(row);
    const { listener: keys } = row;
    const listener = new ListenSocket(pair.b, { port: 179, ...(keys === undefined ? {} : { auth: keys }) });
    const client = open(pair, row.client);
    pair.flush();
    const accepted = listener.accept();
    tap.drop = (segment, fromA) => !fromA && segment.flags.includes('R');
    accepted?.abort();
    pair.flush();
    tap.drop = null;
    tap.segments.length = 0;
    expect([client.stateName, accepted?.stateName]).toEqual(['ESTABLISHED', 'CLOSED']);
    client.write(new Uint8Array(10));
    pair.flush();
    expect(resets()).toEqual(row.reset === null ? [] : [row.reset]);
    expect(client.stateName).toBe(row.reset === null ? 'ESTABLISHED' : 'CLOSED');
  });

  it('nobody without the key is told anything', () => {
    const { pair, tap, resets } = meet({ name: '', reset: null });
    const listener = new ListenSocket(pair.b, { port: 179 });
    const client = open(pair, undefined);
    pair.flush();
    tap.drop = (segment, fromA) => !fromA && segment.flags.includes('R');
    listener.accept()?.abort();
    listener.close();
    pair.flush();
    tap.drop = null;
    tap.segments.length = 0;
    const guarded = new ListenSocket(pair.b, { port: 179, auth: MD5 });
    client.write(new Uint8Array(10));
    pair.flush();
    expect(resets()).toEqual([]);
    expect(pair.b.counters.tcpExt.TCPMD5NotFound).toBe(1);
    guarded.close();
    client.abort();
  });
});

describe('a connection that is signed', () => {
  it.each([
    ['MD5', MD5, MD5, KIND.md5],
    ['TCP-AO', AO_CLIENT, AO_SERVER, KIND.ao],
  ] as const)('signs the RST that answers a bad acknowledgment of its SYN: %s', (_, client, server, kind) => {
    const { pair, tap, resets } = meet({ name: '', stack: server, reset: kind });
    const listener = new ListenSocket(pair.b, { port: 179 });
    // A connection of before whose end never reached the client, which opens another one from the same port.
    const first = open(pair, client);
    pair.flush();
    expect(listener.accept()?.stateName).toBe('ESTABLISHED');
    tap.segments.length = 0;
    first.abort();
    pair.flush();
    const aborts = tap.segments.filter(({ fromA, flags }) => fromA && flags.includes('R'));
    expect(aborts.map(({ options }) => options.has(kind))).toEqual([true]);
    expect(resets()).toEqual([]);
  });
});
