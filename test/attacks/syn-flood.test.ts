/**
 * A SYN flood that comes faster than it can be taken: the driver says that there is more behind each batch, and the listener leaves strangers
 * unanswered. Who was there before is served at once, who is new with the second SYN; with the setting off everybody is answered,
 * and nothing is gained.
 */
import { describe, expect, it } from 'vitest';
import { MSS_1460, Peer, readAll, text } from '../requirements/bench.ts';
import { type House, honestClientIsServed, house, PROFILES, visit } from './house.ts';

const FLOOD = 3_000;

/** SYNs from everywhere in full batches; how many were answered. */
function flood({ bench }: House): number {
  let answered = 0;
  for (let index = 0; index < FLOOD; index++) {
    if (index % 8 === 0) bench.stack.batchTaken(true);
    const peer = new Peer(bench, {
      address: `198.18.${index >> 8}.${index & 255}`,
      port: 1_024 + index,
      seq: index * 7,
    });
    peer.send('S', { options: MSS_1460 });
    answered += bench.take().filter(({ flags }) => flags === 'SA').length;
  }
  return answered;
}

/** A house whose SYN queue is full, visited by a friend before. */
function crowdedHouse(profile: (typeof PROFILES)[number], syn_shedding: boolean): House {
  const at = house(profile, { tcp: { syn_shedding, max_syn_backlog: 16 } });
  const friend = visit(at, 40_000);
  friend.socket?.abort();
  at.bench.take();
  return at;
}

describe.each(PROFILES)('%s: a flood faster than the processor', (profile) => {
  it('is answered in part; a friend is served at once', () => {
    const at = crowdedHouse(profile, true);
    const answered = flood(at);
    expect(answered).toBeLessThan(FLOOD / 3);
    const { SynsShed, ListenDrops } = at.bench.stack.counters.tcpExt;
    expect(SynsShed).toBe(FLOOD - answered);
    expect(ListenDrops).toBe(SynsShed);
    // The address of visitors is told by their port: this is the friend's.
    for (let again = 1; again <= 20; again++) {
      at.bench.take();
      honestClientIsServed(at, 40_000 + 64 * again);
    }
  });

  it('a stranger is served with the second SYN at the latest', () => {
    const at = crowdedHouse(profile, true);
    flood(at);
    let second = 0;
    for (let index = 0; index < 50; index++) {
      const peer = new Peer(at.bench, { address: '203.0.113.63', port: 20_000 + index });
      for (let tries = 1; peer.ack === 0 && tries <= 2; tries++) {
        peer.send('S', { options: MSS_1460, seq: 100 });
        for (const segment of at.bench.take()) if (segment.destinationPort === peer.port) peer.accept(segment);
        if (tries === 2) second++;
      }
      expect(peer.ack).not.toBe(0);
    }
    expect(second).toBeGreaterThan(30);
  });

  it('what is no SYN is never left out', () => {
    const at = crowdedHouse(profile, true);
    const { peer, socket } = visit(at, 30_000);
    flood(at);
    peer.send('PA', { payload: text(1_000) });
    expect(socket === null ? null : readAll(socket)).toEqual(text(1_000));
  });

  it('is answered as a whole with syn_shedding off, and when batches are not full', () => {
    expect(flood(crowdedHouse(profile, false))).toBe(FLOOD);
    const at = crowdedHouse(profile, true);
    at.bench.stack.batchTaken = () => {};
    expect(flood(at)).toBe(FLOOD);
  });
});
