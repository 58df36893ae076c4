/** The model's verdicts: safe with TCP's rules, and what goes wrong without each of them. */
import { describe, expect, it } from 'vitest';
import { explore, nameOf, retrace, SMALL_BOUNDS, STANDARD_RULES, type Verdict } from './index.ts';

const tiny = { ...SMALL_BOUNDS, wire: 1 };

/** The moves of a trace: who, what, and the segment. */
function told(verdict: Verdict): string[] {
  return verdict.trace.map(({ move }) => {
    const who = move.side === 0 ? 'client' : 'server';
    return `${who} ${move.kind}${move.segment ? ` ${move.segment.kind}` : ''}`;
  });
}

describe('the model', () => {
  it('finds no fault and no world that hangs, with the handshake of three and TIME-WAIT', () => {
    const verdict = explore(STANDARD_RULES, tiny);
    expect(verdict.result).toBe('safe');
    expect(verdict.trace).toEqual([]);
    expect(verdict.worlds).toBeGreaterThan(500);
  });

  it('finds the ghost a handshake of two leaves after an old SYN, in three moves', () => {
    const verdict = explore({ ...STANDARD_RULES, handshake: 'two' }, tiny);
    expect(verdict).toMatchObject({ result: 'fault', fault: 'ghost' });
    expect(told(verdict)).toEqual(['client open SYN', 'client close', 'client deliver SYN']);
    expect(verdict.trace.at(-1)?.world.hosts.map((host) => host.phase)).toEqual(['CLOSED', 'ESTABLISHED']);
  });

  it('finds the end of the old life taken for that of the new when nobody waits 2 MSL', () => {
    const rules = { ...STANDARD_RULES, timeWait: false };
    const verdict = explore(rules, { ...SMALL_BOUNDS, mischief: 1 }, 'old-end');
    expect(verdict).toMatchObject({ result: 'fault', fault: 'old-end' });
    const last = verdict.trace.at(-1);
    expect(last?.move.segment).toMatchObject({ kind: 'FIN', life: 1 });
    expect(last?.world.hosts[1].life).toBe(2);
    // The run can be told by its names, and played again.
    const names = verdict.trace.map(({ move }) => nameOf(move));
    expect(retrace(names, rules, { ...SMALL_BOUNDS, mischief: 1 })).toEqual({ trace: verdict.trace, fault: 'old-end' });
    expect(() => retrace(['server open'], rules, tiny)).toThrow("'server open' is not possible as move 1");
  });

  it('finds that a RST which ends TIME-WAIT takes its protection away (RFC 1337)', () => {
    const verdict = explore({ ...STANDARD_RULES, resetEndsTimeWait: true }, SMALL_BOUNDS);
    expect(verdict.result).toBe('fault');
    const resets = verdict.trace.filter(({ move }) => move.segment?.kind === 'RST');
    expect(resets.length).toBeGreaterThan(0);
  });

  it('finds octets of the new life in a connection of the old one when initial numbers stand still, with every other rule', () => {
    const verdict = explore(STANDARD_RULES, { ...tiny, isnStep: 0 }, 'old-octet');
    expect(verdict).toMatchObject({ result: 'fault', fault: 'old-octet' });
    expect(verdict.trace).toHaveLength(8);
    const last = verdict.trace.at(-1);
    expect(last?.move.segment).toMatchObject({ kind: 'DATA', life: 2 });
    expect(last?.world.hosts[1].life).toBe(1);
    expect(explore(STANDARD_RULES, tiny, 'old-octet').result).toBe('safe');
  });

  it('stops at the number of worlds it was given', () => {
    expect(explore(STANDARD_RULES, { ...tiny, worldsMax: 100 }).result).toBe('unfinished');
  });

  it('names a bound it has no room for', () => {
    expect(() => explore(STANDARD_RULES, { ...tiny, opens: 9 })).toThrow(
      'opens: must be an integer from 1 to 4, got 9',
    );
  });
});
