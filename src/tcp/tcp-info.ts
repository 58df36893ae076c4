/**
 * A connection in figures: the fields of Linux's `struct tcp_info` under their names in camel case, with the unit where it
 * is not obvious (`docs/tcp-info.md` has them side by side). Filling a record takes constant time and allocates nothing, so
 * that it may be done for every segment.
 */
import { TICK_US, TICKS_PER_MS } from '../base/clock.ts';
import { TcpOptionSize } from '../wire/tcp-option-writers.ts';
import { EcnMode, type EcnState } from './ecn/ecn-state.ts';
import { firstSpace } from './input/receive-tuning.ts';
import { firstWindow, widestWindow } from './input/window.ts';
import { assumedMss } from './opening/syn-options.ts';
import { fixedOptionsLength } from './output/mss.ts';
import { segmentsDelivered, ticksSpent } from './output/occupation.ts';
import { pacingRateOf } from './output/pacing.ts';
import { boundToWindow } from './output/payload.ts';
import { MSS_MIN } from './output/segment-size.ts';
import type { TcpSettings } from './settings.ts';
import { TcpState, type TcpStateName, tcpStateName } from './state.ts';
import { Occupation } from './tcb/send-history.ts';
import { Agreed, INFINITE_SSTHRESH, type Tcb } from './tcb/tcb.ts';

/** Bits of `TcpInfo.options`, Linux's TCPI_OPT_*. */
export const TcpInfoOption = {
  timestamps: 1,
  sack: 2,
  windowScale: 4,
  /** ECN was agreed on, and: a packet with an ECN codepoint has come. */
  ecn: 8,
  ecnSeen: 16,
  /** Data on the SYN was acknowledged (Fast Open). */
  synData: 32,
  /** Timestamps count microseconds. */
  microsecondTimestamps: 64,
  /** Made by a SYN that carried data (Fast Open, the server's end). */
  fastOpenChild: 128,
} as const;

/** Where loss recovery stands, as Linux writes it; the index is `tcpi_ca_state`. */
export const CA_STATE_NAMES = ['Open', 'Disorder', 'CWR', 'Recovery', 'Loss'] as const;
export type CaStateName = (typeof CA_STATE_NAMES)[number];

/**
 * Amounts "in segments" are counted in segments of `sndMss` octets. Times are the driver's. What is not known is 0, unless
 * a field says otherwise.
 */
export class TcpInfo {
  state: TcpStateName = 'CLOSED';
  caState: CaStateName = 'Open';
  /** Retransmission timeouts in a row. */
  retransmits = 0;
  /** Zero-window and keep-alive probes without an answer. */
  probes = 0;
  /** How often the RTO has been doubled. */
  backoff = 0;
  /** TcpInfoOption bits. */
  options = 0;
  /** Window scales, the peer's and ours; 0 when none were agreed on. */
  sndWscale = 0;
  rcvWscale = 0;
  /** `deliveryRate` was measured while the program, not the path, set the pace. */
  deliveryRateAppLimited = false;
  /** Why Fast Open did not help: 0 not known, 1 no cookie, 2 the data was not taken, 3 the SYN had to go again. */
  fastopenClientFail = 0;
  rtoUs = 0;
  /** How long an acknowledgment is delayed at most; 0 before any data has come. */
  atoUs = 0;
  /** Payload octets of a full segment, ours; and the largest the peer has sent lately. */
  sndMss = 0;
  rcvMss = 0;
  /** In segments: sent and not acknowledged cumulatively; of these SACKed, judged lost, and sent again. */
  unacked = 0;
  sacked = 0;
  lost = 0;
  retrans = 0;
  /** Always 0, as on Linux since 4.15. */
  fackets = 0;
  /** Milliseconds since data was sent or the handshake was over; since data came, and since an ACK came. */
  lastDataSentMs = 0;
  /** Always 0, as on Linux. */
  lastAckSentMs = 0;
  lastDataRecvMs = 0;
  lastAckRecvMs = 0;
  /** Octets of an IP packet. */
  pmtu = 0;
  /** Octets of window to which offers may grow now. */
  rcvSsthresh = 0;
  /** Smoothed round-trip time and its mean deviation. */
  rttUs = 0;
  rttvarUs = 0;
  /** In segments; 0x7fffffff: no loss so far. */
  sndSsthresh = 0;
  /** In segments. */
  sndCwnd = 0;
  /** MSS we announced, octets. */
  advmss = 0;
  /** In segments: by how many the network is thought to reorder. */
  reordering = 0;
  /** Round-trip time as the receiver measures it, by timestamp echo or a window's worth of data; 0: not known. */
  rcvRttUs = 0;
  /** Octets the program read in its best round trip, by which the receive window is tuned; an initial window at first. */
  rcvSpace = 0;
  /** Segments sent again over the connection's life, SYNs included. */
  totalRetrans = 0;
  /** Octets per second; 0: no limit. */
  pacingRate = 0;
  maxPacingRate = 0;
  /** Octets of payload. */
  bytesAcked = 0;
  bytesReceived = 0;
  segsOut = 0;
  segsIn = 0;
  /** Octets written and never sent. */
  notsentBytes = 0;
  minRttUs = 0;
  /** Segments with payload. */
  dataSegsIn = 0;
  dataSegsOut = 0;
  /** Octets per second, the latest that counts. */
  deliveryRate = 0;
  /** Time with data waiting or unacknowledged; of it, held back by the peer's window, and by the size of the send buffer. */
  busyTimeUs = 0;
  rwndLimitedUs = 0;
  sndbufLimitedUs = 0;
  /** In segments: delivered, SACKed ones and the SYN included; delivered with a congestion mark. */
  delivered = 0;
  deliveredCe = 0;
  /** Octets of payload, what was sent again included; and only that. */
  bytesSent = 0;
  bytesRetrans = 0;
  /** Duplicates the peer has reported (D-SACK), in reports. */
  dsackDups = 0;
  /** Times reordering was seen. */
  reordSeen = 0;
  /** Segments with payload that came out of order. */
  rcvOoopack = 0;
  /** The peer's window, octets, and ours. */
  sndWnd = 0;
  rcvWnd = 0;
  /** Changes of the flow label because of timeouts: always 0, the label stays. */
  rehash = 0;
  /** Retransmission timeouts over the connection's life, runs of them, and milliseconds spent in such runs. */
  totalRto = 0;
  totalRtoRecoveries = 0;
  totalRtoTimeMs = 0;
  /** Accurate ECN (RFC 9768): marked packets received, and octets by codepoint as the peer and as we have counted them. */
  receivedCe = 0;
  deliveredE1Bytes = 0;
  deliveredE0Bytes = 0;
  deliveredCeBytes = 0;
  receivedE1Bytes = 0;
  receivedE0Bytes = 0;
  receivedCeBytes = 0;
  accecnFailMode = 0;
  accecnOptSeen = 0;
}

/** Silence is told up to this; ticks come round after it. */
const SILENCE_MAX_MS = 2 ** 31 / 10;
const UNLIMITED = 2 ** 50;

/** What filling a record needs of the connection's surroundings. */
export interface InfoSource {
  readonly settings: TcpSettings;
}

/** Fills `into` with the state of `tcb` at `nowUs`, the driver's time. Returns it. */
export function fillTcpInfo(source: InfoSource, tcb: Tcb, into: TcpInfo, nowUs: number): TcpInfo {
  const nowTick = Math.floor(nowUs / (1000 / TICKS_PER_MS)) | 0;
  const { settings } = source;
  into.state = tcpStateName(tcb.state);
  into.retransmits = tcb.timeouts;
  into.probes = Math.max(tcb.probes, tcb.keepAliveProbes);
  into.options = optionBits(tcb);
  into.fastopenClientFail = tcb.fastOpen?.failure ?? 0;
  const isScaled = tcb.has(Agreed.windowScale);
  into.sndWscale = isScaled ? tcb.sndScale : 0;
  into.rcvWscale = isScaled ? tcb.rcvScale : 0;
  into.sndMss = settings.profile === 'linux' ? linuxMss(tcb) : tcb.sendMss;
  into.pmtu = tcb.pathMtu;
  // Linux takes the timestamps off what it has announced, once they are agreed on.
  const fixed = settings.profile === 'linux' && tcb.state >= TcpState.established ? fixedOptionsLength(tcb) : 0;
  into.advmss = tcb.advertisedMss - fixed;
  into.bytesAcked = tcb.bytesAcked;
  into.bytesSent = tcb.bytesSent;
  into.segsOut = tcb.segmentsOut;
  into.segsIn = tcb.segmentsIn;
  // A FIN that waits is one.
  into.notsentBytes = tcb.unsentLength + (tcb.finQueued && !tcb.finSent ? 1 : 0);
  into.sndWnd = tcb.sndWnd;
  into.lastDataSentMs = tcb.state < TcpState.synReceived ? 0 : silenceMs(nowTick, tcb.lastSendTick);
  fillTimes(settings, tcb, into);
  fillWindows(settings, tcb, into);
  fillReceived(settings, tcb, into, nowTick);
  fillMarks(tcb.ecn, into);
  fillHistory(tcb, into, nowTick, nowUs);
  if (tcb.state === TcpState.synSent && settings.profile === 'linux') fillOpening(settings, tcb, into);
  return into;
}

/** Linux tells the size without what an MD5 signature takes of it. */
function linuxMss(tcb: Tcb): number {
  const signature = tcb.auth?.kind === 'md5' ? tcb.auth.optionLength : 0;
  return boundToWindow(tcb, tcb.sendMss) + signature;
}

/** What Linux says while its SYN waits for an answer. */
function fillOpening(settings: TcpSettings, tcb: Tcb, into: TcpInfo): void {
  const largest = assumedMss(tcb) || tcb.sendMss;
  into.sndMss = largest - (settings.timestamps ? TcpOptionSize.timestamps : 0);
  into.rcvMss = MSS_MIN;
  into.unacked = 1;
  const isRepeated = tcb.timeouts > 0;
  into.sndCwnd = isRepeated ? 1 : settings.initial_window_segments;
  into.lost = into.retrans = Number(isRepeated);
  into.caState = isRepeated ? 'Loss' : 'Open';
  if (isRepeated) into.sndSsthresh = openingThreshold(settings, tcb.congestion.name);
  into.rcvSpace = 0;
  const limit = tcb.isReceiveLimitFixed ? tcb.receiveLimit : settings.rmem_default;
  into.rcvWnd = firstWindow(settings, limit, tcb.advertisedMss, false);
  into.rcvSsthresh = into.rcvWnd;
}

/** A SYN lost is a loss, though its threshold is forgotten when the connection is open. */
function openingThreshold({ initial_window_segments }: TcpSettings, control: string): number {
  return Math.max(2, Math.floor(initial_window_segments * (control === 'cubic' ? CUBIC_SHARE : 1 / 2)));
}

/** What cubic leaves of a window on Linux. */
const CUBIC_SHARE = 717 / 1024;

function optionBits(tcb: Tcb): number {
  return (
    (tcb.has(Agreed.timestamps) ? TcpInfoOption.timestamps : 0) |
    (tcb.has(Agreed.sack) ? TcpInfoOption.sack : 0) |
    (tcb.has(Agreed.windowScale) ? TcpInfoOption.windowScale : 0) |
    (tcb.ecn !== null && tcb.ecn.mode !== EcnMode.asking ? TcpInfoOption.ecn : 0) |
    (tcb.ecn?.isEctSeen ? TcpInfoOption.ecnSeen : 0) |
    (tcb.isSynDataAcked ? TcpInfoOption.synData : 0) |
    (tcb.isFastOpened ? TcpInfoOption.fastOpenChild : 0)
  );
}

function fillTimes(settings: TcpSettings, tcb: Tcb, into: TcpInfo): void {
  into.backoff = tcb.backoff;
  into.rtoUs = tcb.rtoUs;
  if (settings.profile === 'linux' && tcb.isFastOpenPending) {
    // The SYN-ACK has a timer of its own.
    into.rtoUs = settings.rto_after_syn_loss_us;
    into.backoff = 0;
  }
  into.rttUs = tcb.srttUs;
  into.rttvarUs = tcb.rttvarUs;
  into.minRttUs = tcb.minRttUs;
}

/** The congestion window and what it governs. */
function fillWindows(settings: TcpSettings, tcb: Tcb, into: TcpInfo): void {
  const { scoreboard: board, recovery } = tcb;
  const mss = Math.max(1, tcb.sendMss);
  into.caState = CA_STATE_NAMES[tcb.caState] ?? 'Open';
  into.unacked = board === null ? 0 : Math.ceil(board.totalWeight / mss);
  into.sacked = board === null ? 0 : Math.ceil((board.sackedWeight + (recovery?.renoSacked ?? 0)) / mss);
  into.lost = board === null ? 0 : Math.ceil(board.lostWeight / mss);
  into.retrans = board === null ? 0 : Math.ceil(board.retransmittedWeight / mss);
  into.sndCwnd = tcb.cwnd === 0 ? 0 : Math.max(1, Math.floor(tcb.cwnd / mss));
  into.sndSsthresh =
    tcb.ssthresh === INFINITE_SSTHRESH ? INFINITE_SSTHRESH : Math.max(1, Math.floor(tcb.ssthresh / mss));
  into.reordering = recovery?.reordering ?? settings.reordering;
  into.reordSeen = recovery?.reorderingSeen ?? 0;
  into.totalRetrans = tcb.retransmitted;
  const pacingRate = pacingRateOf(settings, tcb);
  into.pacingRate = pacingRate >= UNLIMITED ? 0 : Math.floor(pacingRate);
  into.maxPacingRate = tcb.maxPacingRate >= UNLIMITED ? 0 : Math.floor(tcb.maxPacingRate);
  const hasRate = tcb.rateIntervalUs > 0;
  into.deliveryRate = hasRate ? Math.floor((tcb.rateDelivered * 1e6) / tcb.rateIntervalUs) : 0;
  into.deliveryRateAppLimited = hasRate && tcb.isRateAppLimited;
  // The SYN was delivered too.
  into.delivered = tcb.state < TcpState.established ? 0 : 1 + segmentsDelivered(tcb, mss);
  into.deliveredCe = tcb.ecn?.isAccurate ? tcb.ecn.deliveredCe : Math.ceil(tcb.deliveredCe / mss);
}

/** The receiver's side. */
function fillReceived(settings: TcpSettings, tcb: Tcb, into: TcpInfo, nowTick: number): void {
  const hasReceived = tcb.bytesReceived > 0;
  const wasOpen = tcb.state >= TcpState.established;
  into.atoUs = settings.profile === 'linux' ? tcb.ackDelayMs * 1000 : hasReceived ? settings.delayed_ack_us : 0;
  into.rcvMss = tcb.receiveMss;
  into.bytesReceived = tcb.bytesReceived;
  into.dataSegsIn = tcb.dataSegmentsIn;
  into.rcvOoopack = tcb.earlySegmentsIn;
  into.lastDataRecvMs = wasOpen || tcb.isFastOpenPending ? silenceMs(nowTick, tcb.lastReceiveTick) : 0;
  into.lastAckRecvMs = wasOpen ? silenceMs(nowTick, tcb.lastAckTick) : 0;
  // As it was offered last.
  into.rcvWnd = wasOpen ? Math.max(0, (tcb.rcvAdv - tcb.lastAckSent) | 0) : 0;
  into.rcvSsthresh = tcb.receiveAccount?.threshold ?? widestWindow(tcb);
  into.rcvSpace = tcb.receiveTuning?.space ?? firstSpace(tcb);
  into.rcvRttUs = tcb.receiveRttUs;
}

function fillMarks(ecn: EcnState | null, into: TcpInfo): void {
  into.receivedCe = ecn?.receivedCe ?? 0;
  into.deliveredE1Bytes = ecn?.deliveredE1Bytes ?? 0;
  into.deliveredE0Bytes = ecn?.deliveredE0Bytes ?? 0;
  into.deliveredCeBytes = ecn?.deliveredCeBytes ?? 0;
  into.receivedE1Bytes = ecn?.receivedE1Bytes ?? 0;
  into.receivedE0Bytes = ecn?.receivedE0Bytes ?? 0;
  into.receivedCeBytes = ecn?.receivedCeBytes ?? 0;
  into.accecnFailMode = ecn?.failMode ?? 0;
  into.accecnOptSeen = ecn?.optionSeen ?? 0;
}

function fillHistory(tcb: Tcb, into: TcpInfo, nowTick: number, nowUs: number): void {
  const history = tcb.sendHistory;
  const limitedTicks = ticksSpent(tcb, Occupation.receiveWindow, nowTick);
  const fullTicks = ticksSpent(tcb, Occupation.sendBuffer, nowTick);
  into.rwndLimitedUs = limitedTicks * TICK_US;
  into.sndbufLimitedUs = fullTicks * TICK_US;
  into.busyTimeUs = (ticksSpent(tcb, Occupation.busy, nowTick) + limitedTicks + fullTicks) * TICK_US;
  into.dataSegsOut = tcb.dataSegmentsOut;
  into.bytesRetrans = history?.octetsRetransmitted ?? 0;
  into.dsackDups = history?.dsacksReceived ?? 0;
  into.totalRto = history?.timeouts ?? 0;
  into.totalRtoRecoveries = history?.timeoutRuns ?? 0;
  into.totalRtoTimeMs = Math.floor((history?.timeoutTimeUs(nowUs) ?? 0) / 1000);
}

function silenceMs(nowTick: number, tick: number): number {
  const ticks = (nowTick - tick) | 0;
  return ticks < 0 ? SILENCE_MAX_MS : Math.floor(ticks / TICKS_PER_MS);
}
