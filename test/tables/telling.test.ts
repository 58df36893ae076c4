/** What users and administrators are told: events of sockets, and the counters of RFC 4022 and /proc/net/netstat. */
import { describe, expect, it } from 'vitest';
import { SocketEvent, StreamSocket } from '../../src/socket/index.ts';
import { Bench, MSS_1460, openPassively, Peer, type Profile, readAll, text } from '../requirements/bench.ts';
import { SegmentPeer } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

/** Names of the bits. */
function names(bits: number): string[] {
  return Object.entries(SocketEvent)
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name)
    .sort();
}

describe.each(PROFILES)('%s: events', (profile) => {
  const events = (peer: SegmentPeer): string[] => names(peer.user.takeEvents());

  it('connected and writable when the handshake is complete', () => {
    const peer = SegmentPeer.inState('SYN-SENT', { profile });
    expect(events(peer)).toEqual([]);
    peer.peer.send('SA', { options: MSS_1460 });
    expect(events(peer)).toEqual(['connected', 'writable']);
    expect(events(peer)).toEqual([]);
  });

  it('readable with text, readEnd with the FIN', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    events(peer);
    peer.send({ flags: 'PA', data: 10 });
    expect(events(peer)).toEqual(['readable']);
    peer.send({ flags: 'PA', seq: 20, data: 10 });
    expect(events(peer)).toEqual([]);
    peer.send({ flags: 'FA', seq: 10, data: 30 });
    expect(events(peer)).toEqual(['readEnd', 'readable']);
  });

  it('error and closed with a RST', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    events(peer);
    peer.send({ flags: 'R' });
    expect(events(peer)).toEqual(['closed', 'error']);
  });

  it('closed in good order', () => {
    const peer = SegmentPeer.inState('LAST-ACK', { profile });
    events(peer);
    peer.send({ flags: 'A' });
    expect(events(peer)).toEqual(['closed']);
    const other = SegmentPeer.inState('FIN-WAIT-2', { profile });
    events(other);
    other.send({ flags: 'FA' });
    expect(events(other)).toEqual(['closed', 'readEnd', 'readable']);
  });

  it('writable only for a writer who met a full buffer, when a third is free', () => {
    // Linux doubles what is set.
    const sendBufferSize = profile === 'linux' ? 4_500 : 9_000;
    const peer = SegmentPeer.inState('ESTABLISHED', { profile, sendBufferSize });
    peer.user.noDelay = true;
    events(peer);
    peer.user.write(text(8_000));
    peer.bench.take();
    peer.send({ flags: 'A', ack: 8_000 });
    expect(events(peer)).toEqual([]);
    expect(peer.user.write(text(10_000))).toBe(9_000);
    peer.bench.take();
    peer.send({ flags: 'A', ack: 8_000 + 1_460 });
    peer.bench.take();
    expect(events(peer)).toEqual([]);
    peer.send({ flags: 'A', ack: 8_000 + 2_920 });
    peer.bench.take();
    expect(events(peer)).toEqual([]);
    peer.send({ flags: 'A', ack: 8_000 + 4_380 });
    expect(events(peer)).toEqual(['writable']);
  });

  it('pollEvent names each socket once, and none that has nothing to say', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    const { stack } = peer.bench;
    while (stack.pollEvent() !== null) peer.user.takeEvents();
    for (let index = 0; index < 5; index++) peer.send({ flags: 'PA', seq: index * 10, data: 10 });
    expect(stack.pollEvent()).toBe(peer.user);
    expect(stack.pollEvent()).toBeNull();
    peer.send({ flags: 'A', seq: 50 });
    expect(stack.pollEvent()).toBeNull();
  });

  it('a listener is named when there is something to accept', () => {
    const bench = new Bench({ profile });
    const listener = bench.listen();
    const peer = new Peer(bench);
    peer.send('S', { options: MSS_1460 });
    peer.accept(bench.takeOne());
    expect(bench.stack.pollEvent()).toBeNull();
    peer.send('A');
    expect(bench.stack.pollEvent()).toBe(listener);
    expect(names(listener.takeEvents())).toEqual(['acceptable']);
    // What came before accept is told afterwards.
    peer.send('PA', { payload: text(5) });
    const socket = listener.accept();
    expect(bench.stack.pollEvent()).toBe(socket);
    expect(names(socket?.takeEvents() ?? 0)).toContain('readable');
  });
});

describe.each(PROFILES)('%s: counters of RFC 4022', (profile) => {
  it('an active open that is refused', () => {
    const peer = SegmentPeer.inState('SYN-SENT', { profile });
    const { tcp } = peer.bench.stack.counters;
    peer.send({ flags: 'RA' });
    expect([tcp.ActiveOpens, tcp.AttemptFails, tcp.CurrEstab, tcp.EstabResets]).toEqual([1, 1, 0, 0]);
  });

  it('a passive open, from SYN to RST', () => {
    const { bench, peer } = openPassively({ profile });
    const { tcp } = bench.stack.counters;
    expect([tcp.PassiveOpens, tcp.ActiveOpens, tcp.CurrEstab]).toEqual([1, 0, 1]);
    peer.send('R');
    expect([tcp.CurrEstab, tcp.EstabResets, tcp.AttemptFails]).toEqual([0, 1, 0]);
  });

  it.each([
    ['ESTABLISHED', 1],
    ['CLOSE-WAIT', 1],
    ['FIN-WAIT-1', 0],
    ['FIN-WAIT-2', 0],
    ['LAST-ACK', 0],
    ['TIME-WAIT', 0],
  ] as const)('CurrEstab counts ESTABLISHED and CLOSE-WAIT: %s', (state, count) => {
    expect(SegmentPeer.inState(state, { profile }).bench.stack.counters.tcp.CurrEstab).toBe(count);
  });

  it('segments in and out, retransmissions, resets', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    const { tcp, tcpExt } = peer.bench.stack.counters;
    const [inBefore, outBefore] = [tcp.InSegs, tcp.OutSegs];
    peer.user.write(text(100));
    peer.bench.run(profile === 'rfc' ? 1_010 : 210);
    expect([tcp.OutSegs - outBefore, tcp.RetransSegs, tcpExt.TCPTimeouts]).toEqual([2, 1, 1]);
    peer.send({ flags: 'A', ack: 100 });
    expect(tcp.InSegs - inBefore).toBe(1);
    peer.user.abort();
    expect(tcp.OutRsts).toBe(1);
  });

  it('damaged segments', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    const { tcp } = peer.bench.stack.counters;
    peer.bench.give(peer.peer.build('A', { payload: text(10), spoilChecksum: true }));
    expect([tcp.InErrs, tcp.InCsumErrors]).toEqual([1, 1]);
    peer.expectNothing();
    expect(peer.user.readableLength).toBe(0);
  });

  it('early segments, fast retransmits, probes', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    const { tcpExt } = peer.bench.stack.counters;
    peer.send({ flags: 'A', seq: 100, data: 10 });
    peer.user.write(text(10 * 1_460));
    peer.bench.take();
    for (let index = 0; index < 3; index++) peer.send({ flags: 'A' });
    expect([tcpExt.TCPOFOQueue, tcpExt.TCPFastRetrans, tcpExt.TCPRenoRecovery]).toEqual([1, 1, 1]);
  });
});

// RFC 9293 §3.4: text may travel in a SYN; it is the application that asks for it.
describe.each(PROFILES)('%s: text in our SYN', (profile) => {
  function opening(): SegmentPeer {
    const peer = SegmentPeer.inState('CLOSED', { profile });
    peer.socket = StreamSocket.connect(peer.bench.stack, {
      remoteAddress: '10.0.0.2',
      remotePort: 40_000,
      localPort: 80,
      fastOpenNoCookie: true,
    });
    peer.user.write(text(100));
    const syn = peer.bench.takeOne();
    expect([syn.flags.includes('S'), syn.payload]).toEqual([true, text(100)]);
    peer.sndNxt = (syn.seq + 1) >>> 0;
    return peer;
  }

  it('acknowledged with the SYN: it is not sent again', () => {
    const peer = opening();
    peer.send({ flags: 'SA', ack: 100, options: MSS_1460 });
    peer.expect({ flags: 'A', seq: 100, length: 0 });
    expect(peer.user.unacknowledgedLength).toBe(0);
    peer.user.write(text(50));
    peer.expect({ seq: 100, length: 50 });
    peer.send({ flags: 'A', seq: 1, ack: 150 });
    peer.bench.run(10_000);
    peer.expectNothing();
  });

  it('not acknowledged with the SYN: it is sent again', () => {
    const peer = opening();
    peer.send({ flags: 'SA', ack: 0, options: MSS_1460 });
    peer.bench.run(3_100);
    const again = peer.taken().filter(({ length }) => length > 0);
    expect(again[0]).toMatchObject({ seq: 0, length: 100 });
    peer.send({ flags: 'A', seq: 1, ack: 100 });
    expect(peer.user.unacknowledgedLength).toBe(0);
    peer.bench.run(10_000);
    peer.expectNothing();
  });

  it('lost with the SYN: the SYN goes again without it, the text behind the handshake', () => {
    const peer = opening();
    peer.bench.run(1_010);
    peer.expect({ flags: 'S', seq: -1, length: 0 });
    peer.send({ flags: 'SA', ack: 0, options: MSS_1460 });
    peer.bench.run(3_100);
    expect(peer.taken().filter(({ length }) => length > 0)[0]).toMatchObject({ seq: 0, length: 100 });
  });

  it('the other end gets it once', () => {
    const peer = opening();
    peer.send({ flags: 'SA', ack: 100, data: 10, options: MSS_1460 });
    // Linux takes no text from a SYN,ACK without Fast Open; it comes again as ordinary data.
    if (profile === 'linux') peer.send({ flags: 'A', seq: 1, ack: 100, data: 10 });
    expect(readAll(peer.user)).toEqual(text(10));
    expect(peer.state).toBe('ESTABLISHED');
  });
});

describe.each(PROFILES)('%s: max_orphans', (profile) => {
  it('beyond it, CLOSE is an abort', () => {
    const bench = new Bench({ profile, settings: { tcp: { max_orphans: 1 } } });
    const listener = bench.listen();
    const sockets = [1_001, 1_002].map((port) => {
      const peer = new Peer(bench, { port });
      peer.send('S', { options: MSS_1460 });
      peer.accept(bench.takeOne());
      peer.send('A');
      return listener.accept();
    });
    bench.take();
    for (const socket of sockets) socket?.close();
    expect(bench.take().map(({ flags }) => flags)).toEqual(expect.arrayContaining(['FA', 'RA']));
    expect(bench.stack.counters.tcpExt.TCPAbortOnMemory).toBe(1);
    expect(bench.stack.tcp.orphanCount).toBe(1);
  });
});
