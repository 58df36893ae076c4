/** The SYN-ACK of a half-open connection, and the other segments that speak for one: made from its record, sent as control segments. */
import type { PacketMemory } from '../../base/packet-memory.ts';
import { TCP_OPTIONS_MAX } from '../../wire/tcp.ts';
import { writeUserTimeout } from '../../wire/tcp-option-writers.ts';
import { TcpFlag } from '../../wire/tcp-segment.ts';
import { synAckEcnFlags } from '../ecn/negotiation.ts';
import { accEcnFieldsOnSynAck } from '../ecn/option-writing.ts';
import type { ControlSegment, TcpEnvironment } from '../environment.ts';
import { owedCookieSize, writeOwedCookie } from '../fast-open/syn-option.ts';
import { timestampValue } from '../input/timestamps.ts';
import { mssToAnnounce } from '../output/mss.ts';
import { Agreed } from '../tcb/tcb.ts';
import { connectionLabel } from '../transitions.ts';
import { USER_TIMEOUT_LENGTH } from '../user-timeout.ts';
import type { HalfOpen } from './listener.ts';
import { synTermsSize, writeMssUnlessDefault, writeSynTerms } from './syn-writers.ts';

/** Sends it, for the first time or again. @param reason what an observer is told */
export function sendSynAck(env: TcpEnvironment, entry: HalfOpen, reason = 'syn-ack'): void {
  const { ecn } = entry;
  const isDctcp = entry.listener.isDctcp(env.settings);
  const flags = TcpFlag.syn | TcpFlag.ack | (ecn === null ? 0 : synAckEcnFlags(env, ecn, isDctcp, entry.timeouts));
  // RFC 7323 §2.2: the window of a SYN is never scaled.
  const control = controlOf(env, entry, entry.iss, flags, entry.rcvWnd);
  control.synAck = entry;
  control.codepoint = ecn?.codepoint ?? 0;
  env.sendControl(control);
  env.observer?.observe({
    kind: 'segment-sent',
    timeUs: env.clock.nowUs,
    ...connectionLabel(entry.id, entry.key),
    reason,
    seq: entry.iss,
    ack: entry.rcvNxt,
    flags,
    payloadLength: 0,
  });
}

/** <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>: the answer to what is not acceptable. */
export function sendHalfOpenAck(env: TcpEnvironment, entry: HalfOpen): void {
  const control = controlOf(env, entry, (entry.iss + 1) | 0, TcpFlag.ack, entry.rcvWnd >>> entry.rcvScale);
  control.hasTimestamps = entry.has(Agreed.timestamps);
  env.sendControl(control);
}

/** The peer must begin anew. */
export function sendHalfOpenReset(env: TcpEnvironment, entry: HalfOpen): void {
  const window = env.settings.profile === 'linux' ? entry.rcvWnd >>> entry.rcvScale : 0;
  env.sendControl(controlOf(env, entry, (entry.iss + 1) | 0, TcpFlag.rst | TcpFlag.ack, window));
}

function controlOf(env: TcpEnvironment, entry: HalfOpen, seq: number, flags: number, window: number): ControlSegment {
  return {
    key: entry.key,
    seq,
    ack: entry.rcvNxt,
    flags,
    window,
    hasTimestamps: false,
    timestampValue: timestampValue(env, entry),
    timestampEcho: entry.tsRecent,
    parameters: entry,
  };
}

// RFC 9293 §3.7.1 MUST-14: the MSS option is sent.
/**
 * Writes the options, a signature that stands before them not among them; returns the offset behind them.
 * @param start where the header's options begin
 */
export function writeSynAckOptions(
  env: TcpEnvironment,
  entry: HalfOpen,
  memory: PacketMemory,
  start: number,
  offset: number,
): number {
  const { settings } = env;
  const { family } = entry.key.remoteAddress;
  const mss = mssToAnnounce(settings, entry.path, family, entry.listener.defaults.rare ?? null);
  let at = writeMssUnlessDefault(settings, family, memory, offset, mss);
  const terms = {
    timestamps: entry.has(Agreed.timestamps),
    sack: entry.has(Agreed.sack),
    scale: entry.has(Agreed.windowScale) ? entry.offeredScale : -1,
  };
  const others = at - start + synTermsSize(terms) + owedCookieSize(entry);
  const counters = accEcnFieldsOnSynAck(entry.ecn, entry.timeouts, TCP_OPTIONS_MAX - others);
  at = writeSynTerms(env, entry.ecn, memory, at, terms, counters, timestampValue(env, entry), entry.tsRecent);
  at = writeOwedCookie(env, entry, memory, start, at);
  const seconds = settings.user_timeout_option;
  const isFull = at - start + USER_TIMEOUT_LENGTH > TCP_OPTIONS_MAX;
  return seconds === 0 || isFull ? at : writeUserTimeout(memory, at, seconds);
}
