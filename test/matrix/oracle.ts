/**
 * What may come of a segment that arrives, by RFC 9293 §3.10.7, RFC 5961 and RFC 7323 §5: the judge of `matrix.test.ts`.
 *
 * Pure and independent: it imports nothing of the stack and was written before the stack was read. Where the text leaves a choice
 * (MAY, "could be", two sections that differ) the answer holds more than one outcome; everything outside the list is wrong.
 */
import type { Options } from './options.ts';
import {
  ackOf,
  add,
  diff,
  length,
  type Outcome,
  outcome,
  type Reply,
  type Segment,
  stay,
  type Tcb,
} from './segment.ts';
import { judgeText } from './text.ts';

const NONE: Reply = { kind: 'none' };

/** Every outcome that the RFCs allow, with `options` naming the habits of Linux that are granted. */
export function judge(tcb: Tcb, segment: Segment, options: Options): Outcome[] {
  switch (tcb.state) {
    case 'CLOSED':
      return [stay(tcb, resetUnknown(segment), 'RFC 9293 §3.10.7.1')];
    case 'LISTEN':
      return judgeListen(tcb, segment, options);
    case 'SYN-SENT':
      return judgeSynSent(tcb, segment, options);
    default:
      return judgeOther(tcb, segment, options);
  }
}

/** §3.10.7.1, §3.5.2 group 1: the reset must be acceptable to whoever sent the segment. */
function resetUnknown(segment: Segment): Reply {
  if (segment.rst) return NONE;
  if (segment.ack) return { kind: 'rst', seq: [segment.ackNo], ack: null };
  return { kind: 'rst', seq: [0], ack: add(segment.seq, length(segment)) };
}

function judgeListen(tcb: Tcb, segment: Segment, options: Options): Outcome[] {
  const rule = 'RFC 9293 §3.10.7.2';
  if (segment.rst) return [stay(tcb, NONE, `${rule} first, a RST is ignored`)];
  if (segment.ack)
    return [stay(tcb, { kind: 'rst', seq: [segment.ackNo], ack: null }, `${rule} second, any ACK is bad`)];
  if (!segment.syn) return [stay(tcb, NONE, `${rule} fourth, should not be reached`)];
  if (segment.fin && options.synFinDropped) return [stay(tcb, NONE, 'Linux tcp_rcv_state_process')];
  return synReceived(segment, `${rule} third`);
}

/** Text of a SYN waits until ESTABLISHED; whether the SYN-ACK counts it already is left open. A FIN cannot be counted yet. */
function synReceived(segment: Segment, rule: string): Outcome[] {
  const first = add(segment.seq, 1);
  const acks = segment.text === 0 ? [first] : [first, add(first, segment.text)];
  return acks.map((ack) => outcome('SYN-RECEIVED', { kind: 'syn-ack', seq: null, ack }, rule));
}

function judgeSynSent(tcb: Tcb, segment: Segment, options: Options): Outcome[] {
  const rule = 'RFC 9293 §3.10.7.3';
  if (segment.ack && (diff(segment.ackNo, tcb.iss) <= 0 || diff(segment.ackNo, tcb.sndNxt) > 0)) {
    if (segment.rst) return [stay(tcb, NONE, `${rule} first, a RST with a bad ACK is dropped`)];
    return [stay(tcb, { kind: 'rst', seq: [segment.ackNo], ack: null }, `${rule} first, a bad ACK is reset`)];
  }
  if (segment.rst) {
    if (!segment.ack) return [stay(tcb, NONE, `${rule} second, a RST without ACK is dropped`)];
    // The text says "connection reset"; a reset of a SYN is what sockets call refused (POSIX connect).
    return [outcome('CLOSED', NONE, `${rule} second`, 'refused'), outcome('CLOSED', NONE, `${rule} second`, 'reset')];
  }
  if (!segment.syn) return [stay(tcb, NONE, `${rule} fifth, neither SYN nor RST`)];
  const first = add(segment.seq, 1);
  if (!segment.ack) {
    const reply: Reply = { kind: 'syn-ack', seq: tcb.iss, ack: first };
    return [outcome('SYN-RECEIVED', reply, `${rule} fourth, simultaneous open (MUST-10)`)];
  }
  const plain = outcome('ESTABLISHED', ackOf(tcb.sndNxt, first, 'now'), `${rule} fourth`, 'established');
  if (segment.text === 0 && !segment.fin) return [plain];
  if (options.synAckTextIgnored) return [plain];
  const octets = Math.min(segment.text, tcb.rcvWnd);
  const fin = segment.fin && octets === segment.text && octets < tcb.rcvWnd;
  const last = add(first, octets + (fin ? 1 : 0));
  const reply: Reply = { kind: 'ack', seq: tcb.sndNxt, ack: last, when: 'later', before: first };
  return [
    {
      state: fin ? 'CLOSE-WAIT' : 'ESTABLISHED',
      reply,
      told: 'established',
      octets,
      fin,
      rule: `${rule} fourth, then §3.10.7.4 sixth`,
    },
  ];
}

/** §3.10.7.4: every state from SYN-RECEIVED on. */
function judgeOther(tcb: Tcb, segment: Segment, options: Options): Outcome[] {
  const rule = 'RFC 9293 §3.10.7.4';
  const refusal = ackOf(tcb.sndNxt, tcb.rcvNxt, 'now');
  const reopened = judgeReopening(tcb, segment);
  if (reopened !== null) return reopened;
  if (tcb.state === 'TIME-WAIT' && options.timeWaitBySequence) return judgeTimeWaitBySequence(tcb, segment, refusal);
  const repeatedSyn = tcb.state === 'SYN-RECEIVED' && segment.syn && !segment.ack && segment.seq === tcb.irs;
  if (repeatedSyn && !segment.rst && options.repeatedSynAnswered) {
    const again: Reply = { kind: 'syn-ack', seq: tcb.iss, ack: tcb.rcvNxt };
    return [stay(tcb, again, 'the SYN-ACK again'), stay(tcb, refusal, `${rule} first`)];
  }
  const isHalfOpen = tcb.state === 'SYN-RECEIVED' && tcb.passive;
  if (!isHalfOpen && options.sayingNothingDropped && !segment.ack && !segment.rst && !segment.syn)
    return [stay(tcb, NONE, 'nothing is said')];
  if (isHalfOpen && options.halfOpenAckFirst && segment.ack && !segment.rst && segment.ackNo !== add(tcb.iss, 1)) {
    return [stay(tcb, resetUnknown(segment), 'no half-open connection of that number: RFC 9293 §3.10.7.2 second')];
  }
  if (tcb.tsRecent !== null && !segment.rst) {
    if (segment.tsval === null && !options.missingTimestampProcessed) {
      const dropped = stay(tcb, NONE, 'RFC 7323 §3.2, no timestamp');
      // RFC 5961 §4.2 answers every SYN; RFC 7323 §3.2 says drop. Either holds.
      return segment.syn ? [dropped, stay(tcb, refusal, 'RFC 5961 §4.2')] : [dropped];
    }
    const least = options.timestampOneBehind && !isHalfOpen ? -1 : 0;
    if (segment.tsval !== null && diff(segment.tsval, tcb.tsRecent) < least)
      return [stay(tcb, refusal, 'RFC 7323 §5.3 R1')];
  }
  const simultaneous = judgeSimultaneous(tcb, segment, options);
  if (simultaneous !== null) return simultaneous;
  if (segment.rst) return judgeReset(tcb, segment, options);
  const counts = options.ackAtEdgeCounts && !isHalfOpen && isAckAtEdge(tcb, segment);
  if (!segment.syn && endsAtEdge(tcb, segment, options))
    return segment.ack ? judgeText(tcb, segment, options) : [stay(tcb, NONE, rule)];
  if (!counts && !isAcceptable(tcb, segment)) return judgeUnacceptable(tcb, segment, options, refusal);
  if (segment.syn) return judgeSyn(tcb, segment, options, refusal);
  if (!segment.ack) return [stay(tcb, NONE, `${rule} fifth, no ACK`)];
  return judgeText(tcb, segment, options);
}

/** Table 6 of §3.10.7.4: the four cases. */
function isAcceptable(tcb: Tcb, segment: Segment): boolean {
  const count = length(segment);
  const left = diff(segment.seq, tcb.rcvNxt);
  const right = left + count;
  const wnd = tcb.rcvWnd;
  if (wnd === 0) return left === 0 && count === 0;
  if (count === 0) return left >= 0 && left < wnd;
  return (left >= 0 && left < wnd) || (right > 0 && right <= wnd);
}

/** Nothing but an ACK, where the window ends. */
function isAckAtEdge(tcb: Tcb, segment: Segment): boolean {
  return segment.ack && length(segment) === 0 && tcb.rcvWnd > 0 && diff(segment.seq, tcb.rcvNxt) === tcb.rcvWnd;
}

/** All of it is old, and its end is what was acknowledged last. */
function endsAtEdge(tcb: Tcb, segment: Segment, options: Options): boolean {
  const count = length(segment);
  const isOpen = tcb.state !== 'SYN-RECEIVED';
  return options.endAtEdgeCounts && isOpen && count > 0 && diff(segment.seq, tcb.rcvNxt) + count === 0;
}

/** First check. With a closed window the ACK of a segment that starts at RCV.NXT still counts. */
function judgeUnacceptable(tcb: Tcb, segment: Segment, options: Options, refusal: Reply): Outcome[] {
  const refused = stay(tcb, refusal, 'RFC 9293 §3.10.7.4 first');
  if (tcb.rcvWnd !== 0 || segment.syn || !segment.ack || segment.seq !== tcb.rcvNxt) return [refused];
  if (options.finPassesClosedWindow && segment.fin && segment.text === 0) {
    return judgeText({ ...tcb, rcvWnd: 1 }, segment, options);
  }
  // Of the segment only its ACK is left; the refusal is sent all the same.
  const bare: Segment = { ...segment, text: 0, fin: false };
  const taken = judgeText(tcb, bare, options);
  return taken.map((one) =>
    one.reply.kind === 'none' && one.state !== 'CLOSED'
      ? { ...one, reply: refusal, rule: 'RFC 9293 §3.10.7.4 first, zero window' }
      : one,
  );
}

/** Second check, with RFC 5961 §3.2. A RST may carry text (SHLD-2) and counts with a closed window too (MUST-66). */
function judgeReset(tcb: Tcb, segment: Segment, options: Options): Outcome[] {
  const rule = 'RFC 9293 §3.10.7.4 second';
  const left = diff(segment.seq, tcb.rcvNxt);
  const inside = left >= 0 && left < tcb.rcvWnd;
  const isBehindFin = tcb.state === 'CLOSE-WAIT' || tcb.state === 'CLOSING' || tcb.state === 'LAST-ACK';
  if (left !== 0 && !(options.resetInFinsPlace && isBehindFin && left === -1)) {
    const overlaps = isAcceptable(tcb, segment) || endsAtEdge(tcb, segment, options);
    const reaches = options.overlappingResetChallenged && left < 0 && overlaps;
    if (!inside && !reaches) return [stay(tcb, NONE, `${rule}, outside the window`)];
    return [stay(tcb, ackOf(tcb.sndNxt, tcb.rcvNxt, 'now'), `${rule}, RFC 5961 §3.2 challenge`)];
  }
  switch (tcb.state) {
    case 'SYN-RECEIVED':
      return tcb.passive
        ? [outcome('LISTEN', NONE, `${rule}, back to LISTEN`)]
        : [
            outcome('CLOSED', NONE, `${rule}, refused`, 'refused'),
            outcome('CLOSED', NONE, `${rule}, refused`, 'reset'),
          ];
    case 'TIME-WAIT':
      return [outcome('CLOSED', NONE, rule)];
    case 'CLOSING':
    case 'LAST-ACK':
      // The state list signals nothing here; MUST-12 lets the user tell an abort from an orderly end.
      return [outcome('CLOSED', NONE, rule), outcome('CLOSED', NONE, `${rule}, §3.6 MUST-12`, 'reset')];
    default:
      return [outcome('CLOSED', NONE, rule, 'reset')];
  }
}

/** Fourth check. */
function judgeSyn(tcb: Tcb, segment: Segment, options: Options, refusal: Reply): Outcome[] {
  const rule = 'RFC 9293 §3.10.7.4 fourth';
  if (tcb.state !== 'SYN-RECEIVED' || !tcb.passive) return [stay(tcb, refusal, `${rule}, RFC 5961 §4.2 challenge`)];
  const back = outcome('LISTEN', options.halfOpenSynReset ? resetUnknown(segment) : NONE, `${rule}, back to LISTEN`);
  if (diff(segment.seq, tcb.rcvNxt) >= 0) return [back];
  // The SYN lies left of the window: trimmed away, and the rest goes on; or answered as RFC 5961 §4.2 answers every SYN; or, by the
  // letter of the fourth check, the end of this half-open connection.
  const rest: Segment = { ...segment, syn: false, seq: add(segment.seq, 1) };
  const trimmed = rest.ack ? judgeText(tcb, rest, options) : [stay(tcb, NONE, `${rule}, trimmed`)];
  return [...trimmed, stay(tcb, refusal, 'RFC 5961 §4.2'), back];
}

/** Figure 7 of §3.5 takes a SYN-ACK at IRS in SYN-RECEIVED as an ACK at RCV.NXT; the first check alone would refuse it. */
function judgeSimultaneous(tcb: Tcb, segment: Segment, options: Options): Outcome[] | null {
  if (tcb.state !== 'SYN-RECEIVED' || tcb.passive || segment.rst || !segment.syn || !segment.ack) return null;
  if (segment.seq !== tcb.irs) return null;
  const rule = 'RFC 9293 §3.5 figure 7 (MUST-10)';
  const refusal = ackOf(tcb.sndNxt, tcb.rcvNxt, 'now');
  const rest = judgeText(tcb, { ...segment, syn: false, seq: add(segment.seq, 1) }, options);
  const answered = rest.filter((one) => one.reply.kind === 'none').map((one) => ({ ...one, reply: refusal, rule }));
  return [...rest, ...answered, stay(tcb, refusal, 'RFC 9293 §3.10.7.4 first')];
}

/** TIME-WAIT as `tcp_timewait_state_process` has it. */
function judgeTimeWaitBySequence(tcb: Tcb, segment: Segment, refusal: Reply): Outcome[] {
  const rule = 'Linux tcp_timewait_state_process';
  const old = tcb.tsRecent !== null && segment.tsval !== null && diff(segment.tsval, tcb.tsRecent) < 0;
  const inPlace = segment.seq === tcb.rcvNxt && !old;
  if (segment.rst) return inPlace ? [outcome('CLOSED', NONE, rule)] : [stay(tcb, NONE, rule)];
  return inPlace && length(segment) === 0 ? [stay(tcb, NONE, rule)] : [stay(tcb, refusal, rule)];
}

/** TIME-WAIT may open anew for a SYN that is surely not old (§3.6.1 MAY-2, RFC 6191 §2). Null: it is not such a SYN. */
function judgeReopening(tcb: Tcb, segment: Segment): Outcome[] | null {
  if (tcb.state !== 'TIME-WAIT' || !segment.syn || segment.rst || segment.ack) return null;
  const refused = stay(tcb, ackOf(tcb.sndNxt, tcb.rcvNxt, 'now'), 'RFC 5961 §4.2');
  const newer = diff(segment.seq, tcb.rcvNxt) >= 0;
  const { tsRecent } = tcb;
  let fresh = newer;
  if (tsRecent !== null && segment.tsval !== null) {
    const age = diff(segment.tsval, tsRecent);
    fresh = age > 0 || (age === 0 && newer);
  } else if (tsRecent === null && segment.tsval !== null) fresh = true;
  const silent = tsRecent !== null && segment.tsval === null ? [stay(tcb, NONE, 'RFC 6191 §2, RFC 7323 §3.2')] : [];
  if (!fresh) return [refused, ...silent];
  const opened = tcb.listening
    ? synReceived(segment, 'RFC 9293 §3.6.1 MAY-2, RFC 6191 §2')
    : [outcome('CLOSED', resetUnknown(segment), 'RFC 6191 §2, then RFC 9293 §3.10.7.1')];
  return [...opened, refused, ...silent];
}
