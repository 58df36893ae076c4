/** SYN cookies (RFC 4987 section 3.6): when they are sent, what they keep, whose are taken, and that they cost no memory. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import type { Stack } from '../../src/stack/stack.ts';
import type { Tcb } from '../../src/tcp/index.ts';
import { Bench, MSS_1460, OURS, OURS6, Peer, THEIRS6, text } from '../requirements/bench.ts';
import { buildSegment, type Segment } from '../requirements/wire.ts';
import type { Profile } from '../support/segment-peer.ts';

const ALWAYS = { settings: { tcp: { syncookies: 2 } } } as const;
const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const SCALE_7 = [1, 3, 3, 7];
const SACK_PERMITTED = [1, 1, 4, 2];
const MINUTE_MS = 60_000;

const mss = (octets: number): number[] => [2, 4, octets >> 8, octets & 255];
const listenerOf = (stack: Stack) => [...stack.tcp.listeners][0];
const accepted = (stack: Stack): Tcb | null => listenerOf(stack)?.accept() ?? null;

interface Offered {
  readonly bench: Bench;
  readonly peer: Peer;
  readonly synAck: Segment;
}

function offered(
  options: readonly number[] = MSS_1460,
  timestamp?: number,
  settings: object = {},
  profile: Profile = 'linux',
): Offered {
  const bench = new Bench({ profile, settings: { tcp: { syncookies: 2, ...settings } } });
  bench.listen(80);
  const peer = new Peer(bench, timestamp === undefined ? {} : { timestamp });
  peer.send('S', { options });
  return { bench, peer, synAck: peer.accept(bench.takeOne()) };
}

describe('a SYN cookie', () => {
  it('keeps nothing and makes a connection of the last ACK', () => {
    const { bench, peer, synAck } = offered();
    expect([synAck.flags, bench.stack.tcp.connections.size, bench.stack.nextTimeoutUs()]).toEqual([
      'SA',
      0,
      Number.POSITIVE_INFINITY,
    ]);
    peer.send('PA', { payload: text(40) });
    const tcb = accepted(bench.stack);
    expect(tcb).toMatchObject({ bytesReceived: 40, peerMss: 1460, iss: synAck.seq | 0 });
    const { SyncookiesSent, SyncookiesRecv, SyncookiesFailed } = bench.stack.counters.tcpExt;
    expect([SyncookiesSent, SyncookiesRecv, SyncookiesFailed]).toEqual([1, 1, 0]);
  });

  it.each([
    [47, 48, 536],
    [48, 48, 536],
    [300, 256, 536],
    [536, 536, 536],
    [1219, 536, 536],
    [1220, 1220, 536],
    [1299, 1220, 536],
    [1300, 1300, 1300],
    [1439, 1300, 1300],
    [1440, 1440, 1440],
    [1459, 1440, 1440],
    [1460, 1460, 1460],
    [8939, 1460, 1460],
    [8940, 8940, 1460],
    [65_535, 8940, 1460],
  ])('of a client with MSS %d says %d, on Linux %d', (told, kept, onLinux) => {
    for (const profile of PROFILES) {
      const { bench, peer } = offered(mss(told), undefined, {}, profile);
      peer.send('A');
      expect(accepted(bench.stack)?.peerMss).toBe(profile === 'linux' ? onLinux : kept);
    }
  });

  it('says what the standard assumes of a client without MSS option, for each family', () => {
    const { bench, peer } = offered([]);
    peer.send('A');
    expect(accepted(bench.stack)?.peerMss).toBe(536);
    const six = new Bench({ profile: 'linux', ...ALWAYS });
    six.listen(80);
    const far = new Peer(six, { address: THEIRS6, ourAddress: OURS6 });
    far.send('S');
    far.accept(six.takeOne());
    far.send('A');
    expect(accepted(six.stack)?.peerMss).toBe(1220);
  });

  it('keeps window scale and SACK in the timestamp, and offers neither without', () => {
    const full = offered([...MSS_1460, ...SACK_PERMITTED, ...SCALE_7], 5_000);
    expect([...full.synAck.options.keys()].sort()).toEqual([2, 3, 4, 8]);
    full.peer.send('A', { window: 100 });
    const tcb = accepted(full.bench.stack);
    expect(tcb).toMatchObject({ sndScale: 7, sndWnd: 100 << 7, agreed: 7, tsRecent: 5_000 });
    const bare = offered([...MSS_1460, ...SACK_PERMITTED, ...SCALE_7]);
    expect([...bare.synAck.options.keys()]).toEqual([2]);
    bare.peer.send('A', { window: 100 });
    expect(accepted(bare.bench.stack)).toMatchObject({ sndScale: 0, sndWnd: 100, agreed: 0 });
  });

  it.each([
    [3, 0b111, 2],
    [2, 0b011, 1],
    [2, 0, 0],
    [0, 0b011, 0],
  ])('keeps ECN with setting %d of a SYN that asks with %d', (ecn, code, mode) => {
    const bench = new Bench({ profile: 'linux', settings: { tcp: { syncookies: 2, ecn } } });
    bench.listen(80);
    const peer = new Peer(bench, { timestamp: 77 });
    const flags = `${code & 4 ? 'N' : ''}${code & 2 ? 'C' : ''}${code & 1 ? 'E' : ''}S`;
    peer.send(flags, { options: MSS_1460 });
    peer.accept(bench.takeOne());
    peer.send('A');
    expect(accepted(bench.stack)?.ecn?.mode ?? 0).toBe(mode);
  });

  it('never lets timestamps run backwards, whatever their low bits say', () => {
    fc.assert(
      fc.property(fc.nat(14), fc.boolean(), fc.nat(5_000), (scale, hasSack, laterMs) => {
        const bench = new Bench({ profile: 'linux', ...ALWAYS });
        bench.listen(80);
        bench.run(laterMs);
        const peer = new Peer(bench, { timestamp: 9 });
        peer.send('S', { options: [...MSS_1460, 1, 3, 3, scale, ...(hasSack ? SACK_PERMITTED : [])] });
        const synAck = peer.accept(bench.takeOne());
        peer.send('PA', { payload: text(10) });
        const tcb = accepted(bench.stack);
        expect([tcb?.sndScale, tcb?.has(2)]).toEqual([scale, hasSack]);
        const stamp = (segment: Segment | undefined): number =>
          new DataView(segment?.options.get(8)?.buffer ?? new ArrayBuffer(8)).getInt32(0);
        bench.run(200);
        const moved = (stamp(bench.take()[0]) - stamp(synAck)) | 0;
        expect(moved).toBeGreaterThanOrEqual(0);
        expect(moved).toBeLessThan(128 + 200);
      }),
      { numRuns: 60 },
    );
  });

  it('is taken for a minute at least and two at most', () => {
    const young = offered();
    young.bench.run(MINUTE_MS - 1_000);
    young.peer.send('A');
    expect(accepted(young.bench.stack)).not.toBeNull();
    const old = offered();
    // Others keep the listener looking at ACKs.
    for (const port of [1, 2]) {
      old.bench.run(MINUTE_MS);
      new Peer(old.bench, { port }).send('S', { options: MSS_1460 });
      old.bench.take();
    }
    old.peer.send('A');
    expect(old.bench.takeOne()).toMatchObject({ flags: 'R', seq: old.peer.ack });
    expect(old.bench.stack.counters.tcpExt.SyncookiesFailed).toBe(1);
  });

  it('is not looked for when the listener has sent none for two minutes', () => {
    const { bench, peer } = offered();
    bench.run(2 * MINUTE_MS + 1);
    peer.send('A');
    expect([bench.takeOne().flags, bench.stack.counters.tcpExt.SyncookiesFailed]).toEqual(['R', 0]);
  });

  it('is good for nobody else and for no other number', () => {
    const { bench, peer, synAck } = offered();
    const forge = (change: Partial<{ port: number; address: string; seq: number; ack: number }>): void => {
      const forged = new Peer(bench, {
        port: change.port ?? peer.port,
        seq: change.seq ?? peer.seq,
        ...(change.address === undefined ? {} : { address: change.address }),
      });
      forged.ack = (change.ack ?? synAck.seq + 1) >>> 0;
      forged.send('A');
    };
    forge({ port: 40_001 });
    forge({ address: '10.0.0.77' });
    forge({ seq: (peer.seq + 1) >>> 0 });
    for (let bit = 0; bit < 32; bit++) forge({ ack: (synAck.seq ^ (1 << bit)) + 1 });
    expect(accepted(bench.stack)).toBeNull();
    expect(bench.take().every(({ flags }) => flags === 'R')).toBe(true);
    expect(bench.stack.tcp.connections.size).toBe(0);
    peer.send('A');
    expect(accepted(bench.stack)).not.toBeNull();
  });

  it('no guess of many makes a connection', () => {
    const { bench, peer } = offered();
    const random = new SeededRandom(3);
    for (let guess = 0; guess < 20_000; guess++) peer.send('A', { ack: random.publicInt32() >>> 0, seq: peer.seq });
    expect(bench.stack.tcp.connections.size).toBe(0);
  });

  it('finds a full accept queue: the ACK is dropped, text that follows tries again', () => {
    const bench = new Bench({ profile: 'linux', ...ALWAYS });
    const listener = bench.listen(80, { backlog: 1 });
    const peers = [1, 2, 3].map((port) => new Peer(bench, { port }));
    for (const peer of peers) {
      peer.send('S', { options: MSS_1460 });
      peer.accept(bench.takeOne());
    }
    for (const peer of peers) peer.send('A');
    expect([bench.take(), bench.stack.counters.tcpExt.ListenOverflows]).toEqual([[], 1]);
    listener.accept();
    peers[2]?.send('PA', { payload: text(5) });
    expect([listener.accept(), listener.accept()].map((socket) => socket?.remotePort)).toEqual([2, 3]);
  });

  it('settles a record that a late copy of the SYN has made meanwhile', () => {
    const bench = new Bench({ profile: 'linux', settings: { tcp: { max_syn_backlog: 0 } } });
    const listener = bench.listen(80);
    new Peer(bench, { port: 1 }).send('S', { options: MSS_1460 });
    bench.take();
    const peer = new Peer(bench, { port: 2 });
    peer.send('S', { options: MSS_1460 });
    peer.accept(bench.takeOne());
    // The first record goes; the SYN comes once more and finds room.
    bench.run(90_000 - 30_500);
    new Peer(bench, { port: 1, seq: 0xffff_fff1 }).send('R');
    peer.send('S', { options: MSS_1460, seq: (peer.seq - 1) >>> 0 });
    bench.take();
    expect(listener.listener.halfOpen).toBe(1);
    peer.send('A');
    expect([listener.listener.halfOpen, listener.accept()?.remotePort]).toEqual([0, 2]);
  });
});

describe('the setting syncookies', () => {
  const fill = (bench: Bench): void => {
    for (const port of [1, 2, 3]) new Peer(bench, { port }).send('S', { options: MSS_1460 });
    bench.take();
  };

  it('1: cookies when the queue is full, and only then', () => {
    const bench = new Bench({ profile: 'linux', settings: { tcp: { max_syn_backlog: 2 } } });
    bench.listen(80);
    fill(bench);
    const ext = bench.stack.counters.tcpExt;
    expect(ext.SyncookiesSent).toBe(0);
    const late = new Peer(bench, { port: 4 });
    late.send('S', { options: MSS_1460 });
    late.accept(bench.takeOne());
    expect([ext.SyncookiesSent, ext.TCPReqQFullDoCookies, ext.TCPReqQFullDrop]).toEqual([1, 1, 0]);
    late.send('A');
    expect(accepted(bench.stack)?.key.remotePort).toBe(4);
  });

  it('0: who finds the queue full is turned away', () => {
    const bench = new Bench({ profile: 'linux', settings: { tcp: { max_syn_backlog: 2, syncookies: 0 } } });
    bench.listen(80);
    fill(bench);
    new Peer(bench, { port: 4 }).send('S', { options: MSS_1460 });
    const ext = bench.stack.counters.tcpExt;
    expect([bench.take(), ext.SyncookiesSent, ext.TCPReqQFullDrop, ext.ListenDrops]).toEqual([[], 0, 1, 1]);
  });

  it('max_syn_per_source: one address cannot fill the queue', () => {
    const bench = new Bench({ profile: 'linux', settings: { tcp: { max_syn_per_source: 2, syncookies: 0 } } });
    bench.listen(80);
    for (const port of [1, 2, 3]) new Peer(bench, { port }).send('S', { options: MSS_1460 });
    expect(bench.take()).toHaveLength(2);
    const other = new Peer(bench, { port: 1, address: '10.0.0.3' });
    other.send('S', { options: MSS_1460 });
    expect(bench.take()).toHaveLength(1);
    // Who finishes, or gives up, makes room.
    bench.run(120_000);
    bench.take();
    new Peer(bench, { port: 5 }).send('S', { options: MSS_1460 });
    expect(bench.take()).toHaveLength(1);
  });

  it('max_syn_per_source: whoever is reset makes room for one', () => {
    const bench = new Bench({ profile: 'linux', settings: { tcp: { max_syn_per_source: 2, syncookies: 0 } } });
    bench.listen(80);
    const opened = (port: number): Peer | null => {
      const peer = new Peer(bench, { port });
      peer.send('S', { options: MSS_1460 });
      const [synAck] = bench.take();
      if (synAck === undefined) return null;
      peer.accept(synAck);
      return peer;
    };
    const [first, second] = [opened(1), opened(2)];
    expect(opened(3)).toBeNull();
    first?.send('R');
    const third = opened(4);
    expect([third === null, opened(5)]).toEqual([false, null]);
    for (const peer of [second, third]) peer?.send('R');
    expect([opened(6) === null, opened(7) === null, opened(8)]).toEqual([false, false, null]);
  });
});

describe('a flood', () => {
  it('takes no memory, and every honest client gets through', () => {
    const bench = new Bench({ profile: 'linux', settings: { tcp: { max_syn_backlog: 16 } } });
    const listener = bench.listen(80);
    const random = new SeededRandom(11);
    let opened = 0;
    for (let round = 0; round < 40; round++) {
      const flood = Array.from({ length: 250 }, () =>
        buildSegment({
          source: `10.${random.publicInt32() & 127}.${random.publicInt32() & 127}.7`,
          destination: OURS,
          sourcePort: random.publicInt32() & 0xffff,
          destinationPort: 80,
          flags: 'S',
          seq: random.publicInt32() >>> 0,
          ack: 0,
          window: 1_000,
          options: [...MSS_1460],
        }),
      );
      bench.giveAll(flood);
      bench.take();
      const peer = new Peer(bench, { port: 1_000 + round });
      peer.send('S', { options: MSS_1460 });
      peer.accept(bench.takeOne());
      peer.send('A');
      if (listener.accept() !== null) opened++;
      bench.run(100);
      bench.take();
    }
    expect(opened).toBe(40);
    expect(listener.listener.halfOpen).toBeLessThanOrEqual(17);
    expect(bench.stack.tcp.connections.size).toBeLessThanOrEqual(40 + 17);
  });
});
