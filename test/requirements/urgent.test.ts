/** RFC 9293 section 3.8.5: urgent data. The pointer names the octet behind the last urgent one. */
import { describe, expect, it } from 'vitest';
import { SocketEvent } from '../../src/socket/index.ts';
import { openActively, openPassively, type Profile, readAll, text } from './bench.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

describe.each(PROFILES)('%s: urgent data', (profile) => {
  // RFC 9293 §3.8.5 MUST-30: it can be sent.
  // RFC 9293 §3.8.5 MUST-62: the pointer counts from the sequence number to the octet after the urgent ones.
  it('is sent with URG and a pointer to the octet behind it', () => {
    const { bench, socket } = openActively({ profile });
    socket.writeUrgent(text(5));
    const segment = bench.takeOne();
    expect(segment.flags).toContain('U');
    expect(segment.payload).toEqual(text(5));
    expect(segment.urgent).toBe(5);
  });

  // RFC 9293 §3.8.5 MUST-62: octets written behind it are not urgent.
  it('ends where it ends', () => {
    const { bench, peer, socket } = openActively({ profile });
    socket.write(text(10));
    peer.accept(bench.takeOne());
    socket.writeUrgent(text(5, 10));
    socket.write(text(20, 15));
    peer.send('A');
    for (const segment of bench.take()) {
      if (segment.flags.includes('U')) expect((segment.seq + segment.urgent) >>> 0).toBe((peer.ack + 5) >>> 0);
    }
  });

  // RFC 9293 §3.8.5 MUST-30: the pointer is told at once, though the octets must wait for room.
  it('is announced although the window is closed', () => {
    const { bench, peer, socket } = openActively({ profile });
    peer.window = 0;
    peer.send('A');
    bench.take();
    socket.writeUrgent(text(5));
    bench.run(10_000);
    const segments = bench.take();
    expect(
      segments.some(
        (segment) => segment.flags.includes('U') && (segment.seq + segment.urgent) >>> 0 === (peer.ack + 5) >>> 0,
      ),
    ).toBe(true);
  });

  // RFC 9293 §3.8.5 MUST-31: one octet or many segments of them.
  it.each([1, 1_000, 10_000])('may have any length: %i', (length) => {
    const { bench, peer, socket } = openActively({ profile });
    socket.noDelay = true;
    socket.writeUrgent(text(length));
    const start = peer.ack;
    const segments = bench.take();
    expect(segments.length).toBe(Math.ceil(length / 1_460));
    for (const segment of segments) {
      expect(segment.flags).toContain('U');
      expect((segment.seq + segment.urgent - start) | 0).toBe(length);
    }
    const received = openPassively({ profile });
    for (let at = 0; at < length; at += 1_000) {
      received.peer.send('AU', { payload: text(Math.min(1_000, length - at), at), urgent: length - at });
    }
    expect(received.socket.urgentLength).toBe(length);
    expect(readAll(received.socket)).toEqual(text(length));
    expect(received.socket.urgentLength).toBe(0);
  });

  // RFC 9293 §3.8.5 MUST-32: the user is told when urgent data appears, before the octets are there, and when there is more.
  it('is told when the pointer appears and when it moves on', () => {
    const { peer, socket } = openPassively({ profile });
    const isTold = (): boolean => (socket.takeEvents() & SocketEvent.urgent) !== 0;
    socket.takeEvents();
    peer.send('PA', { payload: text(10) });
    expect(isTold()).toBe(false);
    peer.send('AU', { payload: text(10, 10), urgent: 500 });
    expect(isTold()).toBe(true);
    peer.send('AU', { payload: text(10, 20), urgent: 490 });
    expect(isTold()).toBe(false);
    peer.send('AU', { payload: text(10, 30), urgent: 600 });
    expect(isTold()).toBe(true);
  });

  // RFC 9293 §3.8.5 MUST-33: how much of it is left to be read.
  it('tells how much remains', () => {
    const { peer, socket } = openPassively({ profile });
    expect(socket.urgentLength).toBe(0);
    peer.send('PAU', { payload: text(30), urgent: 20 });
    expect(socket.urgentLength).toBe(20);
    const into = new Uint8Array(30);
    socket.read(into, 0, 15);
    expect(socket.urgentLength).toBe(5);
    socket.read(into, 15, 15);
    expect(socket.urgentLength).toBe(0);
    expect(into).toEqual(text(30));
    peer.send('AU', { payload: text(10), urgent: 100 });
    expect(socket.urgentLength).toBe(100);
  });

  // RFC 9293 §3.8.5 MUST-62: of the pointer received, too, the octet behind is meant.
  it('is read up to the octet before the pointer', () => {
    const { peer, socket } = openPassively({ profile });
    peer.send('PAU', { payload: text(1), urgent: 1 });
    expect(socket.urgentLength).toBe(1);
    readAll(socket);
    expect(socket.urgentLength).toBe(0);
  });
});
