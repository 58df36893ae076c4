/**
 * A congestion control on a synthetic path, without a stack: a sender that always has data, a constant round-trip time, and
 * losses, marks, timeouts and pauses where the test wants them. Calls the control in the order in which recovery does. Plain
 * data, so that it can be cloned in mid-flight.
 */
import { Address } from '../../src/base/address.ts';
import { Clock } from '../../src/base/clock.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { CaEvent, CaState } from '../../src/tcp/congestion/ca-state.ts';
import { makeCongestionControl } from '../../src/tcp/congestion/index.ts';
import {
  ConnectionKey,
  type ProfileName,
  Tcb,
  type TcpEnvironment,
  TcpExtCounters,
  type TcpPath,
  type TcpSettings,
  tcpSettingsFor,
} from '../../src/tcp/index.ts';
import { AckSample } from '../../src/tcp/recovery/ack-sample.ts';
import type { CongestionControl } from '../../src/tcp/tcb/tcb.ts';

const PATH: TcpPath = {
  pathMtu: 1_500,
  linkMtu: 1_500,
  interface: { id: 1, mtu: 1_500, capabilities: { tso4: false, tso6: false, checksum: false } },
};

/** Acknowledgments of one round trip at most, for the control that knows no window. */
const SEGMENTS_MAX = 2_000;

export interface CongestionPathOptions {
  profile?: ProfileName;
  settings?: Partial<TcpSettings>;
  mss?: number;
  /** Segments; 10 if not given. */
  window?: number;
  rttUs?: number;
  startUs?: number;
}

export class CongestionPath {
  readonly clock = new Clock(0);
  readonly ack = new AckSample();
  readonly env: TcpEnvironment;
  readonly tcb: Tcb;
  readonly mss: number;
  rttUs: number;

  constructor(name: string, options: CongestionPathOptions = {}) {
    const settings = { ...tcpSettingsFor(options.profile ?? 'linux'), ...options.settings };
    this.clock.set(options.startUs ?? 1_000_000);
    const random = new SeededRandom(1);
    this.env = { clock: this.clock, settings, random, extCounters: new TcpExtCounters() } as unknown as TcpEnvironment;
    const key = new ConnectionKey(Address.parse('10.0.0.1'), 80, Address.parse('10.0.0.2'), 40_000, 0);
    this.tcb = new Tcb(1, key, PATH, null, settings, makeCongestionControl(name));
    this.mss = options.mss ?? 1_000;
    this.rttUs = options.rttUs ?? 100_000;
    this.tcb.sendMss = this.mss;
    this.tcb.cwnd = (options.window ?? 10) * this.mss;
    this.tcb.isCwndLimited = true;
    this.tcb.congestion.start(this.env, this.tcb);
    this.fill();
  }

  get control(): CongestionControl {
    return this.tcb.congestion;
  }

  /** The window in segments, with the fraction. */
  get window(): number {
    return this.tcb.cwnd / this.mss;
  }

  get threshold(): number {
    return this.tcb.ssthresh / this.mss;
  }

  get flight(): number {
    return (this.tcb.sndNxt - this.tcb.sndUna) | 0;
  }

  wait(us: number): void {
    this.clock.set(this.clock.nowUs + us);
  }

  /** One acknowledgment of `octets` now, `marked` of which came marked; then the window is full again. */
  acknowledge(octets: number, marked = 0, rttUs = this.rttUs): void {
    const { tcb, ack, env } = this;
    ack.reset(this.flight);
    tcb.sndUna = (tcb.sndUna + octets) | 0;
    ack.acked = octets;
    ack.delivered = octets;
    ack.deliveredCe = marked;
    ack.isMarked = marked > 0;
    ack.isAdvance = octets > 0;
    ack.rttUs = ack.latestRttUs = rttUs;
    tcb.deliveredCe += marked;
    this.sampleRate(octets);
    if (rttUs >= 0) {
      tcb.srttUs = tcb.srttUs === 0 ? rttUs : tcb.srttUs + ((rttUs - tcb.srttUs) >> 3);
      tcb.minRttUs = tcb.minRttUs === 0 ? rttUs : Math.min(tcb.minRttUs, rttUs);
    }
    this.control.onSample?.(env, tcb, ack);
    if (this.control.control !== undefined) this.control.control(env, tcb, ack);
    else if (tcb.caState !== CaState.recovery && tcb.caState !== CaState.cwr) this.control.onAcked(env, tcb, ack);
    this.fill();
  }

  /**
   * One round trip: the window as it is now is acknowledged, `perAck` segments at a time. Acknowledgments come all together at its
   * end, or evenly over it.
   */
  roundTrip({ perAck = 1, isSpread = false, marked = 0 } = {}): void {
    const segments = Math.max(1, Math.min(Math.floor(this.tcb.cwnd / this.mss), SEGMENTS_MAX));
    const acks = Math.ceil(segments / perAck);
    const startUs = this.clock.nowUs;
    if (!isSpread) this.wait(this.rttUs);
    for (let index = 0, left = segments; index < acks; index++) {
      if (isSpread) this.wait(Math.round(startUs + ((index + 1) * this.rttUs) / acks) - this.clock.nowUs);
      const count = Math.min(perAck, left);
      left -= count;
      this.acknowledge(count * this.mss, Math.round(marked * count * this.mss));
    }
  }

  /** Round trips with spread acknowledgments until `us` have passed. */
  runFor(us: number, perAck = 1): void {
    const endUs = this.clock.nowUs + us;
    while (this.clock.nowUs < endUs) this.roundTrip({ perAck, isSpread: true });
  }

  /** A loss that fast recovery repairs, or a mark, and the round trip that this takes. */
  reduce(isMark = false): void {
    this.enterReduction(isMark ? CaState.cwr : CaState.recovery);
    this.wait(this.rttUs);
    this.tcb.sndUna = this.tcb.sndNxt;
    this.endReduction();
  }

  /** A reduction begins: `undo` or the rest of `reduce` may follow. */
  enterReduction(state: number): void {
    const { tcb, env } = this;
    tcb.priorCwnd = tcb.cwnd;
    tcb.priorSsthresh = tcb.ssthresh;
    if (state === CaState.recovery) {
      tcb.lost += this.mss;
      this.control.onLost?.(env, tcb, this.mss, this.flight, tcb.lost - this.mss, false);
    }
    tcb.ssthresh = this.control.thresholdAfterLoss(env, tcb, this.flight, state === CaState.cwr);
    tcb.ackedInRound = 0;
    this.setState(state);
  }

  /** The reduction that was begun is complete. */
  endReduction(): void {
    const { tcb, env } = this;
    if (this.control.control === undefined) tcb.cwnd = tcb.ssthresh;
    this.control.onEvent?.(env, tcb, CaEvent.reductionComplete);
    this.setState(CaState.open);
    this.fill();
  }

  /** The retransmission timer has run out; the first acknowledgment after it ends the matter. */
  timeout(): void {
    const { tcb, env } = this;
    tcb.priorCwnd = tcb.cwnd;
    tcb.priorSsthresh = tcb.ssthresh;
    tcb.ssthresh = this.control.thresholdAfterLoss(env, tcb, this.flight, false);
    tcb.ackedInRound = 0;
    this.control.onEvent?.(env, tcb, CaEvent.timeout);
    this.setState(CaState.loss);
    tcb.cwnd = this.mss;
    tcb.sndUna = tcb.sndNxt;
    this.setState(CaState.open);
    this.fill();
  }

  /** The reduction that was begun was a mistake. */
  undo(): void {
    const { tcb, env } = this;
    tcb.cwnd = this.control.windowAfterUndo(env, tcb);
    tcb.ssthresh = Math.max(tcb.ssthresh, tcb.priorSsthresh);
    this.setState(CaState.open);
    this.fill();
  }

  /** Everything is acknowledged and nothing sent for `us`; then sending begins again, from `window` segments if given. */
  idle(us: number, window?: number): void {
    const { tcb, env } = this;
    tcb.sndUna = tcb.sndNxt;
    tcb.lastSendTick = this.clock.tick;
    this.wait(us);
    if (window !== undefined) {
      this.control.onEvent?.(env, tcb, CaEvent.idleRestart);
      tcb.cwnd = window * this.mss;
    }
    this.control.onEvent?.(env, tcb, CaEvent.transmitStart);
    this.fill();
  }

  /** What the future may depend on, to compare two paths. */
  figures(): string {
    const { tcb } = this;
    return [tcb.cwnd, tcb.ssthresh, tcb.ackedInRound, tcb.pacingRate, this.clock.nowUs].join(' ');
  }

  private setState(state: number): void {
    this.control.onState?.(this.env, this.tcb, state);
    this.tcb.caState = state;
  }

  /** As on a path that delivers what was sent a round trip ago. */
  private sampleRate(octets: number): void {
    const { tcb, ack } = this;
    ack.priorDelivered = tcb.delivered - Math.max(0, ack.priorInFlight - octets);
    tcb.delivered += octets;
    ack.rateDelivered = Math.max(octets, ack.priorInFlight);
    ack.intervalUs = this.rttUs;
    ack.txInFlight = ack.priorInFlight;
  }

  private fill(): void {
    const { tcb } = this;
    const room = tcb.cwnd - this.flight;
    if (room > 0) tcb.sndNxt = (tcb.sndNxt + room - (room % this.mss)) | 0;
    tcb.maxInFlight = Math.max(tcb.maxInFlight, this.flight);
    tcb.lastSendTick = this.clock.tick;
  }
}
