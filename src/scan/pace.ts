/**
 * How many probes may be on the way: a window that grows with answers and halves when answers show that some were lost, as TCP's
 * does (RFC 5681), beside a retransmission timeout from round trips as TCP's is (RFC 6298). Silence alone is not loss: a filtered
 * port is silent for ever. Loss is an answer to a later try where the earlier one had none.
 */
import type { Timing } from './timing.ts';

/** Slow start ends late (RFC 5681 §3.1): here, or at this share of the largest window, whichever is more. */
const SLOW_START_END = 128;
const SLOW_START_SHARE = 1 / 4;
/** How far silence alone may open the window: a host that drops everything is scanned no faster than so many per round trip. */
const BLIND_WINDOW = 256;

/** The window of a host, or of all hosts together. */
export class ProbeWindow {
  size: number;
  inFlight = 0;
  /** Losses seen. */
  drops = 0;
  private threshold: number;
  private readonly largest: number;
  private heldUntilUs = 0;

  constructor(timing: Timing, scale = 1) {
    this.largest = timing.maxWindow;
    this.threshold = Math.max(SLOW_START_END, this.largest * SLOW_START_SHARE);
    this.size = Math.min(timing.initialWindow * scale, this.largest);
  }

  get hasRoom(): boolean {
    return this.inFlight < Math.max(1, Math.floor(this.size));
  }

  answered(): void {
    const more = this.size < this.threshold ? 1 : 1 / this.size;
    this.size = Math.min(this.largest, this.size + more);
  }

  /** A probe ran into its timeout and nothing speaks for loss. */
  silent(): void {
    const bound = Math.min(BLIND_WINDOW, this.largest);
    if (this.size < bound) this.size = Math.min(bound, this.size + 0.5);
  }

  /** An answer showed that earlier tries were lost; one loss event per timeout, as RFC 5681 section 3.1 has one per round trip. */
  lost(nowUs: number, rtoUs: number): void {
    if (nowUs < this.heldUntilUs) return;
    this.drops++;
    this.heldUntilUs = nowUs + rtoUs;
    this.threshold = Math.max(2, Math.floor(Math.min(this.inFlight, this.size) / 2));
    this.size = Math.min(this.largest, this.threshold);
  }
}

/** Round trips of one host and the timeout they give, microseconds. */
export class RoundTrip {
  srttUs = -1;
  varianceUs = 0;
  rtoUs: number;
  private readonly timing: Timing;

  constructor(timing: Timing) {
    this.timing = timing;
    this.rtoUs = timing.initialRtoUs;
  }

  // RFC 6298 §2: the gains are 1/8 and 1/4, the timeout four deviations above the mean.
  sample(rttUs: number): void {
    if (this.srttUs < 0) {
      this.srttUs = rttUs;
      this.varianceUs = rttUs / 2;
    } else {
      this.varianceUs += (Math.abs(this.srttUs - rttUs) - this.varianceUs) / 4;
      this.srttUs += (rttUs - this.srttUs) / 8;
    }
    const { minRtoUs, maxRtoUs } = this.timing;
    this.rtoUs = Math.min(maxRtoUs, Math.max(minRtoUs, this.srttUs + 4 * this.varianceUs));
  }
}

/** Losses that raise the pause between probes to a host, when so large a share of its answers shows them. */
const DELAY_LOSSES = 3;
const DELAY_SHARE = 0.3;
const FIRST_DELAY_US = 50_000;

/** The pause between two probes to one host, raised when a host limits how often it answers (RFC 1812 section 4.3.2.8). */
export class ScanDelay {
  delayUs: number;
  nextUs = 0;
  private readonly largestUs: number;
  private good = 0;
  private lost = 0;

  constructor(timing: Timing, protocol: 'tcp' | 'udp') {
    this.delayUs = timing.scanDelayUs;
    this.largestUs = protocol === 'udp' ? timing.maxUdpDelayUs : timing.maxTcpDelayUs;
  }

  sent(nowUs: number): void {
    this.nextUs = nowUs + this.delayUs;
  }

  answered(wasFirstTry: boolean): void {
    if (wasFirstTry) this.good++;
    else this.lost++;
    if (this.lost < DELAY_LOSSES || this.lost < DELAY_SHARE * (this.good + this.lost)) return;
    this.raise(FIRST_DELAY_US);
  }

  /** Doubles the pause, `leastUs` at least. */
  raise(leastUs: number): void {
    this.good = 0;
    this.lost = 0;
    this.delayUs = Math.min(Math.max(this.largestUs, this.delayUs), Math.max(leastUs, this.delayUs * 2));
  }
}

/** A bucket of tokens: so many probes per second, with a burst of some milliseconds' worth. */
export class RateLimit {
  private readonly perUs: number;
  private readonly burst: number;
  private tokens: number;
  private lastUs = 0;

  /** @param perSecond 0: no limit */
  constructor(perSecond: number) {
    this.perUs = perSecond / 1e6;
    this.burst = Math.max(1, perSecond * 0.002);
    this.tokens = this.burst;
  }

  /** When the next probe may go; `nowUs` or earlier: now. */
  nextUs(nowUs: number): number {
    if (this.perUs === 0) return nowUs;
    this.refill(nowUs);
    return this.tokens >= 1 ? nowUs : nowUs + (1 - this.tokens) / this.perUs;
  }

  sent(): void {
    if (this.perUs > 0) this.tokens -= 1;
  }

  private refill(nowUs: number): void {
    if (nowUs <= this.lastUs) return;
    this.tokens = Math.min(this.burst, this.tokens + (nowUs - this.lastUs) * this.perUs);
    this.lastUs = nowUs;
  }
}
