/** RFC 9293 section 3.5: opening from both ends at once, and what a reset means while opening. */
import { describe, expect, it } from 'vitest';
import { Bench, MSS_1460, openActively, openPassively, Peer, type Profile, readAll, text } from './bench.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

function crossedSyns(profile: Profile) {
  const bench = new Bench({ profile });
  const socket = bench.connect();
  const syn = bench.takeOne();
  const peer = new Peer(bench, { port: 80, ourPort: syn.sourcePort });
  peer.send('S', { options: MSS_1460 });
  const synAck = bench.takeOne();
  return { bench, socket, syn, peer, synAck };
}

describe.each(PROFILES)('%s: opening', (profile) => {
  // RFC 9293 §3.5 MUST-10: SYNs that cross make one connection.
  it('works from both ends at once', () => {
    const { bench, socket, syn, peer, synAck } = crossedSyns(profile);
    expect([synAck.flags, synAck.seq, synAck.ack]).toEqual(['SA', syn.seq, peer.seq]);
    expect(socket.stateName).toBe('SYN-RECEIVED');
    peer.accept(synAck);
    peer.send('SA', { seq: (peer.seq - 1) >>> 0, options: MSS_1460 });
    expect(socket.stateName).toBe('ESTABLISHED');
    bench.take();
    peer.send('PA', { payload: text(20) });
    expect(readAll(socket)).toEqual(text(20));
    socket.write(text(20));
    bench.run(1);
    expect(bench.take().at(-1)?.payload).toEqual(text(20));
  });

  // RFC 9293 §3.5 MUST-11: from a passive open a reset leads back to LISTEN, and nobody is told.
  it('returns to LISTEN when a half-open passive connection is reset', () => {
    const bench = new Bench({ profile });
    const listener = bench.listen();
    const peer = new Peer(bench);
    peer.send('S', { options: MSS_1460 });
    peer.accept(bench.takeOne());
    peer.send('R');
    bench.run(5_000);
    expect(bench.take()).toEqual([]);
    expect(listener.accept()).toBeNull();
    const again = new Peer(bench, { seq: 900_000 });
    again.send('S', { options: MSS_1460 });
    again.accept(bench.takeOne());
    again.send('A');
    expect(listener.accept()?.stateName).toBe('ESTABLISHED');
  });

  // RFC 9293 §3.5 MUST-11: from an active open the same reset is a refusal, and the user hears of it; Linux calls it by its name.
  it('refuses when a half-open active connection is reset', () => {
    const { socket, peer, synAck } = crossedSyns(profile);
    peer.accept(synAck);
    peer.send('R');
    expect(socket.error?.code).toBe(profile === 'rfc' ? 'ECONNREFUSED' : 'ECONNRESET');
    expect(socket.stateName).toBe('CLOSED');
  });

  // RFC 9293 §3.5.3 SHLD-2: a reset may carry octets (an explanation); it is a reset all the same.
  it.each(['R', 'RA'])('takes a %s that carries data', (flags) => {
    for (const { peer, socket } of [openActively({ profile }), openPassively({ profile })]) {
      peer.send(flags, { payload: text(40) });
      expect(socket.error?.code).toBe('ECONNRESET');
      expect(socket.stateName).toBe('CLOSED');
    }
  });
});
