/** The state diagram as a table: every arrow of RFC 9293 figure 5 and its notes, and no other. */
import { describe, expect, it } from 'vitest';
import { AssertionError } from '../base/errors.ts';
import {
  assertTransition,
  canReceive,
  canSend,
  isSynchronized,
  TCP_STATE_NAMES,
  TRANSITIONS,
  tcpStateName,
} from './state.ts';

/** Figure 5, note 1 to 3, the resets and timeouts of section 3.10.7 and 3.10.8, the passive open as one step of the demultiplexer. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  CLOSED: ['SYN-SENT', 'LISTEN', 'SYN-RECEIVED'],
  LISTEN: ['CLOSED'],
  'SYN-SENT': ['SYN-RECEIVED', 'ESTABLISHED', 'CLOSED'],
  'SYN-RECEIVED': ['ESTABLISHED', 'FIN-WAIT-1', 'CLOSE-WAIT', 'CLOSED'],
  ESTABLISHED: ['FIN-WAIT-1', 'CLOSE-WAIT', 'CLOSED'],
  'FIN-WAIT-1': ['FIN-WAIT-2', 'CLOSING', 'TIME-WAIT', 'CLOSED'],
  'FIN-WAIT-2': ['TIME-WAIT', 'CLOSED'],
  'CLOSE-WAIT': ['LAST-ACK', 'CLOSED'],
  CLOSING: ['TIME-WAIT', 'CLOSED'],
  'LAST-ACK': ['CLOSED'],
  'TIME-WAIT': ['CLOSED'],
};

describe('the table of transitions', () => {
  it('is the diagram', () => {
    const table = Object.fromEntries(
      TCP_STATE_NAMES.map((name) => {
        const reached = TRANSITIONS.filter(({ from }) => from === name).map(({ to }) => to);
        return [name, [...new Set(reached)].sort()];
      }),
    );
    const expected = Object.fromEntries(Object.entries(ARROWS).map(([name, to]) => [name, [...to].sort()]));
    expect(table).toEqual(expected);
  });

  it('every other change is a bug of ours', () => {
    for (const [from, fromName] of TCP_STATE_NAMES.entries()) {
      for (const [to, toName] of TCP_STATE_NAMES.entries()) {
        const isLegal = ARROWS[fromName]?.includes(toName) ?? false;
        if (isLegal) assertTransition(from, to);
        else expect(() => assertTransition(from, to), `${fromName} to ${toName}`).toThrow(AssertionError);
      }
    }
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(TRANSITIONS)).toBe(true);
    expect(TRANSITIONS.every((row) => Object.isFrozen(row))).toBe(true);
  });

  it('every row says why', () => {
    for (const { on } of TRANSITIONS) expect(on.length).toBeGreaterThan(3);
  });

  it('who may still send, receive, and has agreed on numbers', () => {
    const names = (test: (state: number) => boolean): string[] => TCP_STATE_NAMES.filter((_, state) => test(state));
    expect(names(canSend)).toEqual(['ESTABLISHED', 'CLOSE-WAIT']);
    expect(names(isSynchronized)).toEqual([
      'ESTABLISHED',
      'FIN-WAIT-1',
      'FIN-WAIT-2',
      'CLOSE-WAIT',
      'CLOSING',
      'LAST-ACK',
      'TIME-WAIT',
    ]);
    expect(names(canReceive)).toEqual(expect.arrayContaining(['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2']));
    expect(names(canReceive)).not.toEqual(expect.arrayContaining(['CLOSE-WAIT']));
  });

  it('a number that is no state is called CLOSED', () => {
    expect([tcpStateName(3), tcpStateName(99)]).toEqual(['SYN-RECEIVED', 'CLOSED']);
  });
});
