/** RFC 9293 section 3.8.4: keep-alive. */
import { describe, expect, it } from 'vitest';
import { type Established, openActively, openPassively, type Profile, readAll, text } from './bench.ts';
import type { Segment } from './wire.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const HOUR_MS = 3_600_000;
const QUICK = { idleMs: 60_000, intervalMs: 10_000, probes: 4 };

/** Segments sent during `ms`, with the milliseconds from now at which each went out. */
function during({ bench }: Established, ms: number): { atMs: number; segment: Segment }[] {
  const startUs = bench.nowUs;
  bench.run(ms);
  return bench.take().map((segment) => ({ atMs: Math.round((segment.timeUs - startUs) / 1000), segment }));
}

describe.each(PROFILES)('%s: keep-alive', (profile) => {
  // RFC 9293 §3.8.4 MUST-25: nobody asked for it, so an idle connection is silent for ever.
  it('is off by default', () => {
    for (const made of [openActively({ profile }), openPassively({ profile })]) {
      expect(during(made, 48 * HOUR_MS)).toEqual([]);
      expect(made.socket.stateName).toBe('ESTABLISHED');
    }
  });

  // RFC 9293 §3.8.4 MUST-24, MAY-5: it can be switched on, and off again, for one connection.
  it('is switched per connection', () => {
    const made = openActively({ profile });
    made.socket.setKeepAlive(QUICK);
    expect(during(made, 60_500).length).toBe(1);
    made.peer.send('A');
    made.socket.setKeepAlive(null);
    expect(during(made, 24 * HOUR_MS)).toEqual([]);
    expect(during(openActively({ profile }), 24 * HOUR_MS)).toEqual([]);
  });

  // RFC 9293 §3.8.4 MUST-27: the idle interval can be chosen.
  it.each([5_000, 60_000, 900_000])('waits for the chosen interval of %i ms', (idleMs) => {
    const made = openActively({ profile });
    made.socket.setKeepAlive({ ...QUICK, idleMs });
    expect(during(made, idleMs - 100)).toEqual([]);
    expect(during(made, 200).length).toBe(1);
  });

  // RFC 9293 §3.8.4 MUST-27: counted from now, not from when the stack was last called.
  it('waits for the chosen interval although the stack slept', () => {
    const made = openActively({ profile });
    made.bench.run(5_000);
    made.bench.sleep(HOUR_MS);
    made.socket.setKeepAlive(QUICK);
    expect(during(made, 59_000)).toEqual([]);
    expect(during(made, 2_000).length).toBe(1);
  });

  // RFC 9293 §3.8.4 MUST-28: by default it is two hours at least.
  it('waits for two hours by default', () => {
    const made = openActively({ profile });
    made.socket.setKeepAlive({});
    const [first] = during(made, 4 * HOUR_MS);
    expect(first?.atMs).toBeGreaterThanOrEqual(2 * HOUR_MS);
  });

  // RFC 9293 §3.8.4 SHLD-12: a probe has no octets, and a sequence number that demands an answer.
  it('probes without data', () => {
    const made = openActively({ profile });
    made.socket.setKeepAlive(QUICK);
    const [probe] = during(made, 60_500);
    expect(probe?.segment).toMatchObject({ flags: 'A', seq: (made.peer.ack - 1) >>> 0, ack: made.peer.seq });
    expect(probe?.segment.payload.length).toBe(0);
  });

  // RFC 9293 §3.8.4 MUST-26: only when nothing has come for the interval.
  it('does not probe while segments arrive', () => {
    const made = openActively({ profile });
    made.socket.setKeepAlive(QUICK);
    for (let minute = 0; minute < 10; minute++) {
      const sent = during(made, 50_000);
      expect(sent.filter(({ segment }) => segment.seq !== made.peer.ack)).toEqual([]);
      made.peer.send('PA', { payload: text(1) });
      readAll(made.socket);
    }
  });

  // RFC 9293 §3.8.4 MUST-26: and only when nothing of ours is outstanding: then retransmission asks the question.
  it('does not probe while data is outstanding', () => {
    const made = openActively({ profile });
    made.socket.setKeepAlive({ idleMs: 3_000, intervalMs: 1_000, probes: 100 });
    made.socket.write(text(10));
    const sent = during(made, 30_000);
    expect(sent.length).toBeGreaterThan(2);
    for (const { segment } of sent) expect(segment.payload).toEqual(text(10));
  });

  // RFC 9293 §3.8.4 MUST-29: one probe without answer means nothing: segments are lost.
  it('does not give up after one probe', () => {
    const made = openActively({ profile });
    made.socket.setKeepAlive(QUICK);
    expect(during(made, 60_500).length).toBe(1);
    expect(during(made, 10_000).length).toBe(1);
    expect(made.socket.stateName).toBe('ESTABLISHED');
    made.peer.send('A');
    expect(during(made, 59_000)).toEqual([]);
    expect(made.socket.error).toBeNull();
  });

  // RFC 9293 §3.8.4 MAY-5: when none is answered the connection ends.
  it('gives up when no probe is answered', () => {
    const made = openActively({ profile });
    made.socket.setKeepAlive(QUICK);
    during(made, 120_000);
    expect(made.socket.error?.code).toBe('ETIMEDOUT');
  });
});
