/**
 * A congestion control without a stack: a paced, windowed sender with endless data, a bottleneck of one rate with a queue of
 * one length, and the acknowledgments that come back. Rate samples follow draft-ietf-ccwg-bbr-06 section 4.1; a segment is
 * judged lost when three sent later have arrived; all are after a second of silence. Virtual time, seeded chance.
 */
import { Clock } from '../../src/base/clock.ts';
import { SeededGenerator, SeededRandom } from '../../src/base/random.ts';
import { CaEvent, CaState } from '../../src/tcp/congestion/ca-state.ts';
import type { Tcb, TcpEnvironment } from '../../src/tcp/index.ts';
import { AckSample } from '../../src/tcp/recovery/ack-sample.ts';
import type { Scoreboard } from '../../src/tcp/tcb/scoreboard.ts';
import { Agreed, type CongestionControl } from '../../src/tcp/tcb/tcb.ts';
import { bareTcb, LINUX } from './bare-tcb.ts';

export const MSS = 1_460;
const SILENCE_US = 1_000_000;
const REORDERING = 3;

export interface PathOptions {
  /** Octets per second. */
  rate: number;
  rtpropUs: number;
  queueBytes: number;
  /** Part of the segments that vanish by chance. */
  loss?: number;
  seed?: number;
  startUs?: number;
  /** Acknowledgments arrive only at multiples of this. */
  ackSlotUs?: number;
  hasSack?: boolean;
  /** Segments that find more than this in the queue are marked CE. */
  markBytes?: number;
  /** Segments leave in bursts of `sendQuantum`. */
  isBursty?: boolean;
}

interface Packet {
  readonly index: number;
  readonly departUs: number;
  readonly firstSentUs: number;
  readonly deliveredUs: number;
  readonly delivered: number;
  readonly lostAtSend: number;
  readonly txInFlight: number;
  readonly isAppLimited: boolean;
  readonly isMarked: boolean;
  /** When its acknowledgment arrives; Infinity when it was dropped. */
  readonly ackUs: number;
}

export class BottleneckPath {
  readonly clock = new Clock(0);
  readonly tcb: Tcb = bareTcb(LINUX);
  readonly env: TcpEnvironment;
  readonly control: CongestionControl;
  readonly options: PathOptions;
  readonly ack = new AckSample();
  rate: number;
  rtpropUs: number;
  loss: number;
  /** The application has nothing to say; or, with a rate, that many octets per second. */
  isPaused = false;
  appRate = Number.POSITIVE_INFINITY;
  /** The next segment to be sent vanishes. */
  dropNext = 0;
  dropped = 0;
  queueUsMax = 0;
  queueUsSum = 0;
  acks = 0;
  private readonly chance: SeededGenerator;
  private readonly packets: Packet[] = [];
  private nextIndex = 0;
  private inFlight = 0;
  private busyUntilUs = 0;
  private nextSendUs = 0;
  private burst = 0;
  private lastAckUs = 0;
  private lastHeardUs: number;
  private firstSentUs = 0;
  private deliveredUs = 0;
  private recoveryEnd = 0;
  private repairEnd = 0;
  private appCredit = 0;
  private appCreditUs: number;
  private minRttUs = Number.POSITIVE_INFINITY;

  constructor(control: CongestionControl, options: PathOptions) {
    const seed = options.seed ?? 1;
    this.options = options;
    this.control = control;
    this.rate = options.rate;
    this.rtpropUs = options.rtpropUs;
    this.loss = options.loss ?? 0;
    this.chance = new SeededGenerator(seed);
    this.clock.set(options.startUs ?? 1_000_000);
    this.lastHeardUs = this.appCreditUs = this.clock.nowUs;
    this.env = { clock: this.clock, random: new SeededRandom(seed), settings: LINUX } as unknown as TcpEnvironment;
    this.tcb.cwnd = 10 * MSS;
    this.tcb.srttUs = options.rtpropUs;
    this.tcb.congestion = control;
    if (options.hasSack !== false) this.tcb.agreed |= Agreed.sack;
    control.start(this.env, this.tcb);
  }

  get nowUs(): number {
    return this.clock.nowUs;
  }

  get flight(): number {
    return this.inFlight;
  }

  /** Octets that fill the path, by the truth. */
  get trueBdp(): number {
    return (this.rate * this.rtpropUs) / 1e6;
  }

  runFor(durationUs: number, onAck?: () => void): void {
    const endUs = this.clock.nowUs + durationUs;
    this.runUntil(() => false, endUs, onAck);
    this.clock.set(endUs);
  }

  /** Runs until the condition holds, asked after every acknowledgment; false when `endUs` came first. */
  runUntil(isReached: () => boolean, endUs = this.clock.nowUs + 60_000_000, onAck?: () => void): boolean {
    for (;;) {
      const sendUs = this.nextSend();
      const ackUs = this.nextAck();
      const silenceUs = this.inFlight > 0 ? this.lastHeardUs + SILENCE_US : Number.POSITIVE_INFINITY;
      const nextUs = Math.min(sendUs, ackUs, silenceUs);
      if (nextUs > endUs) return false;
      this.clock.set(nextUs);
      if (nextUs === ackUs) {
        this.acknowledge();
        onAck?.();
        if (isReached()) return true;
      } else if (nextUs === sendUs) this.send();
      else this.timeOut();
    }
  }

  /** The episode of recovery was a mistake: its losses are declared spurious. */
  declareSpurious(): void {
    this.tcb.cwnd = this.control.windowAfterUndo(this.env, this.tcb);
    this.setState(CaState.open);
  }

  private nextSend(): number {
    if (this.isPaused || this.inFlight + MSS > this.tcb.cwnd) return Number.POSITIVE_INFINITY;
    const pacedUs = Math.max(this.clock.nowUs, this.nextSendUs);
    if (this.appRate === Number.POSITIVE_INFINITY) return pacedUs;
    return Math.max(pacedUs, this.appCreditUs + Math.max(0, ((MSS - this.appCredit) / this.appRate) * 1e6));
  }

  private nextAck(): number {
    return this.packets[this.firstArriving()]?.ackUs ?? Number.POSITIVE_INFINITY;
  }

  /** Where the first packet stands that was not dropped. */
  private firstArriving(): number {
    let at = 0;
    while (at < this.packets.length && (this.packets[at] as Packet).ackUs === Number.POSITIVE_INFINITY) at++;
    return at;
  }

  private takeArrived(): Packet | null {
    const at = this.firstArriving();
    if ((this.packets[at]?.ackUs ?? Number.POSITIVE_INFINITY) > this.clock.nowUs) return null;
    return this.packets.splice(at, 1)[0] ?? null;
  }

  private send(): void {
    const { tcb } = this;
    const nowUs = this.clock.nowUs;
    if (this.appRate !== Number.POSITIVE_INFINITY) this.spendCredit(nowUs);
    if (this.inFlight === 0) {
      this.control.onEvent?.(this.env, tcb, CaEvent.transmitStart);
      this.firstSentUs = this.deliveredUs = nowUs;
      this.lastHeardUs = nowUs;
    }
    this.setInFlight(this.inFlight + MSS);
    const isDropped = this.dropNext > 0 || this.chance.nextFraction() < this.loss;
    if (this.dropNext > 0) this.dropNext--;
    const queuedUs = Math.max(0, this.busyUntilUs - nowUs);
    const queued = (queuedUs * this.rate) / 1e6;
    const isOverflow = queued > this.options.queueBytes;
    let ackUs = Number.POSITIVE_INFINITY;
    if (isDropped || isOverflow) this.dropped++;
    else ackUs = this.passBottleneck(nowUs);
    this.packets.push({
      index: this.nextIndex++,
      departUs: nowUs,
      firstSentUs: this.firstSentUs,
      deliveredUs: this.deliveredUs,
      delivered: tcb.delivered,
      lostAtSend: tcb.lost,
      txInFlight: this.inFlight,
      isAppLimited: tcb.appLimitedUntil !== 0,
      isMarked: queued > (this.options.markBytes ?? Number.POSITIVE_INFINITY),
      ackUs,
    });
    this.pace(nowUs);
  }

  /** Evenly, or `sendQuantum` at once and then as long nothing as the rate asks for. */
  private pace(nowUs: number): void {
    const { tcb } = this;
    if (nowUs > this.nextSendUs) this.burst = 0;
    this.burst += MSS;
    this.nextSendUs = nowUs;
    if (this.options.isBursty === true && this.burst + MSS <= tcb.sendQuantum) return;
    this.nextSendUs = nowUs + (this.burst / tcb.pacingRate) * 1e6;
    this.burst = 0;
  }

  private passBottleneck(nowUs: number): number {
    this.busyUntilUs = Math.max(nowUs, this.busyUntilUs) + (MSS / this.rate) * 1e6;
    const slotUs = this.options.ackSlotUs ?? 0;
    const ackUs = this.busyUntilUs + this.rtpropUs;
    // Acknowledgments keep their order when the path becomes shorter.
    this.lastAckUs = Math.max(this.lastAckUs, slotUs > 0 ? Math.ceil(ackUs / slotUs) * slotUs : ackUs);
    return this.lastAckUs;
  }

  private spendCredit(nowUs: number): void {
    this.appCredit = Math.min(this.appCredit + ((nowUs - this.appCreditUs) * this.appRate) / 1e6, 2 * MSS) - MSS;
    this.appCreditUs = nowUs;
    this.noteAppLimited();
  }

  private noteAppLimited(): void {
    const { tcb } = this;
    const isHungry = this.isPaused || (this.appRate < tcb.pacingRate && this.appRate !== Number.POSITIVE_INFINITY);
    if (isHungry && this.inFlight + MSS <= tcb.cwnd) tcb.appLimitedUntil = Math.max(tcb.delivered + this.inFlight, 1);
  }

  private acknowledge(): void {
    const { tcb, ack } = this;
    const nowUs = this.clock.nowUs;
    this.noteAppLimited();
    ack.reset(this.inFlight);
    this.lastHeardUs = nowUs;
    let newest: Packet | null = null;
    for (let packet = this.takeArrived(); packet !== null; packet = this.takeArrived()) {
      newest = packet;
      this.setInFlight(this.inFlight - MSS);
      tcb.delivered += MSS;
      ack.delivered += MSS;
      ack.acked += MSS;
      if (!packet.isMarked) continue;
      tcb.deliveredCe += MSS;
      ack.deliveredCe += MSS;
      ack.isMarked = true;
    }
    if (newest === null) return;
    this.deliveredUs = nowUs;
    this.firstSentUs = newest.departUs;
    if (tcb.appLimitedUntil !== 0 && tcb.delivered > tcb.appLimitedUntil) tcb.appLimitedUntil = 0;
    this.loseBefore(newest.index - REORDERING + 1);
    this.moveState(newest);
    this.fillSample(newest);
    this.control.control?.(this.env, tcb, ack);
  }

  private fillSample(newest: Packet): void {
    const { tcb, ack } = this;
    const nowUs = this.clock.nowUs;
    const queueUs = nowUs - newest.departUs - this.rtpropUs;
    this.acks++;
    this.queueUsSum += queueUs;
    this.queueUsMax = Math.max(this.queueUsMax, queueUs);
    ack.isAdvance = true;
    ack.rttUs = ack.latestRttUs = Math.round(nowUs - newest.departUs);
    tcb.srttUs = Math.round((7 * tcb.srttUs + ack.rttUs) / 8);
    this.minRttUs = Math.min(this.minRttUs, ack.rttUs);
    ack.priorDelivered = newest.delivered;
    ack.rateDelivered = tcb.delivered - newest.delivered;
    ack.isAppLimited = newest.isAppLimited;
    ack.txInFlight = newest.txInFlight;
    ack.lostSince = tcb.lost - newest.lostAtSend;
    const interval = Math.round(Math.max(newest.departUs - newest.firstSentUs, nowUs - newest.deliveredUs));
    ack.intervalUs = interval < this.minRttUs ? 0 : interval;
  }

  private loseBefore(index: number): void {
    const { tcb, ack } = this;
    while (this.packets.length > 0 && (this.packets[0] as Packet).index < index) {
      const packet = this.packets.shift() as Packet;
      this.setInFlight(this.inFlight - MSS);
      tcb.lost += MSS;
      ack.lost += MSS;
      // What is lost of the episode's own is repaired by what goes next.
      if (packet.index < this.recoveryEnd) this.repairEnd = this.nextIndex;
      this.control.onLost?.(this.env, tcb, MSS, packet.txInFlight, packet.lostAtSend, packet.isAppLimited);
    }
  }

  private moveState(newest: Packet): void {
    const { tcb, ack } = this;
    if (tcb.caState === CaState.open) {
      if (ack.lost === 0) return;
      this.recoveryEnd = this.nextIndex;
      this.setState(CaState.recovery);
    } else if (newest.index >= Math.max(this.recoveryEnd, this.repairEnd)) this.setState(CaState.open);
  }

  private timeOut(): void {
    this.ack.reset(this.inFlight);
    this.control.onEvent?.(this.env, this.tcb, CaEvent.timeout);
    this.loseBefore(this.nextIndex);
    this.recoveryEnd = this.nextIndex;
    this.setState(CaState.loss);
    this.tcb.cwnd = this.inFlight + MSS;
    this.lastHeardUs = this.clock.nowUs;
  }

  private setState(state: number): void {
    this.control.onState?.(this.env, this.tcb, state);
    this.tcb.caState = state;
  }

  private setInFlight(octets: number): void {
    this.inFlight = octets;
    setFlight(this.tcb, octets);
  }
}

/** Makes the record say that so many octets are in flight. */
export function setFlight(tcb: Tcb, octets: number): void {
  tcb.scoreboard = { inFlight: octets } as Scoreboard;
}
