/** What time-outs, resets and ends tell a client of Fast Open about servers and paths, by the state of the connection. */
import { describe, expect, it } from 'vitest';
import { type BareSender, bareSender } from '../../../test/support/bare-sender.ts';
import { Address } from '../../base/address.ts';
import { ConnectionKey } from '../connection-key.ts';
import { TcpState } from '../state.ts';
import { Reassembly } from '../tcb/reassembly.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { FastOpenAttempt } from './attempt.ts';
import { attemptEnded, attemptTimedOut, resetOutOfOrder } from './client.ts';
import { FastOpen } from './fast-open.ts';

interface Doubts {
  /** The server is left alone. */
  readonly isRefused: boolean;
  /** So many signs of a black hole. */
  readonly holes: number;
}

function trying(changes: Partial<Tcb>, hasOption = true): BareSender & { attempt: FastOpenAttempt } {
  const made = bareSender({ settings: { fastopen_refused_sec: 60, fastopen_blackhole_timeout_sec: 100 }, atUs: 1_000 });
  Object.assign(made.env, { fastOpen: new FastOpen() });
  Object.assign(made.tcb, changes);
  return { ...made, attempt: new FastOpenAttempt(null, !hasOption, 1_000, true) };
}

function doubtsOf({ env, tcb }: BareSender): Doubts {
  const entry = env.fastOpen.cache.find(tcb);
  const isRefused = entry?.isRefused(tcb.key.remotePort, env.clock.nowUs) ?? false;
  return { isRefused, holes: env.extCounters.TCPFastOpenBlackhole };
}

// RFC 7413 §4.1.3.1 R7413-9: a time-out.
// RFC 7413 §7 R7413-20: a time-out.
describe('a time-out', () => {
  it.each<[name: string, changes: Partial<Tcb>, isLast: boolean, doubts: Doubts]>([
    [
      'the first of the SYN: the server has not answered',
      { state: TcpState.synSent, timeouts: 0 },
      false,
      { isRefused: true, holes: 0 },
    ],
    ['the second', { state: TcpState.synSent, timeouts: 1 }, false, { isRefused: false, holes: 0 }],
    ['the third: a black hole', { state: TcpState.synSent, timeouts: 2 }, false, { isRefused: false, holes: 1 }],
    ['the fourth says nothing new', { state: TcpState.synSent, timeouts: 3 }, false, { isRefused: false, holes: 0 }],
    [
      'the first when it has answered',
      { state: TcpState.established, timeouts: 0 },
      false,
      { isRefused: false, holes: 0 },
    ],
    ['the third then', { state: TcpState.established, timeouts: 2 }, false, { isRefused: false, holes: 1 }],
    ['the first that is the last', { state: TcpState.established, timeouts: 0 }, true, { isRefused: false, holes: 1 }],
    ['the third that is the last', { state: TcpState.established, timeouts: 2 }, true, { isRefused: false, holes: 1 }],
    ['the fourth that is the last', { state: TcpState.established, timeouts: 3 }, true, { isRefused: false, holes: 0 }],
  ])('%s', (_, changes, isLast, doubts) => {
    const made = trying(changes);
    attemptTimedOut(made.env, made.tcb, made.attempt, isLast);
    expect(doubtsOf(made)).toEqual(doubts);
    expect(made.env.extCounters.TCPFastOpenActiveFail).toBe(doubts.holes);
  });

  it.each([
    ['without option and data', 0, 0],
    ['with data alone', 1, 1],
  ])('tells of the path only when the SYN was special: %s', (_, dataLength, holes) => {
    const made = trying({ state: TcpState.established, timeouts: 2 }, false);
    made.attempt.dataLength = dataLength;
    attemptTimedOut(made.env, made.tcb, made.attempt, false);
    expect(doubtsOf(made).holes).toBe(holes);
  });
});

describe('a RST beside RCV.NXT', () => {
  it.each<[name: string, changes: Partial<Tcb>, hasOption: boolean, holes: number]>([
    ['before any data', { state: TcpState.established }, true, 1],
    ['after data', { state: TcpState.established, bytesReceived: 1 }, true, 0],
    ['in another state', { state: TcpState.finWait1 }, true, 0],
    ['without the option', { state: TcpState.established }, false, 0],
  ])('tells of a black hole, or not: %s', (_, changes, hasOption, holes) => {
    const made = trying(changes, hasOption);
    resetOutOfOrder(made.env, made.tcb, made.attempt);
    expect(doubtsOf(made).holes).toBe(holes);
  });
});

describe('the end of the connection', () => {
  const fin: Partial<Tcb> = { rcvFinKnown: true, rcvFinDone: false, rcvFinSeq: 5_000 };

  function early(from: number): Reassembly {
    const ranges = new Reassembly(true);
    ranges.add(from, from + 100, 8);
    return ranges;
  }

  it.each<[name: string, changes: Partial<Tcb>, hasOption: boolean, holes: number]>([
    ['a FIN alone behind a hole', { ...fin }, true, 1],
    ['with no range left', { ...fin, reassembly: new Reassembly(true) }, true, 1],
    ['the range being the FIN', { ...fin, reassembly: early(5_000) }, true, 1],
    ['with data behind the hole', { ...fin, reassembly: early(4_000) }, true, 0],
    ['a FIN that was taken', { ...fin, rcvFinDone: true }, true, 0],
    ['no FIN', { ...fin, rcvFinKnown: false }, true, 0],
    ['after data', { ...fin, bytesReceived: 9 }, true, 0],
    ['without the option', { ...fin }, false, 0],
  ])('tells of a black hole, or not: %s', (_, changes, hasOption, holes) => {
    const made = trying(changes, hasOption);
    attemptEnded(made.env, made.tcb, made.attempt);
    expect(doubtsOf(made).holes).toBe(holes);
  });

  it.each<[name: string, changes: Partial<Tcb>, isProbe: boolean, remote: string, isOver: boolean]>([
    ['data has come', { bytesReceived: 1 }, true, '10.0.0.2', true],
    ['nothing has', {}, true, '10.0.0.2', false],
    ['nobody suspected one when it began', { bytesReceived: 1 }, false, '10.0.0.2', false],
    ['it went nowhere', { bytesReceived: 1 }, true, '127.0.0.1', false],
  ])('ends the suspicion, or not: %s', (_, changes, isProbe, remote, isOver) => {
    const made = trying(changes);
    const key = new ConnectionKey(Address.parse('10.0.0.1'), 80, Address.parse(remote), 40_000, 0);
    Object.assign(made.tcb, { key });
    made.env.fastOpen.blackHole.seen(made.env);
    attemptEnded(made.env, made.tcb, new FastOpenAttempt(null, false, 1_000, isProbe));
    expect(made.env.fastOpen.blackHole.isSuspected).toBe(!isOver);
  });
});
