/** RFC 9293 section 3.6: orderly close and abort, TIME-WAIT, and reopening out of it. */
import { describe, expect, it } from 'vitest';
import { type Established, MSS_1460, openActively, openPassively, Peer, type Profile, readAll, text } from './bench.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

/** Our side closes first; the peer's FIN is the last but one segment. */
function closeFirst({ bench, peer, socket }: Established): void {
  socket.close();
  bench.run(1);
  peer.accept(bench.takeOne());
  peer.send('A');
  peer.send('FA');
  expect(bench.takeOne().flags).toBe('A');
}

describe.each(PROFILES)('%s: closing', (profile) => {
  // RFC 9293 §3.6 MUST-12: the user can tell an orderly close from an abort.
  it('tells an orderly close from an abort', () => {
    const orderly = openPassively({ profile });
    orderly.peer.send('FA');
    expect([orderly.socket.isReadEnded, orderly.socket.error]).toEqual([true, null]);
    const aborted = openPassively({ profile });
    aborted.peer.send('R');
    expect(aborted.socket.error?.code).toBe('ECONNRESET');
  });

  // RFC 9293 §3.6 MUST-12: the end is not told before everything in front of it has come.
  it('tells the end only behind the last octet', () => {
    const { peer, socket } = openPassively({ profile });
    const first = peer.build('A', { payload: text(100) });
    peer.send('FA', { payload: text(100, 100) });
    expect(socket.isReadEnded).toBe(false);
    peer.bench.give(first);
    expect(readAll(socket)).toEqual(text(200));
    expect([socket.isReadEnded, socket.error]).toEqual([true, null]);
  });

  // RFC 9293 §3.6.1 SHLD-3: closing with octets unread, the peer learns that they are lost.
  it('resets when closed with data unread', () => {
    const { bench, peer, socket } = openPassively({ profile });
    peer.send('PA', { payload: text(10) });
    bench.run(600);
    bench.take();
    socket.close();
    bench.run(1);
    expect(bench.take().at(-1)?.flags).toContain('R');
  });

  // RFC 9293 §3.6.1 SHLD-3, MAY-1: nothing can be read behind a close, so octets that still come are answered with a reset.
  it('resets when data arrives after the close', () => {
    const { bench, peer, socket } = openPassively({ profile });
    socket.close();
    bench.run(1);
    peer.accept(bench.takeOne());
    peer.send('PA', { payload: text(10) });
    expect(bench.takeOne().flags).toContain('R');
  });

  // RFC 9293 §3.6.1 MUST-13: the side that closed first keeps the pair of sockets for twice the segment lifetime.
  it('stays in TIME-WAIT, and no longer', () => {
    const secondsOf = { rfc: 240, linux: 60 };
    for (const [afterMs, flags] of [
      [(secondsOf[profile] - 1) * 1000, 'A'],
      [(secondsOf[profile] + 1) * 1000, 'R'],
    ] as const) {
      const made = openActively({ profile });
      closeFirst(made);
      made.bench.run(afterMs);
      made.bench.take();
      made.peer.send('FA', { seq: (made.peer.seq - 1) >>> 0 });
      expect(made.bench.takeOne().flags).toContain(flags);
    }
  });

  // RFC 9293 §3.6.1 MUST-13: when FINs cross, both ends have closed first, and both wait.
  it('stays in TIME-WAIT when FINs cross', () => {
    const { bench, peer, socket } = openActively({ profile });
    socket.close();
    bench.run(1);
    const fin = bench.takeOne();
    peer.send('FA');
    expect(bench.takeOne().flags).toContain('A');
    peer.accept(fin);
    peer.send('A');
    bench.run(50_000);
    bench.take();
    peer.send('FA', { seq: (peer.seq - 1) >>> 0 });
    expect(bench.takeOne().flags).toBe('A');
  });

  // RFC 9293 §3.6.1 MUST-13: a FIN that comes again starts the time again.
  it('starts TIME-WAIT again for a FIN that comes again', () => {
    const almostMs = { rfc: 239_000, linux: 59_000 }[profile];
    const made = openActively({ profile });
    closeFirst(made);
    for (let again = 0; again < 2; again++) {
      made.bench.run(almostMs);
      made.peer.send('FA', { seq: (made.peer.seq - 1) >>> 0 });
      expect(made.bench.takeOne().flags).toBe('A');
    }
  });
});

describe.each(PROFILES)('%s: reopening out of TIME-WAIT', (profile) => {
  const oldEnd = (made: Established): number => made.peer.ack;

  /** A connection the peer opened and we closed first, with a listener in place. */
  const inTimeWait = (timestamp?: number): Established => {
    const made = openPassively({ profile, ...(timestamp === undefined ? {} : { timestamp }) });
    made.bench.listen();
    made.bench.run(1);
    closeFirst(made);
    return made;
  };

  // RFC 9293 §3.6.1 MAY-2: a SYN beyond all the old numbers opens anew, with numbers of ours beyond the old ones.
  it('takes a SYN with a larger sequence number', () => {
    const made = inTimeWait();
    const next = new Peer(made.bench, { port: made.peer.port, seq: (made.peer.seq + 100_000) >>> 0 });
    next.send('S', { options: MSS_1460 });
    const synAck = made.bench.takeOne();
    expect([synAck.flags, synAck.ack]).toEqual(['SA', next.seq]);
    expect((synAck.seq - oldEnd(made)) | 0).toBeGreaterThan(0);
  });

  // RFC 9293 §3.6.1 MAY-2: an old SYN that strayed does not.
  it('does not take a SYN with an old sequence number', () => {
    const made = inTimeWait();
    const stray = new Peer(made.bench, { port: made.peer.port, seq: (made.peer.seq - 2) >>> 0 });
    stray.send('S', { options: MSS_1460 });
    for (const segment of made.bench.take()) expect(segment.flags).toBe('A');
  });

  // RFC 9293 §3.6.1 SHLD-4: with timestamps the newer timestamp decides, though the sequence number is smaller.
  it('takes a SYN with a larger timestamp', () => {
    const made = inTimeWait(500);
    const next = new Peer(made.bench, { port: made.peer.port, seq: (made.peer.seq - 100_000) >>> 0, timestamp: 900 });
    next.send('S', { options: MSS_1460 });
    expect(made.bench.takeOne().flags).toBe('SA');
  });

  // RFC 9293 §3.6.1 SHLD-4: and an older timestamp does not open.
  it('does not take a SYN with a smaller timestamp', () => {
    const made = inTimeWait(500);
    const stray = new Peer(made.bench, { port: made.peer.port, seq: (made.peer.seq + 100_000) >>> 0, timestamp: 400 });
    stray.send('S', { options: MSS_1460 });
    for (const segment of made.bench.take()) expect(segment.flags).toBe('A');
  });
});

describe.each(PROFILES)('%s: half-closed', (profile) => {
  // RFC 9293 §3.6 MUST-12: shutting one direction leaves the other open, and its end is reported too.
  it('reads on after its own FIN', () => {
    const { bench, peer, socket } = openPassively({ profile });
    socket.shutdownWrite();
    bench.run(1);
    peer.accept(bench.takeOne());
    peer.send('PA', { payload: text(500) });
    expect(readAll(socket)).toEqual(text(500));
    peer.send('FA');
    expect([socket.isReadEnded, socket.error]).toEqual([true, null]);
  });
});
