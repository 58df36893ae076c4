/**
 * Datagram packetization layer path MTU discovery (RFC 8899): finds how large datagrams may be without trusting routers. UDP
 * acknowledges nothing, so the program that uses it does: it sends a datagram of the size it is asked for, padded with what
 * its protocol allows, and says when the peer has confirmed it. Sans-IO: `nowUs` comes with every call, nothing is sent here.
 * Sizes are octets of UDP payload, as `send` takes them. A lost probe says nothing about congestion (RFC 8899 §3, point 7).
 * Invariants: `plpmtu` was confirmed by the peer, or is the base or least size; one probe is on its way at most.
 */
import { ArgumentError, checkInteger } from '../base/errors.ts';

/** RFC 8899 §5.2: `ERROR` means that not even the base size gets through. */
export type ProberState = 'DISABLED' | 'BASE' | 'SEARCHING' | 'SEARCH_COMPLETE' | 'ERROR';

/** How a prober is made. Sizes in octets of UDP payload, times in milliseconds. */
export interface PathMtuProberOptions {
  /** Largest size worth trying: what interface and peer take. An interface of 1500 takes 1472 over IPv4, 1452 over IPv6. */
  readonly maxSize: number;
  /** BASE_PLPMTU: taken to work nearly everywhere, 1200 by default. */
  readonly baseSize?: number;
  /** MIN_PLPMTU: what is used when the base size fails. By default what IPv4 hosts take at least, 548, over IPv6 the base size. */
  readonly minSize?: number;
  /** Octets of IP and UDP header, to read reported MTUs: 28 (default) for IPv4, 48 for IPv6. */
  readonly headerLength?: number;
  /** MAX_PROBES: a size fails when so many of its probes in a row are not confirmed. Default 3. */
  readonly maxProbes?: number;
  /** PROBE_TIMER, 1000 or more: how long to wait for a confirmation. Default 15,000. */
  readonly probeTimerMs?: number;
  /** PMTU_RAISE_TIMER: a larger size is looked for again after this time. Default 600,000. */
  readonly raiseTimerMs?: number;
  /**
   * CONFIRMATION_TIMER, 15,000 or more: the size in use is probed when nothing of it was confirmed for so long; 0 for never.
   * Default 60,000.
   */
  readonly confirmationTimerMs?: number;
  /** The search ends when it is known to so many octets. Default 8. */
  readonly precision?: number;
}

/** A datagram to send now, of exactly `size` octets; `id` is for `acknowledged`. */
export interface PathMtuProbe {
  readonly id: number;
  readonly size: number;
}

/** Octets of IPv6 and UDP header. */
const IPV6_HEADERS = 48;
const NEVER = Number.POSITIVE_INFINITY;

/** What a probe is for. */
type Purpose = 'none' | 'base' | 'search' | 'confirm';

/** The state machine for one path. */
export class PathMtuProber {
  /** Probes sent, confirmed, and sizes given up because none of their probes was. */
  sent = 0;
  confirmed = 0;
  failed = 0;
  /** Times that the size in use stopped working. */
  blackHoles = 0;
  /** Reports of routers taken, and ignored as impossible. */
  reportsTaken = 0;
  reportsIgnored = 0;
  private readonly maxSize: number;
  private readonly baseSize: number;
  private readonly minSize: number;
  private readonly headerLength: number;
  private readonly maxProbes: number;
  private readonly probeTimerUs: number;
  private readonly raiseTimerUs: number;
  private readonly confirmationTimerUs: number;
  private readonly precision: number;
  private currentState: ProberState = 'DISABLED';
  private currentSize: number;
  /** No size above it is tried before the raise timer runs out. */
  private ceiling: number;
  /** A size that a router has named, to be tried next; 0 for none. */
  private hint = 0;
  private isMaxTried = false;
  // The probe that is to be sent or on its way (PROBED_SIZE, PROBE_COUNT of RFC 8899 section 5.1.3).
  private purpose: Purpose = 'none';
  private probedSize = 0;
  private probeCount = 0;
  /** Identifiers of the probes of this size: from the first to the last. */
  private firstId = 1;
  private nextId = 1;
  private isOutstanding = false;
  /** Losses of full-sized data in a row, as the program says. */
  private losses = 0;
  private probeDueUs = NEVER;
  private probeTimeoutUs = NEVER;
  private raiseUs = NEVER;
  private confirmUs = NEVER;

  /** @throws ArgumentError when sizes or times are out of range or order */
  constructor(options: PathMtuProberOptions) {
    const { maxSize, headerLength = 28, maxProbes = 3, precision = 8 } = options;
    const { minSize = headerLength < IPV6_HEADERS ? 548 : 1280 - headerLength } = options;
    const { probeTimerMs = 15_000, raiseTimerMs = 600_000, confirmationTimerMs = 60_000 } = options;
    checkInteger('maxSize', maxSize, 1, 65_527);
    const baseSize = options.baseSize ?? Math.min(1200, maxSize);
    checkInteger('baseSize', baseSize, 1, maxSize);
    checkInteger('minSize', Math.min(minSize, baseSize), 1, baseSize);
    checkInteger('headerLength', headerLength, 0, 1000);
    checkInteger('maxProbes', maxProbes, 1, 100);
    checkInteger('precision', precision, 1, 65_527);
    // RFC 8899 §5.1.1 R8899-11: below a second is not allowed.
    checkInteger('probeTimerMs', probeTimerMs, 1000, 3_600_000);
    checkInteger('raiseTimerMs', raiseTimerMs, 1000, 86_400_000);
    // RFC 8899 §5.1.1 R8899-13: below 15 seconds is not allowed.
    checkInteger('confirmationTimerMs', confirmationTimerMs, confirmationTimerMs === 0 ? 0 : 15_000, 86_400_000);
    if (options.minSize !== undefined && options.minSize > baseSize)
      throw new ArgumentError('minSize', `must not exceed the base size of ${baseSize}, got ${options.minSize}`);
    this.maxSize = maxSize;
    this.baseSize = baseSize;
    this.minSize = Math.min(minSize, baseSize);
    this.headerLength = headerLength;
    this.maxProbes = maxProbes;
    this.precision = precision;
    this.probeTimerUs = probeTimerMs * 1000;
    this.raiseTimerUs = raiseTimerMs * 1000;
    this.confirmationTimerUs = confirmationTimerMs * 1000;
    this.currentSize = baseSize;
    this.ceiling = maxSize;
  }

  get state(): ProberState {
    return this.currentState;
  }

  /** PLPMTU: the largest payload to send now. */
  get plpmtu(): number {
    return this.currentSize;
  }

  /** When `takeProbe` or `handleTimeout` has something to do, Infinity for never. */
  nextTimeoutUs(): number {
    return Math.min(this.probeDueUs, this.probeTimeoutUs, this.raiseUs, this.confirmUs);
  }

  // RFC 8899 §5.2 R8899-14: DISABLED to BASE.
  /** The peer is there: the search begins. Starting again forgets everything. */
  start(nowUs: number): void {
    this.ceiling = this.maxSize;
    this.enterBase(nowUs);
  }

  // RFC 8899 §4.4 R8899-18: it can be turned off.
  /** The peer is gone: no probes any more. */
  stop(): void {
    this.currentState = 'DISABLED';
    this.abandonProbe();
    this.raiseUs = NEVER;
    this.confirmUs = NEVER;
  }

  // RFC 8899 §5.1.3 R8899-20: one probe at a time, and each is counted.
  /**
   * The datagram to send now, or null. Its timer runs from now; when it cannot be sent call `refused`.
   */
  takeProbe(nowUs: number): PathMtuProbe | null {
    if (this.purpose === 'none' || this.isOutstanding || this.probeDueUs > nowUs) return null;
    this.isOutstanding = true;
    this.probeDueUs = NEVER;
    this.probeTimeoutUs = nowUs + this.probeTimerUs;
    this.probeCount++;
    this.sent++;
    return { id: this.nextId++, size: this.probedSize };
  }

  // RFC 8899 §3 R8899-7: by the program or the protocol above.
  /**
   * The peer has confirmed a probe. Late confirmations of earlier probes of the same size count too; others are ignored.
   * @returns whether the confirmation meant something
   */
  acknowledged(id: number, nowUs: number): boolean {
    if (this.purpose === 'none' || id < this.firstId || id >= this.nextId) return false;
    const { purpose, probedSize } = this;
    this.confirmed++;
    this.abandonProbe();
    this.losses = 0;
    // What a router claimed has been refuted.
    if (probedSize > this.ceiling) this.ceiling = this.maxSize;
    if (purpose === 'confirm') {
      this.enterComplete(nowUs, false);
      return true;
    }
    // RFC 8899 §5.2: base confirmed, or a larger size: the search goes on from there.
    this.currentSize = Math.max(this.currentState === 'SEARCHING' ? this.currentSize : 0, probedSize);
    this.search(nowUs);
    return true;
  }

  /** The probe did not even leave this host (EMSGSIZE): its size is too large, and no more of them are tried. */
  refused(id: number, nowUs: number): void {
    if (!this.isOutstanding || id !== this.nextId - 1) return;
    this.sizeFailed(nowUs);
  }

  // RFC 8899 §3 R8899-9: it bounds the search, and only a confirmed probe raises the size.
  // RFC 8899 §4.6.2 R8899-17: ignored, ERROR, BASE, or the next size to try.
  /**
   * A router said that a datagram was too big; the stack has checked that it quotes one that was sent (RFC 8899 §4.6.1).
   * @param mtu next-hop MTU as reported, bytes of IP packet
   */
  tooBig(mtu: number, nowUs: number): void {
    const size = mtu - this.headerLength;
    const isKnown = this.currentState === 'DISABLED' || size >= Math.max(this.currentSize, this.outstandingSize);
    // Neither more than was sent nor less than any path must carry.
    if (isKnown || size < this.minSize || size >= this.ceiling) {
      this.reportsIgnored++;
      return;
    }
    this.reportsTaken++;
    this.ceiling = size;
    if (this.currentState === 'ERROR') return;
    if (size < this.baseSize) this.enterError(nowUs);
    else if (size < this.currentSize) this.enterBase(nowUs);
    else if (this.purpose === 'search' && this.probedSize > size) {
      this.hint = size;
      this.abandonProbe();
      this.search(nowUs);
    }
  }

  /** Data of `size` octets was confirmed by the peer: the size in use works. */
  delivered(size: number, nowUs: number): void {
    if (size < this.currentSize) return;
    this.losses = 0;
    if (this.currentState === 'SEARCH_COMPLETE' && this.purpose !== 'confirm') this.startConfirmation(nowUs);
  }

  /**
   * Data of `size` octets is thought lost. After `maxProbes` full-sized ones in a row with nothing confirmed between them the
   * path has become a black hole (RFC 8899 §4.3).
   */
  lost(size: number, nowUs: number): void {
    const isUsing = this.currentState === 'SEARCH_COMPLETE' || this.currentState === 'SEARCHING';
    if (!isUsing || size < this.currentSize || this.currentSize <= this.baseSize) return;
    if (++this.losses >= this.maxProbes) this.fellIntoBlackHole(nowUs);
  }

  /** Runs the timers that are due; call `takeProbe` afterwards. */
  handleTimeout(nowUs: number): void {
    if (this.probeTimeoutUs <= nowUs) {
      this.probeTimeoutUs = NEVER;
      this.isOutstanding = false;
      if (this.probeCount < this.maxProbes || this.currentState === 'ERROR') this.probeDueUs = nowUs;
      else this.sizeFailed(nowUs);
    }
    if (this.raiseUs <= nowUs) {
      this.raiseUs = NEVER;
      // RFC 8899 §5.1.1 R8899-12: SEARCH_COMPLETE to SEARCHING: the path may have become wider.
      this.ceiling = this.maxSize;
      this.abandonProbe();
      this.isMaxTried = false;
      this.search(nowUs);
    }
    if (this.confirmUs <= nowUs) {
      this.confirmUs = NEVER;
      this.probe('confirm', this.currentSize, nowUs);
    }
  }

  private get outstandingSize(): number {
    return this.purpose === 'none' ? 0 : this.probedSize;
  }

  private enterBase(nowUs: number): void {
    this.currentState = 'BASE';
    this.currentSize = this.baseSize;
    this.forgetSearch();
    this.probe('base', this.baseSize, nowUs);
  }

  private enterError(nowUs: number): void {
    this.currentState = 'ERROR';
    this.currentSize = this.minSize;
    this.forgetSearch();
    // RFC 8899 §5.2 R8899-15: a probe of the base size now and then finds out when the path is better again.
    this.probe('base', this.baseSize, nowUs + this.probeTimerUs);
  }

  private forgetSearch(): void {
    this.abandonProbe();
    this.raiseUs = NEVER;
    this.confirmUs = NEVER;
    this.hint = 0;
    this.losses = 0;
    this.isMaxTried = false;
  }

  /** SEARCHING: the next size, or the end of the search. */
  private search(nowUs: number): void {
    this.currentState = 'SEARCHING';
    this.confirmUs = NEVER;
    this.raiseUs = NEVER;
    const size = this.nextSize();
    if (size === 0) this.enterComplete(nowUs, true);
    else this.probe('search', size, nowUs);
  }

  // RFC 8899 §5.3 R8899-16: a binary search.
  /** What a router named, then the largest (most paths take it), then the middle. 0: close enough. */
  private nextSize(): number {
    const { currentSize, ceiling, hint } = this;
    this.hint = 0;
    if (hint > currentSize && hint <= ceiling) return hint;
    if (currentSize >= ceiling) return 0;
    if (!this.isMaxTried) {
      this.isMaxTried = true;
      return ceiling;
    }
    if (ceiling - currentSize < this.precision) return 0;
    return (currentSize + ceiling + 1) >> 1;
  }

  private enterComplete(nowUs: number, isNew: boolean): void {
    this.currentState = 'SEARCH_COMPLETE';
    if (isNew) this.raiseUs = nowUs + this.raiseTimerUs;
    this.startConfirmation(nowUs);
  }

  private startConfirmation(nowUs: number): void {
    const isUseful = this.confirmationTimerUs > 0 && this.currentSize > this.baseSize;
    this.confirmUs = isUseful ? nowUs + this.confirmationTimerUs : NEVER;
  }

  private probe(purpose: Purpose, size: number, dueUs: number): void {
    this.purpose = purpose;
    this.probedSize = size;
    this.probeCount = 0;
    this.firstId = this.nextId;
    this.isOutstanding = false;
    this.probeDueUs = dueUs;
    this.probeTimeoutUs = NEVER;
  }

  private abandonProbe(): void {
    this.probe('none', 0, NEVER);
  }

  // RFC 8899 §5.1.2 R8899-3: after three of them by default.
  /** MAX_PROBES is reached. */
  private sizeFailed(nowUs: number): void {
    const { purpose, probedSize } = this;
    this.failed++;
    this.abandonProbe();
    if (purpose === 'base') this.enterError(nowUs);
    else if (purpose === 'confirm') this.fellIntoBlackHole(nowUs);
    else {
      this.ceiling = probedSize - 1;
      this.search(nowUs);
    }
  }

  // RFC 8899 §4.3 R8899-1: a black hole.
  /** The size in use does not get through any more: back to the base size, which has to prove itself. */
  private fellIntoBlackHole(nowUs: number): void {
    this.blackHoles++;
    this.ceiling = Math.max(this.baseSize, this.currentSize - 1);
    this.enterBase(nowUs);
  }
}
