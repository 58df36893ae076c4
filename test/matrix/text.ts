/**
 * The fifth to the eighth check of RFC 9293 §3.10.7.4: ACK, text and FIN of a segment that passed the first four.
 *
 * "Trimmed" below means: octets and FIN outside the window are taken off first.
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
  type State,
  stay,
  type Tcb,
} from './segment.ts';

const NONE: Reply = { kind: 'none' };

export function judgeText(tcb: Tcb, segment: Segment, options: Options): Outcome[] {
  const bad = judgeAck(tcb, segment, options);
  if (bad !== null) return bad;
  const out: Outcome[] = [];
  // In order the ACK field counts at once. A segment beyond RCV.NXT "SHOULD be held" as a whole (SHLD-31), so its ACK may count now or later.
  const ahead = diff(segment.seq, tcb.rcvNxt) > 0;
  out.push(...judgeRest(tcb, segment, stateAfterAck(tcb, segment), options));
  if (ahead && tcb.state !== 'SYN-RECEIVED') out.push(...judgeRest(tcb, segment, tcb.state, options));
  return out;
}

/** Fifth check: null when the ACK is one to go on with. */
function judgeAck(tcb: Tcb, segment: Segment, options: Options): Outcome[] | null {
  const rule = 'RFC 9293 §3.10.7.4 fifth';
  const refusal = ackOf(tcb.sndNxt, tcb.rcvNxt, 'now');
  const future = diff(segment.ackNo, tcb.sndNxt) > 0;
  // The circle has no "too old" further back than half of it: what is neither future nor in range is old.
  const acked = diff(tcb.sndUna, tcb.iss) - (tcb.passive ? 1 : 0);
  const most =
    options.oldAckBoundByOctets && tcb.state !== 'TIME-WAIT' ? Math.min(acked, tcb.maxSndWnd) : tcb.maxSndWnd;
  const tooOld = !future && diff(segment.ackNo, tcb.sndUna) < -most;
  if (tcb.state === 'SYN-RECEIVED') {
    if (!future && diff(segment.ackNo, tcb.sndUna) > 0) return null;
    const reset = stay(tcb, { kind: 'rst', seq: [segment.ackNo], ack: null }, `${rule}, SYN-RECEIVED resets a bad ACK`);
    return future || tooOld ? [reset, stay(tcb, refusal, 'RFC 5961 §5.2')] : [reset];
  }
  if (future) return [stay(tcb, refusal, `${rule}, ACK of the unsent`)];
  if (!tooOld) return null;
  // A TIME-WAIT record may have forgotten MAX.SND.WND: the check is a MAY (MAY-12) and this state's own answer is an ACK or nothing.
  const refused = stay(tcb, refusal, 'RFC 5961 §5.2');
  return tcb.state === 'TIME-WAIT' ? [refused, stay(tcb, NONE, rule)] : [refused];
}

function stateAfterAck(tcb: Tcb, segment: Segment): State {
  const allAcked = segment.ackNo === tcb.sndNxt;
  switch (tcb.state) {
    case 'SYN-RECEIVED':
      return 'ESTABLISHED';
    // In these states our FIN is the last octet before SND.NXT.
    case 'FIN-WAIT-1':
      return allAcked ? 'FIN-WAIT-2' : 'FIN-WAIT-1';
    case 'CLOSING':
      return allAcked ? 'TIME-WAIT' : 'CLOSING';
    case 'LAST-ACK':
      return allAcked ? 'CLOSED' : 'LAST-ACK';
    default:
      return tcb.state;
  }
}

/** Sixth to eighth check, with `state` what the ACK has made of the connection. */
function judgeRest(tcb: Tcb, segment: Segment, state: State, options: Options): Outcome[] {
  const told = tcb.state === 'SYN-RECEIVED' && state === 'ESTABLISHED' ? 'established' : 'nothing';
  if (state === 'CLOSED') return [outcome('CLOSED', NONE, 'RFC 9293 §3.10.7.4 fifth, LAST-ACK')];
  const refusal = ackOf(tcb.sndNxt, tcb.rcvNxt, 'now');
  const left = diff(segment.seq, tcb.rcvNxt);
  const bare = length(segment) === 0;
  const rule = 'RFC 9293 §3.10.7.4 seventh';
  if (state !== 'ESTABLISHED' && state !== 'FIN-WAIT-1' && state !== 'FIN-WAIT-2') {
    if (options.textBeyondFinReset && state !== 'TIME-WAIT' && left < 0 && segment.text + left > 0)
      return [{ ...lost(tcb, segment), told: 'reset', rule: `${rule}, text beyond FIN is reset` }];
    // The peer has sent its FIN: text is ignored, a FIN changes nothing. TIME-WAIT acknowledges what it is sent.
    const silent = outcome(state, NONE, `${rule}, text after FIN is ignored`, told);
    const answered = outcome(state, refusal, `${rule}, acknowledged again`, told);
    if (bare && state !== 'TIME-WAIT' && left === 0) return [silent];
    return [silent, answered];
  }
  if (left > 0) {
    const held = outcome(state, refusal, 'RFC 9293 §3.10.7.4 SHLD-31, MAY-13; RFC 5681 §4.2', told);
    const silent = outcome(state, NONE, 'RFC 9293 §3.10.7.4 SHLD-31', told);
    if (segment.text === 0) return [silent, held];
    return tcb.readerGone ? [held, lost(tcb, segment)] : [held];
  }
  // Trim: what lies left of RCV.NXT, then what lies right of the window.
  const fresh = segment.text + left;
  const octets = Math.max(0, Math.min(fresh, tcb.rcvWnd));
  const fin = segment.fin && fresh >= 0 && octets === fresh && octets < tcb.rcvWnd;
  if (octets > 0 && tcb.readerGone) return [lost(tcb, segment)];
  const rcvNxt = add(tcb.rcvNxt, octets + (fin ? 1 : 0));
  if (octets === 0 && !fin) {
    // Nothing new: a bare ACK is not answered; an old segment (it passed by a habit of Linux) is, in its time where the window is shut.
    if (bare && left === 0) return [outcome(state, NONE, 'RFC 9293 §3.10.7.4 fifth', told)];
    const reply = tcb.rcvWnd > 0 ? refusal : ackOf(tcb.sndNxt, tcb.rcvNxt, 'later');
    return [outcome(state, reply, `${rule}, nothing new`, told)];
  }
  const next = fin ? stateAfterFin(state) : state;
  return [
    {
      state: next,
      reply: ackOf(tcb.sndNxt, rcvNxt, 'later'),
      told,
      octets,
      fin,
      rule: fin ? 'RFC 9293 §3.10.7.4 eighth' : rule,
    },
  ];
}

/** Text for a user who has closed and will never read it. */
function lost(tcb: Tcb, segment: Segment): Outcome {
  const reply: Reply = { kind: 'rst', seq: [tcb.sndNxt, segment.ackNo], ack: 'any' };
  return outcome('CLOSED', reply, 'RFC 9293 §3.6.1 SHLD-3');
}

function stateAfterFin(state: State): State {
  if (state === 'ESTABLISHED') return 'CLOSE-WAIT';
  return state === 'FIN-WAIT-1' ? 'CLOSING' : 'TIME-WAIT';
}
