/** The ladder on the terminal: a handshake at several widths, what became of packets, more than two hosts. */
import { describe, expect, it } from 'vitest';
import { fakeScreen } from '../../test/support/fake-screen.ts';
import type { LadderRow } from '../scenes/index.ts';
import { findScene, playScene } from '../scenes/index.ts';
import { LadderView, timeText } from './ladder-view.ts';
import { widthOf } from './text-layout.ts';

function rowsOf(id: string): readonly LadderRow[] {
  const scene = findScene(id);
  if (scene === null) throw new Error(`no scene ${id}`);
  return playScene(scene).rows;
}

function segments(): LadderRow[] {
  return rowsOf('three-way-handshake').filter((row) => row.kind === 'segment');
}

function syn(fields: Partial<LadderRow>): LadderRow {
  const first = segments()[0];
  if (first === undefined) throw new Error('no SYN');
  return { ...first, aside: null, ...fields };
}

function drawn(row: LadderRow, columns = 80): string[] {
  return new LadderView(fakeScreen('en', columns).screen, ['client', 'server']).row(row);
}

describe('LadderView', () => {
  it('draws the three steps with the states of both ends', () => {
    const view = new LadderView(fakeScreen().screen, ['client', 'server']);
    const lines = [...view.header(), ...segments().flatMap((row) => view.row(row))].join('\n');
    expect(lines).toMatch(/^ +client +server$/m);
    expect(lines).toMatch(/^ +CLOSED │ +│$/m);
    expect(lines).toMatch(/^ +0\.0 ms +SYN-SENT │─ SYN seq=0 win=\d+ ─+▶│ LISTEN$/m);
    expect(lines).toMatch(/^ +20\.0 ms +│ +MSS 1460, .*│ SYN-RECEIVED$/m);
    expect(lines).toMatch(/^ +20\.0 ms +SYN-SENT │◀─+ SYN,ACK seq=0 ack=1 win=\d+ ─│ SYN-RECEIVED$/m);
    expect(lines).toMatch(/^ +40\.0 ms +ESTABLISHED │ /m);
    expect(lines).toMatch(/^ +40\.0 ms +ESTABLISHED │─ ACK seq=1 ack=1 .*▶│ SYN-RECEIVED$/m);
    expect(lines).toMatch(/^ +1 {2}The client asks for a connection/m);
  });

  it.each([40, 60, 73, 74, 80, 100, 200])('fits %i columns in both languages', (columns) => {
    for (const language of ['en', 'zh'] as const) {
      const { screen } = fakeScreen(language, columns);
      for (const id of ['three-way-handshake', 'life']) {
        const view = new LadderView(screen, ['client', 'server']);
        const lines = [...view.header(), ...rowsOf(id).flatMap((row) => view.row(row)), ...view.footer()];
        for (const line of lines) expect(widthOf(line), line).toBeLessThanOrEqual(screen.width);
      }
    }
  });

  it.each([
    ['dropped', /SYN seq=0 win=\d+ ─+✗ +│$/m, '[lost]'],
    ['duplicated', /─▶▶│/, '[arrives twice]'],
    ['delayed', /╌ SYN .* ╌+▶│/, '[late]'],
    ['corrupted', /─≈▶│/, '[damaged on the way]'],
    ['in-flight', /─ ─ › +│/, '[still on its way]'],
  ] as const)('shows what became of a packet: %s', (status, arrow, mark) => {
    const lines = drawn(
      syn({ status, arrivedUs: status === 'dropped' || status === 'in-flight' ? null : 20_000, toState: null }),
    ).join('\n');
    expect(lines).toMatch(arrow);
    expect(lines).toContain(mark);
  });

  it('marks what was sent again, made by hand, or breaks the rules', () => {
    const lines = drawn(syn({ isRepeat: true, isCrafted: true, isWhatIf: true })).join('\n');
    expect(lines).toMatch(/sent again/);
    expect(lines).toMatch(/what if/);
    expect(lines).toMatch(/made by hand/);
  });

  it('lets the lines of passed hosts show through', () => {
    const view = new LadderView(fakeScreen().screen, ['client', 'router', 'server']);
    const lines = view.row(syn({ toState: null })).join('\n');
    expect(lines).toMatch(/│─+┼─+▶│/);
  });

  it('uses colours only when asked', () => {
    const colored = new LadderView(fakeScreen('en', 80, true).screen, ['client', 'server']).row(syn({})).join('\n');
    expect(colored).toContain('\u001b[');
    expect(drawn(syn({})).join('\n')).not.toContain('\u001b[');
  });

  it.each([
    [0, '0.0 ms'],
    [20_000, '20.0 ms'],
    [1_000_000, '1.000 s'],
    [60_366_000, '60.366 s'],
    [7_200_000_000, '7200.0 s'],
    [36_000_000_000, '10.00 h'],
  ])('%i microseconds are %s', (timeUs, text) => {
    expect(timeText(timeUs)).toBe(text);
  });
});
