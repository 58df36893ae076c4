/** ICMP errors by kind, state and profile (RFC 9293 section 3.9.2.2, RFC 5927): which end a connection, which are told, which are nothing. */
import { describe, expect, it } from 'vitest';
import { type BareSender, type BareSenderOptions, bareSender } from '../../../test/support/bare-sender.ts';
import { TcpEvent } from '../environment.ts';
import { FastOpenAttempt } from '../fast-open/attempt.ts';
import { FastOpen } from '../fast-open/fast-open.ts';
import { TcpState } from '../state.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { icmpErrorArrived, isQuoteInFlight } from './icmp-errors.ts';

describe('a quote', () => {
  it.each<[name: string, options: BareSenderOptions, seq: number, una: number, isInFlight: boolean]>([
    ['before SND.UNA', {}, 999, 1_000, false],
    ['at SND.UNA', {}, 1_000, 1_000, true],
    ['before SND.NXT', {}, 4_999, 1_000, true],
    ['at SND.NXT', {}, 5_000, 1_000, false],
    ['at SND.NXT, where nothing is in flight', {}, 5_000, 5_000, true],
    [
      'at SND.NXT, where messages are believed as Linux does',
      { settings: { pmtu_confirm_timeouts: 0 } },
      5_000,
      1_000,
      true,
    ],
    ['beyond SND.NXT there', { settings: { pmtu_confirm_timeouts: 0 } }, 5_001, 1_000, false],
    [
      'at SND.NXT under rfc, whatever is believed',
      { profile: 'rfc', settings: { pmtu_confirm_timeouts: 0 } },
      5_000,
      1_000,
      false,
    ],
  ])('%s', (_, options, seq, sndUna, isInFlight) => {
    const { env, tcb } = bareSender({ ...options, settings: { pmtu_confirm_timeouts: 1, ...options.settings } });
    Object.assign(tcb, { sndUna, sndNxt: 5_000 });
    expect(isQuoteInFlight(env, tcb, seq)).toBe(isInFlight);
  });
});

describe('an error', () => {
  function told(
    kind: string,
    options: BareSenderOptions,
    changes: Partial<Tcb>,
  ): BareSender & { events: number[]; isRefused: boolean } {
    const made = bareSender({ atUs: 1_000, ...options });
    const events: number[] = [];
    const notify = (_tcb: Tcb, event: number): void => {
      events.push(event);
    };
    Object.assign(made.env, { fastOpen: new FastOpen(), notify });
    Object.assign(made.tcb, { state: TcpState.established, hasUser: true, softErrorReports: true, ...changes });
    icmpErrorArrived(made.env, made.tcb, { kind, code: 0, local: false }, 'EHOSTUNREACH');
    const entry = made.env.fastOpen.cache.find(made.tcb);
    const isRefused = entry?.isRefused(made.tcb.key.remotePort, made.env.clock.nowUs) ?? false;
    return { ...made, events, isRefused };
  }

  it.each<[name: string, changes: Partial<Tcb>, events: number[]]>([
    ['to who asked for it', {}, [TcpEvent.softError]],
    ['not to who did not', { softErrorReports: false }, []],
    ['not to a user who is gone', { hasUser: false }, []],
  ])('that is soft is kept, and told: %s', (_, changes, events) => {
    const made = told('host-unreachable', {}, changes);
    expect([made.tcb.softError, made.tcb.state, made.events]).toEqual(['EHOSTUNREACH', TcpState.established, events]);
  });

  it.each(['source-quench'])('of kind %s is dropped without a word', (kind) => {
    const made = told(kind, {}, {});
    expect([made.tcb.softError, made.events]).toEqual([null, []]);
  });

  it('without a word for the user is none', () => {
    const { env, tcb } = bareSender();
    tcb.state = TcpState.established;
    icmpErrorArrived(env, tcb, { kind: 'port-unreachable', code: 0, local: false }, null);
    expect(tcb.softError).toBeNull();
  });

  // RFC 7413 §4.1.3.1: it may have been the data in the SYN.
  it.each<[name: string, changes: Partial<Tcb>, isRefused: boolean]>([
    [
      'in SYN-SENT, of a fast open',
      { state: TcpState.synSent, fastOpen: new FastOpenAttempt(null, false, 536, false) },
      true,
    ],
    ['in SYN-SENT, of a plain one', { state: TcpState.synSent }, false],
    ['later', { fastOpen: new FastOpenAttempt(null, false, 536, false) }, false],
  ])('leaves the server alone for a while, or not: %s', (_, changes, isRefused) => {
    const settings = { fastopen_refused_sec: 60 };
    expect(told('host-unreachable', { profile: 'rfc', settings }, changes).isRefused).toBe(isRefused);
  });

  it.each(['protocol-unreachable', 'port-unreachable'])('that is hard is soft once synchronized: %s', (kind) => {
    expect(told(kind, { settings: { hard_icmp_aborts: false } }, {}).tcb.softError).toBe('EHOSTUNREACH');
  });
});
