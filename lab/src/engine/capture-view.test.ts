/** A capture brought in: what the stacks' own recording shows must be what is concluded from its packets alone. */
import { describe, expect, it } from 'vitest';
import { findScene, type LadderRow, playScene } from '../../../src/scenes/index.ts';
import { TRANSITIONS } from '../../../src/tcp/state.ts';
import { viewCapture } from './capture-view.ts';

function played(id: string) {
  const scene = findScene(id);
  if (scene === null) throw new Error(id);
  return playScene(scene);
}

/** States as hosts showed them in segments, in the order of time. */
function seen(rows: readonly LadderRow[]) {
  const tcp = rows.filter(({ protocol }) => protocol === 'tcp');
  const sent = tcp.map((row) => ({ timeUs: row.timeUs, host: row.from, state: row.fromState?.after ?? '' }));
  const arrived = tcp.map((row) => ({ timeUs: row.arrivedUs ?? 0, host: row.to, state: row.toState?.after ?? '' }));
  return [...sent, ...arrived].sort((a, b) => a.timeUs - b.timeUs);
}

/** A capture without its first packets: enhanced packet blocks are of type 6. */
function withoutFirst(pcapng: Uint8Array, packets: number): Uint8Array {
  const view = new DataView(pcapng.buffer, pcapng.byteOffset, pcapng.length);
  const kept: number[] = [];
  let left = packets;
  for (let at = 0; at < pcapng.length; at += view.getUint32(at + 4, true)) {
    if (view.getUint32(at, true) === 6 && left-- > 0) continue;
    kept.push(...pcapng.subarray(at, at + view.getUint32(at + 4, true)));
  }
  return Uint8Array.from(kept);
}

describe('a capture', () => {
  it.each(['three-way-handshake', 'four-way-close', 'simultaneous-close', 'half-close', 'life'])(
    '%s: the states concluded are those the stacks were in',
    (id) => {
      const { pcapng, rows } = played(id);
      const view = viewCapture(pcapng);
      expect(view.error).toBeNull();
      expect(view.connections).toHaveLength(1);
      const byHost = new Map<string, string>();
      for (const { host, state } of seen(rows)) byHost.set(host, state);
      const [client, server] = view.connections[0]?.states.at(-1) ?? [];
      const named = [...byHost.values()].map((state) => (state === 'LISTEN' ? 'CLOSED' : state));
      expect([client, server].sort()).toEqual(named.sort());
    },
  );

  it('takes only arrows that the table has, or none', () => {
    const arrows = new Set(TRANSITIONS.map(({ from, to }) => `${from} ${to}`));
    const { pcapng } = played('four-way-close');
    const rows = viewCapture(pcapng).connections[0]?.rows ?? [];
    const taken = rows.flatMap(({ fromState, toState }) => [fromState, toState]).filter((pair) => pair !== null);
    const moved = taken.filter(({ before, after }) => before !== after);
    expect(moved.length).toBeGreaterThan(5);
    for (const { before, after } of moved) {
      // A listener's connection begins in CLOSED in the table.
      expect(arrows).toContain(`${before === 'LISTEN' ? 'CLOSED' : before} ${after}`);
    }
  });

  it('that begins in the middle is told with the numbers that stand in its packets', () => {
    const { pcapng } = played('nagle-and-delayed-ack');
    const whole = viewCapture(pcapng).connections[0]?.rows ?? [];
    const part = viewCapture(withoutFirst(pcapng, 3)).connections[0]?.rows ?? [];
    expect(part).toHaveLength(whole.length - 3);
    const data = part.filter(({ length, isRepeat }) => (length ?? 0) > 0 && !isRepeat);
    expect(data.length).toBeGreaterThan(1);
    for (const { say, seqAbsolute } of data) expect([say.en, say.zh].join()).toContain(String(seqAbsolute));
  });

  it('says where a broken file breaks off and shows what came before', () => {
    const { pcapng } = played('four-way-close');
    const view = viewCapture(pcapng.subarray(0, pcapng.length - 700));
    expect(view.error).not.toBeNull();
    expect(view.packets).toBeGreaterThan(0);
  });

  it('takes any bytes', () => {
    for (const bytes of [
      new Uint8Array(),
      new Uint8Array(100),
      new TextEncoder().encode('hello, this is no capture'),
    ]) {
      const view = viewCapture(bytes);
      expect([view.format, view.connections.length]).toEqual(['unknown', 0]);
      expect(view.error?.message).toMatch(/\S/);
    }
  });
});
