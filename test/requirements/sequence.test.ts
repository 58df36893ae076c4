/** RFC 9293 section 3.4: sequence numbers, how the first one is chosen, and what counts with a closed window. */
import { describe, expect, it } from 'vitest';
import { SocketEvent } from '../../src/socket/index.ts';
import { Bench, openPassively, type Profile, text } from './bench.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

/** ISS of an active open between the same two sockets after the bench has run for `ms`. */
function issAfter(profile: Profile, ms: number, seed: number, localPort = 50_000): number {
  const bench = new Bench({ profile, seed });
  bench.run(ms);
  bench.connect({ localPort });
  return bench.takeOne().seq;
}

describe.each(PROFILES)('%s: initial sequence numbers', (profile) => {
  // RFC 9293 §3.4.1 MUST-8: the same four-tuple gets numbers that move on with the clock.
  it('advance with the clock', () => {
    const first = issAfter(profile, 0, 7);
    const second = (issAfter(profile, 1_000, 7) - first) >>> 0;
    const tenth = (issAfter(profile, 10_000, 7) - first) >>> 0;
    expect(second).toBeGreaterThan(0);
    expect(tenth / second).toBeCloseTo(10, 1);
  });

  // RFC 9293 §3.4.1 MUST-9: with another secret the numbers are others, so outsiders cannot compute them.
  it('cannot be computed without the secret', () => {
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => issAfter(profile, 0, seed));
    expect(new Set(numbers).size).toBe(numbers.length);
    const spread = numbers
      .map((number) => (number - numbers[0]!) | 0)
      .filter((distance) => Math.abs(distance) > 1 << 20);
    expect(spread.length).toBeGreaterThanOrEqual(5);
  });

  // RFC 9293 §3.4.1 SHLD-1: the keyed function takes the four-tuple, so one connection tells nothing about the next.
  it('depend on the four-tuple through the key', () => {
    const distance = (seed: number, port: number): number =>
      (issAfter(profile, 0, seed, port) - issAfter(profile, 0, seed, 50_000)) >>> 0;
    expect(distance(7, 50_001)).not.toBe(distance(8, 50_001));
    expect(distance(7, 50_001)).not.toBe(distance(7, 50_002));
    expect(distance(7, 50_001)).toBeGreaterThan(0);
  });
});

describe.each(PROFILES)('%s: a closed receive window', (profile) => {
  const closed = () => {
    const made = openPassively({ profile, settings: { tcp: { rmem_default: 4_096, rmem_max: 4_096 } } });
    const { bench, peer } = made;
    for (let rounds = 0; rounds < 50; rounds++) {
      peer.send('A', { payload: text(200) });
      bench.run(500);
      const last = bench.take().at(-1);
      if (last?.window === 0) break;
      if (last !== undefined) peer.seq = last.ack;
    }
    peer.send('A', { payload: text(1), seq: peer.seq });
    bench.run(500);
    const answer = bench.take().at(-1);
    expect(answer?.window).toBe(0);
    peer.seq = answer?.ack ?? 0;
    made.socket.takeEvents();
    return made;
  };

  // RFC 9293 §3.4 MUST-66: RST counts although the window is closed.
  it('lets a RST through', () => {
    const { peer, socket } = closed();
    peer.send('R');
    expect(socket.error?.code).toBe('ECONNRESET');
  });

  // RFC 9293 §3.4 MUST-66: and so does the urgent pointer of a segment whose octets have no room.
  it.each([0, 1])('lets an urgent pointer through, with %i octets behind it', (length) => {
    const { peer, socket } = closed();
    peer.send('AU', { payload: text(length), urgent: 30, seq: peer.seq });
    expect(socket.takeEvents() & SocketEvent.urgent).toBe(SocketEvent.urgent);
  });
});
