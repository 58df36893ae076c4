/**
 * RACK (RFC 8985 section 6): a segment is lost when one sent sufficiently later was delivered. Time takes the place of counting
 * duplicate ACKs, so that lost retransmissions and losses at the end of a flight are found as well, and reordering is forgiven
 * within a window that adapts.
 */
import { TICK_US } from '../../base/clock.ts';
import { CaState } from '../congestion/ca-state.ts';
import type { TcpEnvironment } from '../environment.ts';
import { isMtuProbe } from '../output/mtu-probing.ts';
import { seqMin } from '../seq.ts';
import type { RecoveryState } from '../tcb/recovery-state.ts';
import type { Scoreboard } from '../tcb/scoreboard.ts';
import { SegmentFlag } from '../tcb/segment-record.ts';
import { compareSent } from '../tcb/segment-store.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { armTimer, disarmTimer, TcpTimer } from '../timers.ts';
import type { AckSample } from './ack-sample.ts';

/** Bits of the setting `recovery`, as in Linux's tcp_recovery. */
export const RecoveryBit = { rack: 1, staticWindow: 2, noThreshold: 4 } as const;

/** RFC 8985 §6.2 step 4: recoveries for which a widened window is kept. */
const WINDOW_PERSIST = 16;
const WINDOW_STEPS_MAX = 255;
/** The timer fires a little after the window, so that what it waits for is surely over: two milliseconds, as in Linux. */
const TIMER_SLACK_US = 2000;
const LOOKS_MAX = 4;
/** Timestamps count whole milliseconds, and a paced segment may leave one after its own. */
const ECHO_SLACK_US = 2000;

// RFC 8985 §6.2 R8985-1: the segment sent last of those delivered is the measure.
/** RFC 8985 §6.2 step 2: the record at `slot` was delivered. Call before its flags change. */
export function rackDelivered(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, slot: number): void {
  const board = tcb.scoreboard;
  if (board === null) return;
  const sentUs = board.sentUs(slot);
  const rttUs = (env.clock.us - sentUs) | 0;
  if (board.flags(slot) & SegmentFlag.everRetransmitted && isOfOriginal(env, tcb, rttUs)) return;
  recovery.isRackAdvanced = true;
  recovery.rackRttUs = Math.max(1, rttUs);
  if (recovery.hasRack && !isSentAfter(board, slot, recovery.rackSentUs, recovery.rackSendOrder, recovery.rackEndSeq)) {
    return;
  }
  recovery.hasRack = true;
  recovery.rackSentUs = sentUs;
  recovery.rackSendOrder = board.sendOrder(slot);
  recovery.rackEndSeq = board.end(slot);
}

/** What leaves at `sentUs` finds nothing in flight: what was delivered so far left before it, and a time of long ago would be taken for one to come. */
export function rackResumes(recovery: RecoveryState, sentUs: number): void {
  recovery.rackSentUs = sentUs;
  recovery.rackSendOrder = recovery.sendOrder;
}

// RFC 8985 §6.2 R8985-2: an acknowledgment of the original says nothing about the copy.
/** A copy left `rttUs` ago: sooner than any round trip, or after the timestamp that is echoed, it is not what was acknowledged. */
function isOfOriginal(env: TcpEnvironment, tcb: Tcb, rttUs: number): boolean {
  const { echoAgeUs } = env.ackSample;
  if (tcb.minRttUs > 0 && rttUs < tcb.minRttUs) return true;
  if (env.settings.profile === 'rfc') return echoAgeUs - ECHO_SLACK_US >= rttUs;
  // Linux compares the timestamps themselves, which count milliseconds.
  const ageMs = env.clock.ms - Math.floor((env.clock.nowUs - rttUs) / 1000);
  return echoAgeUs > 1000 * (ageMs | 0);
}

// RFC 8985 §6.2: numbers break ties of time; here only between parts of one transmission, for a copy that was sent after newer
// data within the same microsecond is the later one all the same.
/** Positive when the record at `slot` left after another, negative when it left before. */
function compareParts(board: Scoreboard, slot: number, sentUs: number, sendOrder: number, end: number): number {
  const order = compareSent(board, slot, sentUs, sendOrder);
  return order === 0 ? (board.end(slot) - end) | 0 : order;
}

/** The record at `slot` left after another, known by its time, order of sending and end. */
export function isSentAfter(board: Scoreboard, slot: number, sentUs: number, sendOrder: number, end: number): boolean {
  return compareParts(board, slot, sentUs, sendOrder, end) > 0;
}

/** Something that left after the record at `slot` was delivered. */
function isOvertaken(recovery: RecoveryState, board: Scoreboard, slot: number): boolean {
  return compareParts(board, slot, recovery.rackSentUs, recovery.rackSendOrder, recovery.rackEndSeq) < 0;
}

// RFC 8985 §6.2 R8985-4, R8985-15: once reordering was seen, a number of SACKed segments proves nothing.
/** RFC 8985 §6.2 step 4: how long a segment may be overtaken before it counts as lost, microseconds. */
export function reorderingWindowUs(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState): number {
  const { settings } = env;
  if (recovery.reorderingSeen === 0) {
    if (tcb.caState >= CaState.recovery) return 0;
    const isEnough = (tcb.scoreboard?.sackedWeight ?? 0) >= recovery.reordering * tcb.sendMss;
    if (isEnough && (settings.recovery & RecoveryBit.noThreshold) === 0) return 0;
  }
  return Math.min((tcb.minRttUs >> 2) * recovery.windowSteps, tcb.srttUs);
}

// RFC 8985 §6.2 R8985-14: a step wider for each round trip with a D-SACK.
/** RFC 8985 §6.2 step 4: D-SACKs widen the window, at most once a round trip; it narrows after sixteen recoveries. */
export function updateReorderingWindow(env: TcpEnvironment, tcb: Tcb, ack: AckSample): void {
  const { recovery } = tcb;
  // A window of one step that no D-SACK has asked to widen is what it would be made.
  if (recovery === null || (!recovery.isDsackSeen && recovery.windowSteps === 1)) return;
  if (ack.intervalUs === 0 || env.settings.recovery & RecoveryBit.staticWindow) return;
  // The sample's segment left before the last adjustment: that D-SACK tells of the old window.
  if (((ack.priorDelivered - recovery.windowDelivered) | 0) < 0) recovery.isDsackSeen = false;
  if (recovery.isDsackSeen) {
    recovery.windowSteps = Math.min(WINDOW_STEPS_MAX, recovery.windowSteps + 1);
    recovery.isDsackSeen = false;
    recovery.windowDelivered = tcb.delivered | 0;
    recovery.windowPersist = WINDOW_PERSIST;
  } else if (recovery.windowPersist === 0) recovery.windowSteps = 1;
}

/** RFC 8985 §6.2 step 5, if anything newer was delivered since the last look. Returns the weight found lost. */
export function rackDetect(env: TcpEnvironment, tcb: Tcb): number {
  const { recovery } = tcb;
  if (!recovery?.isRackAdvanced) return 0;
  recovery.isRackAdvanced = false;
  return detectLoss(env, tcb, recovery);
}

/** Also run when the reordering timer expires. */
export function detectLoss(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState): number {
  const board = tcb.scoreboard;
  disarmTimer(tcb, TcpTimer.reordering);
  if (board === null || !recovery.hasRack) return 0;
  const windowUs = reorderingWindowUs(env, tcb, recovery);
  let lost = 0;
  let slot = board.oldestSent;
  while (slot >= 0) {
    board.visited++;
    if (!isOvertaken(recovery, board, slot)) break;
    // RFC 8985 §6.2 R8985-3, R8985-26: also what was sent again is judged by the time of its last departure.
    const remaining = (board.sentUs(slot) + recovery.rackRttUs + windowUs - env.clock.us) | 0;
    if (remaining > 0) {
      armReorderingTimer(env, tcb, recovery, board, slot, windowUs);
      break;
    }
    const next = board.nextSent(slot);
    lost += markLost(env, tcb, recovery, board, slot);
    slot = next;
  }
  return lost;
}

// RFC 8985 §6.2 R8985-5: one timer for all of them.
/** RFC 8985 §6.2 step 5: wakes when the last of those that were overtaken has had its time. */
function armReorderingTimer(
  env: TcpEnvironment,
  tcb: Tcb,
  recovery: RecoveryState,
  board: Scoreboard,
  first: number,
  windowUs: number,
): void {
  let last = first;
  let slot = board.nextSent(first);
  // A bounded look: with more of them the timer comes back for the rest.
  for (let looks = 0; slot >= 0 && looks < LOOKS_MAX; looks++, slot = board.nextSent(slot)) {
    board.visited++;
    if (!isOvertaken(recovery, board, slot)) break;
    last = slot;
  }
  const remaining = (board.sentUs(last) + recovery.rackRttUs + windowUs - env.clock.us) | 0;
  armTimer(env, tcb, TcpTimer.reordering, Math.ceil((remaining + TIMER_SLACK_US) / TICK_US));
}

/** One record is lost: it waits to be sent again. Returns its weight. */
export function markLost(
  env: TcpEnvironment,
  tcb: Tcb,
  recovery: RecoveryState,
  board: Scoreboard,
  slot: number,
): number {
  const weight = board.weight(slot);
  if (board.flags(slot) & SegmentFlag.retransmitted) env.extCounters.TCPLostRetransmit++;
  board.markLost(slot);
  recovery.retransmitSeq = seqMin(recovery.retransmitSeq, board.seq(slot));
  if (isMtuProbe(tcb, board.seq(slot))) return weight;
  tcb.lost += weight;
  const isAppLimited = (board.flags(slot) & SegmentFlag.appLimited) !== 0;
  tcb.congestion.onLost?.(env, tcb, weight, board.txInFlight(slot), board.lostAtSend(slot), isAppLimited);
  return weight;
}

// RFC 8985 §6.3 R8985-6: the first segment is lost, the rest only when its time is over.
/** RFC 8985 §6.3: after a timeout, what was sent so lately that its acknowledgment may still come is not lost yet. */
export function isRecentForRack(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, sentUs: number): boolean {
  if (env.settings.profile === 'rfc') {
    const dueUs = sentUs + recovery.rackRttUs + reorderingWindowUs(env, tcb, recovery);
    return recovery.hasRack && ((dueUs - env.clock.us) | 0) > 0;
  }
  // Linux grants no time for reordering here; and a SYN that was acknowledged has told RACK of a round trip.
  const rttUs = recovery.hasRack ? recovery.rackRttUs : tcb.isPassive ? 0 : tcb.minRttUs;
  return ((sentUs + rttUs - env.clock.us) | 0) > 0;
}
