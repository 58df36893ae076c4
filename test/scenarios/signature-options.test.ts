/** The room a signature takes from the other options (RFC 2385, RFC 5925), and which keys are refused. */
import { describe, expect, it } from 'vitest';
import { PlainPacketMemory } from '../../src/base/packet-memory.ts';
import { Address, ListenSocket, StreamSocket, type TcpAuthOptions } from '../../src/index.ts';
import { TcpExtCounters } from '../../src/tcp/counters.ts';
import { IpPacket } from '../../src/wire/ip-packet.ts';
import { TcpOptionBit, TcpSegment } from '../../src/wire/tcp-segment.ts';
import { AGREEMENTS, auth, join, key, Wiretap } from '../support/signed-pair.ts';
import { StackPair } from '../support/stack-pair.ts';

describe('options beside a signature', () => {
  it.each([
    // As Linux: MD5 leaves no room for timestamps, TCP-AO only in the SYN.
    ['linux', 'md5', [19, 2, 4, 3], [19, 2, 4, 3], 1440],
    ['linux', 'ao', [29, 2, 4, 8, 3], [29, 2, 4, 3], 1444],
    ['rfc', 'md5', [19, 2, 4, 3], [19, 2, 4, 3], 1440],
    ['rfc', 'ao', [29, 2, 4, 8, 3], [29, 2, 4, 3], 1444],
  ] as const)('are chosen, profile %s, %s', (profile, name, syn, synAck, mss) => {
    const agreement = AGREEMENTS.find((one) => one.name === name);
    const pair = new StackPair({ auth, profile });
    const tap = new Wiretap();
    pair.filter = tap;
    const listener = new ListenSocket(pair.b, { port: 179, auth: agreement?.server ?? {} });
    const socket = StreamSocket.connect(pair.a, {
      remoteAddress: '10.0.0.2',
      remotePort: 179,
      auth: agreement?.client ?? {},
    });
    pair.flush();
    expect(listener.accept()).not.toBeNull();
    expect(tap.segments.slice(0, 2).map(({ options }) => [...options.keys()])).toEqual([syn, synAck]);
    expect(socket.tcb?.sendMss).toBe(mss);
  });

  it.each(AGREEMENTS.slice(0, 2))('fill a SYN to the last octet, $what', ({ client, server }) => {
    // A user timeout and a request for a Fast Open cookie besides: what has no room is left out, never half a header more.
    const pair = new StackPair({ auth, settings: { tcp: { user_timeout_option: 300, fastopen: 3, ecn: 3 } } });
    const tap = new Wiretap();
    pair.filter = tap;
    const listener = new ListenSocket(pair.b, { port: 179, auth: server, fastOpen: 5 });
    for (let round = 0; round < 3; round++) {
      const socket = StreamSocket.connect(pair.a, {
        remoteAddress: '10.0.0.2',
        remotePort: 179,
        auth: client,
        fastOpen: true,
        data: new Uint8Array(100),
      });
      pair.run(pair.nowUs + 2_000_000);
      const accepted = listener.accept();
      expect([socket.stateName, accepted?.readableLength]).toEqual(['ESTABLISHED', 100]);
      socket.close();
      pair.flush();
      accepted?.discard(100);
      accepted?.close();
      pair.run(pair.nowUs + 2_000_000);
    }
    const { tcpExt } = pair.b.counters;
    expect(tcpExt.TCPMD5Failure + tcpExt.TCPMD5NotFound + tcpExt.TCPAOBad + tcpExt.TCPAORequired).toBe(0);
    expect(Math.max(...tap.segments.map(({ optionBytes }) => optionBytes.length))).toBeLessThanOrEqual(40);
  });

  // RFC 5925 §7.6 R5925-20: two blocks beside TCP-AO.
  it('leave room for fewer SACK blocks', () => {
    const { pair, tap, client: socket, listener } = join(AGREEMENTS[1]?.client, AGREEMENTS[1]?.server);
    listener.accept();
    socket.noDelay = true;
    // Every other segment is lost.
    let count = 0;
    tap.drop = (segment, fromA) => fromA && segment.payload.length > 0 && count++ % 2 === 0;
    for (let piece = 0; piece < 10; piece++) {
      socket.write(new Uint8Array(100));
      pair.flush();
    }
    tap.drop = null;
    const blocks = tap.segments.map(({ options }) => (options.get(5)?.length ?? 0) / 8);
    // 40 less 16 of TCP-AO and 4 of SACK itself.
    expect(Math.max(...blocks)).toBe(2);
    pair.run(pair.nowUs + 10_000_000);
    expect(socket.unacknowledgedLength).toBe(0);
  });
});

describe('keys', () => {
  const pair = new StackPair({ auth });
  const connect = (options: TcpAuthOptions): StreamSocket =>
    StreamSocket.connect(pair.a, { remoteAddress: '10.0.0.2', remotePort: 1, auth: options });
  const one = { key: key('x'), sendId: 1, receiveId: 1 };

  it('need a stack with algorithms', () => {
    const bare = new StackPair();
    expect(() =>
      StreamSocket.connect(bare.a, { remoteAddress: '10.0.0.2', remotePort: 1, auth: { md5: [{ key: key('x') }] } }),
    ).toThrow(/option `auth`, such as `new NodeTcpAuth\(\)`/);
  });

  // RFC 5925 §3.1 R5925-3: ids are told apart.
  it.each([
    ['both kinds for one peer', { md5: [{ key: key('x') }], ao: [one] }, /never both/],
    ['an id twice', { ao: [one, { ...one, receiveId: 2 }] }, /sendId 1/],
    ['none for this peer', { md5: [{ key: key('x'), peer: '10.0.0.3' }] }, /none of the keys is for 10\.0\.0\.2/],
    ['an empty one', { md5: [{ key: new Uint8Array(0) }] }, /1 to 80 octets/],
    ['a text', { md5: [{ key: 'x' as unknown as Uint8Array }] }, /must be a Uint8Array/],
    ['an id of 256', { ao: [{ ...one, sendId: 256 }] }, /sendId/],
    ['an unknown algorithm', { ao: [{ ...one, algorithm: 'rot13' as never }] }, /hmac-sha-1-96/],
  ])('are refused: %s', (_what, options, message) => {
    expect(() => connect(options)).toThrow(message);
  });

  // RFC 5925 §3.1 R5925-4: the octets are the store's own.
  it('do not change with the array they came in', () => {
    const store = new StackPair({ auth }).b.tcp.keys;
    const octets = key('secret');
    store.addAo({ key: octets, sendId: 7, receiveId: 8, peer: '10.0.0.9', algorithm: 'aes-128-cmac-96' });
    octets.fill(0);
    const [found] = store.findAo(Address.parse('10.0.0.9'), 7, 1);
    expect(found).toMatchObject({ sendId: 7, receiveId: 8, algorithm: 'aes-128-cmac-96', key: key('secret') });
  });

  it('of the longest prefix count, and ids may repeat for other peers', () => {
    const store = pair.b.tcp.keys;
    store.addMd5({ key: key('any') });
    store.addMd5({ key: key('net'), peer: '10.0.0.0/24' });
    store.addMd5({ key: key('one'), peer: '10.0.0.1', localPort: 7 });
    const peer = Address.parse('10.0.0.1');
    expect(store.findMd5(peer, 7, 1)?.key).toEqual(key('one'));
    store.removeMd5({ peer: '10.0.0.1', localPort: 7 });
    expect(store.findMd5(peer, 7, 1)?.key).toEqual(key('net'));
  });
});

describe('what a connection is signed with', () => {
  // RFC 5925 §2.1 R5925-24: keys that come later are for later connections.
  it.each([
    ['nothing', undefined, undefined, []],
    ['TCP-AO', AGREEMENTS[1]?.client, AGREEMENTS[1]?.server, [29]],
  ] as const)('stays what it was: %s', (_, clientKeys, serverKeys, kinds) => {
    const { pair, tap, client, listener } = join(clientKeys, serverKeys);
    expect(listener.accept()).not.toBeNull();
    for (const stack of [pair.a, pair.b]) stack.tcp.keys.addMd5({ key: key('late') });
    tap.segments.length = 0;
    client.write(key('data'));
    pair.flush();
    expect(tap.segments.some(({ payload }) => payload.length > 0)).toBe(true);
    expect(client.unacknowledgedLength).toBe(0);
    for (const { options } of tap.segments) expect([19, 29].filter((kind) => options.has(kind))).toEqual(kinds);
  });

  // RFC 5925 §2.2 R5925-2: one kind or the other.
  it('is never both: such a segment is dropped', () => {
    const { client } = join(AGREEMENTS[1]?.client, AGREEMENTS[1]?.server);
    const segment = new TcpSegment(new IpPacket(new PlainPacketMemory(64)));
    segment.optionsPresent = TcpOptionBit.md5 | TcpOptionBit.authentication;
    const counters = new TcpExtCounters();
    expect(client.tcb?.auth?.verify(auth, counters, segment, false)).toBe(false);
    expect(counters.TCPMD5Unexpected).toBe(1);
  });
});
