/** Ephemeral ports: every free one is found, none that is taken is given, and a crowd costs no walk. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linuxTcpSettings } from '../tcp/settings.ts';
import { EphemeralPorts, type PortProbe } from './ephemeral-ports.ts';

const PEER = 0x1234_5678;

/** Who has which port, and how often it was asked. */
class House implements PortProbe {
  readonly open = new Set<number>();
  readonly waiting = new Map<number, number>();
  nowUs = 0;
  asked = 0;

  isFree(port: number): boolean {
    this.asked++;
    const sinceUs = this.waiting.get(port);
    return !this.open.has(port) && (sinceUs === undefined || this.nowUs - sinceUs > 1e6);
  }

  waitingSinceS(port: number): number {
    return this.waiting.get(port) ?? -1;
  }
}

const settings = (first: number, last: number) => ({
  ...linuxTcpSettings(),
  ip_local_port_first: first,
  ip_local_port_last: last,
});

describe('ephemeral ports', () => {
  it('finds the last of 28,000, and does not walk for it', () => {
    const ports = new EphemeralPorts();
    const house = new House();
    const range = settings(32_768, 60_767);
    for (let taken = 0; taken < 27_999; taken++) {
      const port = ports.choose(range, PEER, house);
      expect(house.open.has(port)).toBe(false);
      house.open.add(port);
      ports.taken(PEER, port);
    }
    for (let turn = 0; turn < 100; turn++) {
      // The first of these makes the map.
      if (turn === 1) house.asked = 0;
      const port = ports.choose(range, PEER, house);
      expect(house.isFree(port)).toBe(true);
      house.open.add(port);
      ports.taken(PEER, port);
      expect(ports.choose(range, PEER, house)).toBe(-1);
      const other = 32_768 + ((turn * 7919) % 28_000);
      house.open.delete(other);
      ports.released(PEER, other);
    }
    expect(house.asked).toBeLessThan(100 * 4);
  });

  it('agrees with a walk over the range, whatever comes and goes', () => {
    const act = fc.record({ kind: fc.constantFrom('open', 'close', 'wait', 'end', 'sleep'), pick: fc.nat(1000) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 130 }), fc.array(act, { maxLength: 400 }), (count, acts) => {
        const ports = new EphemeralPorts();
        const house = new House();
        const range = settings(40_000, 40_000 + count - 1);
        for (const { kind, pick } of acts) {
          if (kind === 'open') {
            const isAnyFree = Array.from({ length: count }, (_, index) => 40_000 + index).some((p) => house.isFree(p));
            const port = ports.choose(range, PEER, house);
            expect(port >= 0).toBe(isAnyFree);
            if (port < 0) continue;
            expect(house.isFree(port)).toBe(true);
            if (house.waiting.delete(port)) ports.released(PEER, port);
            house.open.add(port);
            ports.taken(PEER, port);
          } else if (kind === 'sleep') house.nowUs += pick * 2_000;
          else {
            const set = kind === 'end' ? [...house.waiting.keys()] : [...house.open];
            const port = set[pick % Math.max(1, set.length)];
            if (port === undefined) continue;
            house.open.delete(port);
            house.waiting.delete(port);
            if (kind === 'wait') {
              house.waiting.set(port, house.nowUs);
              ports.waits(PEER, port, house);
            } else ports.released(PEER, port);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a port that a listener keeps is never given', () => {
    const ports = new EphemeralPorts();
    const house = new House();
    house.open.add(40_010);
    const range = settings(40_000, 40_099);
    for (let turn = 0; turn < 99; turn++) {
      const port = ports.choose(range, PEER, house);
      house.open.add(port);
      ports.taken(PEER, port);
    }
    expect(ports.choose(range, PEER, house)).toBe(-1);
  });
});
