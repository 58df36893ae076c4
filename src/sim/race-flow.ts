/**
 * One flow of a race: a real stack that sends, a real stack that receives, and what is read from them. Only public things
 * are read: counters of the two hosts and the RFC's variables in the connection's Tcb.
 */
import type { ConnectOptions } from '../socket/stream-socket.ts';
import { TcpState } from '../tcp/state.ts';
import type { Tcb } from '../tcp/tcb/tcb.ts';
import { BulkReceiver, BulkSender } from './applications.ts';
import type { Host } from './host.ts';
import type { RaceFlowPlan } from './race-options.ts';
import { type RaceFlowPhase, type RaceFlowSeries, type RaceFlowSummary, type Series, spreadOf } from './race-result.ts';

/** Where receivers listen: iperf's port. */
const PORT = 5201;
/** Windows from here on mean "no limit" (control `none`). */
const NO_WINDOW = 2 ** 29;

/** Opens its connection later than its host was started. */
class LateSender extends BulkSender {
  private readonly delayMs: number;

  constructor(options: ConnectOptions, totalBytes: number, delayMs: number) {
    super(options, totalBytes, false);
    this.delayMs = delayMs;
  }

  override onStart(host: Host): void {
    host.setTimer(this, this.delayMs);
  }

  onTimer(host: Host): void {
    super.onStart(host);
  }
}

/** A flow as it stands. */
export class RaceFlow {
  readonly plan: RaceFlowPlan;
  readonly series: RaceFlowSeries = {
    cwndBytes: [],
    ssthreshBytes: [],
    srttMs: [],
    minRttMs: [],
    goodputBps: [],
    throughputBps: [],
    retransmits: [],
    marks: [],
    inFlightBytes: [],
  };
  /** Octets received by the end of each interval. */
  readonly receivedByTime: number[] = [];
  private readonly sourceHost: Host;
  private readonly sinkHost: Host;
  private readonly sender: LateSender;
  private readonly receiver: BulkReceiver;
  private readonly roundTripsMs: number[] = [];
  private sentBefore = 0;
  private receivedBefore = 0;
  private retransmittedBefore = 0;
  private marksBefore = 0;

  constructor(plan: RaceFlowPlan, source: Host, sink: Host, remoteAddress: string) {
    this.plan = plan;
    this.sourceHost = source;
    this.sinkHost = sink;
    this.receiver = sink.start(new BulkReceiver(PORT, { isHashing: false }));
    const total = plan.bytes ?? Number.MAX_SAFE_INTEGER;
    this.sender = source.start(new LateSender({ remoteAddress, remotePort: PORT }, total, plan.startMs));
  }

  get phase(): RaceFlowPhase {
    if (this.sender.error !== null) return 'failed';
    if (this.finishedMs !== null) return 'finished';
    return this.sender.isConnected ? 'running' : 'waiting';
  }

  /** When everything had been received; null until then. */
  finishedMs: number | null = null;

  get receivedBytes(): number {
    return this.receiver.receivedBytes;
  }

  /** Segments sent again so far. */
  get retransmitted(): number {
    return this.sourceHost.stack.counters.tcp.RetransSegs;
  }

  /** Packets that arrived marked CE so far. */
  get marks(): number {
    return this.sinkHost.stack.counters.ip.InCEPkts;
  }

  /** Notes what is spread over time; called several times per interval. */
  observe(nowMs: number): void {
    if (this.finishedMs === null && this.receivedBytes >= (this.plan.bytes ?? Number.POSITIVE_INFINITY))
      this.finishedMs = nowMs;
    const tcb = this.openTcb();
    if (tcb !== null && tcb.srttUs > 0) this.roundTripsMs.push(tcb.srttUs / 1000);
  }

  /** Notes an interval that is over. */
  endInterval(intervalMs: number): void {
    const { series } = this;
    const tcb = this.openTcb();
    series.cwndBytes.push(tcb === null || tcb.cwnd >= NO_WINDOW ? null : tcb.cwnd);
    series.ssthreshBytes.push(tcb === null || tcb.ssthresh >= NO_WINDOW ? null : tcb.ssthresh);
    series.srttMs.push(tcb === null || tcb.srttUs <= 0 ? null : tcb.srttUs / 1000);
    series.minRttMs.push(tcb === null || tcb.srttUs <= 0 ? null : tcb.minRttUs / 1000);
    series.inFlightBytes.push(tcb === null ? null : tcb.flightSize);
    const sent = this.sender.socket?.tcb?.bytesSent ?? 0;
    series.throughputBps.push(((sent - this.sentBefore) * 8000) / intervalMs);
    series.goodputBps.push(((this.receivedBytes - this.receivedBefore) * 8000) / intervalMs);
    series.retransmits.push(this.retransmitted - this.retransmittedBefore);
    series.marks.push(this.marks - this.marksBefore);
    this.receivedByTime.push(this.receivedBytes);
    this.sentBefore = sent;
    this.receivedBefore = this.receivedBytes;
    this.retransmittedBefore = this.retransmitted;
    this.marksBefore = this.marks;
  }

  /** @param share its part of the common goodput */
  summary(nowMs: number, share: number | null): RaceFlowSummary {
    const { plan, sender, phase } = this;
    const segmentsSent = this.sourceHost.stack.counters.tcp.OutSegs;
    const lifeMs = (this.finishedMs ?? nowMs) - plan.startMs;
    return {
      control: plan.control,
      startMs: plan.startMs,
      extraRttMs: plan.extraRttMs,
      phase,
      finishedMs: this.finishedMs,
      error: sender.error,
      receivedBytes: this.receivedBytes,
      goodputBps: lifeMs > 0 ? (this.receivedBytes * 8000) / lifeMs : 0,
      share,
      segmentsSent,
      retransmitted: this.retransmitted,
      retransmittedPercent: segmentsSent === 0 ? 0 : (this.retransmitted / segmentsSent) * 100,
      marks: this.marks,
      srttMs: spreadOf(this.roundTripsMs),
      minRttMs: lastOf(this.series.minRttMs),
    };
  }

  private openTcb(): Tcb | null {
    const tcb = this.sender.socket?.tcb ?? null;
    if (tcb === null || this.finishedMs !== null) return null;
    return tcb.state === TcpState.established || tcb.state === TcpState.finWait1 ? tcb : null;
  }
}

function lastOf(series: Series): number | null {
  for (let at = series.length - 1; at >= 0; at--) {
    const value = series[at];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}
