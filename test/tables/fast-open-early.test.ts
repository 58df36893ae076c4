/** RFC 7413 section 4.2.2: a connection that its user has before the handshake is over, until it is, or is not. */
import { describe, expect, it } from 'vitest';
import { MSS_1460, OURS, type Profile, readAll, text } from '../requirements/bench.ts';
import { buildIcmpError } from '../requirements/wire.ts';
import { ackedOf, FAST_OPEN, FastServer, option } from '../support/fast-open.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

describe.each(PROFILES)('%s: a connection that the user has early', (profile) => {
  // RFC 7413 §4.2.2 R7413-5: a good cookie: the SYN-ACK acknowledges the data, the user reads it before the third segment.
  it('hands the connection to the user while it is in SYN-RECEIVED', () => {
    const server = new FastServer(profile);
    const { peer, answer, socket } = server.early(100);
    expect(answer.flags).toBe('SA');
    expect([ackedOf(answer, peer, 100), answer.payload.length, answer.options.has(FAST_OPEN)]).toEqual([100, 0, false]);
    expect([socket.stateName, readAll(socket)]).toEqual(['SYN-RECEIVED', text(100)]);
    expect([server.counters.TCPFastOpenPassive, server.bench.stack.counters.tcp.PassiveOpens]).toEqual([1, 1]);
    peer.send('A');
    expect(socket.stateName).toBe('ESTABLISHED');
    expect([server.listener.accept(), server.listener.listener.fastOpens.count]).toEqual([null, 0]);
    peer.send('PA', { payload: text(50, 100) });
    expect(readAll(socket)).toEqual(text(50, 100));
  });

  // RFC 7413 §4.2.2 R7413-5: the server may send before the handshake is over, an initial window full.
  it('sends its answer before the third segment', () => {
    const server = new FastServer(profile, {}, { settings: { tcp: { initial_window_segments: 4 } } });
    const { peer, answer, socket } = server.early(10);
    socket.write(text(20_000));
    const sent = server.bench.take();
    expect(sent.map((segment) => segment.payload.length)).toEqual([1460, 1460, 1460, 1460]);
    expect((sent[0]?.seq ?? 0) - answer.seq).toBe(1);
    // The third segment opens the window for the rest; nothing of it is repeated.
    peer.ack = (answer.seq + 1 + 4 * 1460) >>> 0;
    peer.send('A');
    expect(peer.acknowledgeAll()).toEqual(text(20_000).subarray(4 * 1460));
    expect(server.bench.stack.counters.tcp.RetransSegs).toBe(0);
  });

  it('does not hold back a small answer for the sake of its SYN', () => {
    const server = new FastServer(profile);
    const { socket } = server.early(10);
    socket.write(text(5));
    expect(server.bench.takeOne().payload).toEqual(text(5));
  });

  // RFC 7413 §4.2.2 R7413-18: the timer repeats the SYN-ACK alone, without data and without the option.
  it('repeats the SYN-ACK alone, and what was lost with it goes again with its acknowledgment', () => {
    const server = new FastServer(profile);
    const { peer, answer, socket } = server.early(10);
    socket.write(text(300));
    server.bench.take();
    server.bench.run(1_100);
    const again = server.bench.takeOne();
    expect([again.flags, again.seq, again.ack, again.payload.length, again.options.has(FAST_OPEN)]).toEqual([
      'SA',
      answer.seq,
      answer.ack,
      0,
      false,
    ]);
    peer.send('A');
    // Linux leaves the text to a time-out of its own.
    if (profile === 'linux') server.bench.run(3_100);
    const data = server.bench.takeOne();
    expect([data.seq, data.payload]).toEqual([(answer.seq + 1) >>> 0, text(300)]);
  });

  it('repeats the SYN-ACK for a SYN that comes again, and takes its data once', () => {
    const server = new FastServer(profile);
    const { peer, answer, socket } = server.early(100);
    for (const payload of [text(0), text(100), text(60)]) {
      peer.send('S', { seq: (peer.seq - 101) >>> 0, options: MSS_1460, payload });
      const again = server.bench.takeOne();
      expect([again.flags, again.seq, again.ack]).toEqual(['SA', answer.seq, answer.ack]);
      if (profile === 'rfc') continue;
      // Linux answers once in half a second.
      peer.send('S', { seq: (peer.seq - 101) >>> 0, options: MSS_1460, payload });
      expect(server.bench.take()).toEqual([]);
      server.bench.run(501);
      server.bench.take();
    }
    expect(readAll(socket)).toEqual(text(100));
  });

  it('takes as ordinary data what comes after the SYN', () => {
    const server = new FastServer(profile);
    const { peer, socket } = server.early(100);
    // A client that saw a part of its data acknowledged, or whose SYN was cut: it sends from where it thinks.
    peer.send('PA', { seq: (peer.seq - 40) >>> 0, payload: text(100, 60) });
    expect([socket.stateName, readAll(socket)]).toEqual(['ESTABLISHED', text(160)]);
  });

  it('survives a SYN that does not belong to it', () => {
    const { peer, socket } = new FastServer(profile).early(10);
    peer.send('S', { seq: (peer.seq + 5) >>> 0 });
    peer.bench.take();
    expect(socket.stateName).toBe('SYN-RECEIVED');
  });

  it('ends when nobody completes the handshake', () => {
    const server = new FastServer(profile);
    const { socket } = server.early(10);
    server.bench.run(400_000);
    expect([socket.stateName, socket.error?.code]).toEqual(['CLOSED', 'ETIMEDOUT']);
    expect([server.listener.listener.fastOpens.count, server.listener.listener.halfOpen]).toEqual([0, 0]);
  });

  it('may be closed by its user before the handshake is over', () => {
    const server = new FastServer(profile);
    const { peer, answer, socket } = server.early(10);
    readAll(socket);
    socket.write(text(20));
    socket.close();
    const sent = server.bench.take();
    expect(sent.at(-1)?.flags).toContain('F');
    expect(sent.reduce((sum, segment) => sum + segment.payload.length, 0)).toBe(20);
    // A SYN of the client that crossed it is answered as before.
    peer.send('S', { seq: (peer.seq - 11) >>> 0, options: MSS_1460 });
    expect(server.bench.takeOne().flags).toBe('SA');
    peer.ack = (answer.seq + 22) >>> 0;
    peer.send('A');
    expect([socket.stateName, server.listener.listener.fastOpens.count]).toEqual(['FIN-WAIT-2', 0]);
  });

  it('is reset when the listener closes before it was accepted', () => {
    const server = new FastServer(profile);
    server.syn(option(server.cookie()), 10);
    server.bench.take();
    server.listener.close();
    expect(server.bench.take().map((segment) => segment.flags)).toEqual(['RA']);
    expect(server.bench.stack.tcp.connections.size).toBe(0);
  });

  it('counts its ISN once when the handshake is over under load', () => {
    const server = new FastServer(profile);
    const { peer, socket } = server.early(10);
    // An ACK of something never sent.
    peer.send('A', { ack: (peer.ack + 1_000) >>> 0 });
    expect(socket.stateName).toBe('SYN-RECEIVED');
    server.bench.take();
    peer.send('A');
    expect(socket.stateName).toBe('ESTABLISHED');
  });

  it('treats ICMP errors as an established connection does', () => {
    const server = new FastServer(profile);
    const { packet, socket } = server.early(10);
    server.bench.give(buildIcmpError('10.0.0.77', OURS, 3, 1, packet.bytes));
    expect([socket.stateName, socket.takeSoftError()?.code]).toEqual(['SYN-RECEIVED', 'EHOSTUNREACH']);
  });
});

// RFC 9293 §3.10.7.2: a FIN with the SYN waits for the handshake; Linux drops the segment whole.
it('rfc: a FIN behind the data of the SYN is told after the handshake', () => {
  const server = new FastServer('rfc');
  const cookie = server.cookie();
  const peer = server.syn(option(cookie), 10, 'SF');
  peer.accept(server.bench.takeOne());
  const socket = server.listener.accept();
  if (socket === null) throw new Error('nothing to accept');
  expect([readAll(socket), socket.isReadEnded, socket.stateName]).toEqual([text(10), false, 'SYN-RECEIVED']);
  peer.send('A');
  expect([socket.isReadEnded, socket.stateName]).toEqual([true, 'CLOSE-WAIT']);
});

it('linux: a SYN with FIN is nothing', () => {
  const server = new FastServer('linux');
  const cookie = server.cookie();
  server.syn(option(cookie), 10, 'SF');
  expect(server.bench.take()).toEqual([]);
});
