/**
 * One technique over a group of hosts and their ports: which probe is next, what an answer means for it, when it is tried again, when
 * it is given up. Knows nothing of frames: probes are chosen here and written elsewhere.
 *
 * A port that does not answer is tried once more; further tries come only when the host has answered such late tries before,
 * because then answers get lost. Until the end of the pass such ports are parked, not given up. Hosts limit how often they send ICMP
 * errors (RFC 1812 section 4.3.2.8); where such an error tells more than silence, some parked ports get a second look after a pause.
 */
import type { ProbeCookie } from './cookie.ts';
import { ProbeWindow, ScanDelay } from './pace.ts';
import { Reason, reasonOf, stateOf } from './port-state.ts';
import { NumberQueue, type ProbeChain, ProbeStore } from './probe-store.ts';
import type { PortTable } from './report.ts';
import type { ScanEvents } from './scan-events.ts';
import type { TargetHost } from './target-host.ts';
import type { Technique } from './technique.ts';
import type { Timing } from './timing.ts';

/** Second looks per host, and the pause before each: as long as Linux waits between two ICMP errors. */
const LOOKS_MAX = 3;
const LOOK_PAUSE_US = 1_000_000;
/** The first pause between probes to a host that rations its errors. */
const LIMITED_DELAY_US = 200_000;

/** One host's part in a pass. */
export class HostPass {
  readonly host: TargetHost;
  readonly index: number;
  readonly window: ProbeWindow;
  readonly delay: ScanDelay;
  readonly chain: ProbeChain = ProbeStore.emptyChain();
  /** Ports that want another try, and ports that may get one. */
  readonly retries = new NumberQueue();
  readonly parked = new NumberQueue();
  /** Ports not probed yet begin here in the order of the scan. */
  cursor = 0;
  unresolved: number;
  /** The highest try of any port that was answered. */
  answeredTry = 0;
  /** It sent ICMP errors that tell more than silence; second looks since the last one. */
  sendsErrors = false;
  looks = 0;

  constructor(host: TargetHost, index: number, technique: Technique, timing: Timing, portCount: number) {
    this.host = host;
    this.index = index;
    this.window = new ProbeWindow(timing);
    this.delay = new ScanDelay(timing, technique.protocol);
    this.unresolved = portCount;
  }
}

/** What `PortPass.conclude` did with an answer. */
export type Conclusion = 'new' | 'duplicate' | 'contradicted';

/** The whole pass. */
export class PortPass {
  readonly technique: Technique;
  readonly hosts: readonly HostPass[];
  readonly window: ProbeWindow;
  /** The probe `choose` found. */
  chosen: HostPass | null = null;
  chosenPort = 0;
  chosenTry = 0;
  /** Ports decided, over all hosts. */
  resolved = 0;
  private readonly timing: Timing;
  private readonly events: ScanEvents;
  private readonly order: Uint16Array;
  /** Where in the order a port stands, plus one; 0: it is not scanned. */
  private readonly rank = new Int32Array(0x10000);
  private readonly states: Uint8Array;
  private readonly reasons: Uint8Array;
  private readonly hopLimits: Uint8Array;
  private readonly tries: Uint8Array;
  /** The record of a port's last try, plus one; 0: it is not on the way. */
  private readonly records: Int32Array;
  private readonly store: ProbeStore;
  private turn = 0;

  /** @param order the ports in the order in which they are probed, each once */
  constructor(
    technique: Technique,
    hosts: readonly TargetHost[],
    order: Uint16Array,
    timing: Timing,
    events: ScanEvents,
  ) {
    const count = hosts.length * order.length;
    this.technique = technique;
    this.timing = timing;
    this.events = events;
    this.order = order;
    for (let index = 0; index < order.length; index++) this.rank[order[index]!] = index + 1;
    this.states = new Uint8Array(count);
    this.reasons = new Uint8Array(count);
    this.hopLimits = new Uint8Array(count);
    this.tries = new Uint8Array(count);
    this.records = new Int32Array(count);
    this.hosts = hosts.map((host, index) => new HostPass(host, index, technique, timing, order.length));
    this.window = new ProbeWindow(timing, Math.min(hosts.length, 8));
    // A rate that must be kept may go beyond the window.
    this.store = new ProbeStore(Math.min(count + 1, timing.maxWindow + 16_384));
  }

  get total(): number {
    return this.states.length;
  }

  get isFinished(): boolean {
    return this.resolved === this.total;
  }

  /** Chooses the next probe; false when none may go now. `isLate`: a least rate is not kept, so that windows do not count. */
  choose(nowUs: number, isLate: boolean): boolean {
    if (this.store.isFull || (!this.window.hasRoom && !isLate)) return false;
    const { hosts } = this;
    for (let looked = 0; looked < hosts.length; looked++) {
      this.turn = this.turn + 1 < hosts.length ? this.turn + 1 : 0;
      const entry = hosts[this.turn]!;
      if (entry.unresolved === 0 || entry.delay.nextUs > nowUs) continue;
      if (!entry.window.hasRoom && !isLate) continue;
      const item = this.nextItem(entry);
      if (item < 0) continue;
      this.chosen = entry;
      this.chosenPort = this.order[item - entry.index * this.order.length]!;
      this.chosenTry = this.tries[item]!;
      this.tries[item] = this.chosenTry + 1;
      this.records[item] = this.store.add(entry.chain, item, nowUs) + 1;
      entry.window.inFlight++;
      this.window.inFlight++;
      entry.delay.sent(nowUs);
      return true;
    }
    return false;
  }

  /** The pass's number of a port of a host, -1 when it is not scanned or not probed yet. */
  itemOf(entry: HostPass, port: number): number {
    const rank = this.rank[port]!;
    if (rank === 0) return -1;
    const item = entry.index * this.order.length + rank - 1;
    return this.tries[item] === 0 ? -1 : item;
  }

  /** Which try has this source port (`cookie` then holds its numbers), -1: none of ours. */
  tryWith(cookie: ProbeCookie, kind: number, entry: HostPass, item: number, port: number, sourcePort: number): number {
    for (let tryNumber = this.tries[item]! - 1; tryNumber >= 0; tryNumber--) {
      cookie.compute(entry.host.address, kind, port, tryNumber);
      if (cookie.sourcePort === sourcePort) return tryNumber;
    }
    return -1;
  }

  /** Takes the verdict that an answer to try `tryNumber` gives. `isProof`: it carries numbers that only the target could know. */
  conclude(
    entry: HostPass,
    item: number,
    tryNumber: number,
    given: number,
    hopLimit: number,
    isProof: boolean,
    nowUs: number,
  ): Conclusion {
    const known = this.states[item]!;
    if (known !== 0) {
      const isLie = isProof && known !== stateOf(given) && !isProven(this.reasons[item]!);
      if (!isLie) return 'duplicate';
      this.set(item, given, hopLimit);
      return 'contradicted';
    }
    this.measure(entry, item, tryNumber, nowUs);
    this.forget(entry, item);
    this.set(item, given, hopLimit);
    this.resolved++;
    entry.unresolved--;
    entry.window.answered();
    this.window.answered();
    // An error that says no more than silence is not worth waiting for: that one came late shows nothing of loss.
    if (!isProof && stateOf(given) === this.technique.silence) return 'new';
    entry.delay.answered(tryNumber === 0);
    if (!isProof) {
      entry.sendsErrors = true;
      // Errors that come for late tries only are rationed, whatever the share.
      if (tryNumber > 0) entry.delay.raise(LIMITED_DELAY_US);
    }
    entry.looks = 0;
    if (tryNumber > 0) {
      const { rtoUs } = entry.host.roundTrip;
      entry.window.lost(nowUs, rtoUs);
      this.window.lost(nowUs, rtoUs);
    }
    if (tryNumber > entry.answeredTry) {
      entry.answeredTry = tryNumber;
      this.unpark(entry, nowUs);
    }
    return 'new';
  }

  /** Looks at probes whose time is over. */
  expire(nowUs: number): void {
    for (const entry of this.hosts) {
      if (entry.unresolved === 0) continue;
      const { rtoUs } = entry.host.roundTrip;
      const { chain } = entry;
      while (chain.first >= 0 && this.store.sentUs[chain.first]! + rtoUs <= nowUs) {
        const item = this.store.item[chain.first]!;
        this.forget(entry, item);
        if (this.technique.protocol === 'tcp') {
          entry.window.silent();
          this.window.silent();
        }
        this.retry(entry, item, nowUs);
      }
      const isIdle = chain.first < 0 && entry.retries.length === 0 && entry.cursor === this.order.length;
      if (isIdle && !this.looksAgain(entry, nowUs)) this.giveUp(entry, nowUs);
    }
  }

  /** When `expire` next has something to do, or, if `canSend`, `choose`; Infinity: when an answer comes. */
  nextDueUs(nowUs: number, canSend: boolean): number {
    let dueUs = Number.POSITIVE_INFINITY;
    for (const entry of this.hosts) {
      if (entry.unresolved === 0) continue;
      const first = entry.chain.first;
      if (first >= 0) dueUs = Math.min(dueUs, this.store.sentUs[first]! + entry.host.roundTrip.rtoUs);
      const hasMore = entry.retries.length > 0 || entry.cursor < this.order.length;
      if (!hasMore && first < 0) return nowUs;
      if (canSend && hasMore && entry.window.hasRoom && this.window.hasRoom) {
        dueUs = Math.min(dueUs, Math.max(nowUs, entry.delay.nextUs));
      }
    }
    return dueUs;
  }

  /** Nothing more is asked of the host; ports not decided stay unknown. */
  abandon(entry: HostPass): void {
    while (entry.chain.first >= 0) this.forget(entry, this.store.item[entry.chain.first]!);
    this.resolved += entry.unresolved;
    entry.unresolved = 0;
  }

  /** The table of a host, by ascending port. */
  table(entry: HostPass): PortTable {
    const count = this.order.length;
    const start = entry.index * count - 1;
    const ports = new Uint16Array(count);
    const [states, reasons, hopLimits] = [new Uint8Array(count), new Uint8Array(count), new Uint8Array(count)];
    let at = 0;
    for (let port = 0; port < this.rank.length; port++) {
      const rank = this.rank[port]!;
      if (rank === 0) continue;
      const item = start + rank;
      ports[at] = port;
      states[at] = this.states[item]!;
      reasons[at] = this.reasons[item]!;
      hopLimits[at] = this.hopLimits[item]!;
      at++;
    }
    const { name: technique, protocol } = this.technique;
    return { technique, protocol, ports, states, reasons, hopLimits };
  }

  private nextItem(entry: HostPass): number {
    for (let item = entry.retries.shift(); item >= 0; item = entry.retries.shift()) {
      if (this.states[item] === 0) return item;
    }
    if (entry.cursor === this.order.length) return -1;
    return entry.index * this.order.length + entry.cursor++;
  }

  private retry(entry: HostPass, item: number, nowUs: number): void {
    const tried = this.tries[item]!;
    if (tried <= this.allowedRetries(entry)) entry.retries.push(item);
    else if (tried <= this.timing.maxRetries) entry.parked.push(item);
    else this.silence(entry, item, nowUs);
  }

  private allowedRetries(entry: HostPass): number {
    return Math.min(this.timing.maxRetries, entry.answeredTry === 0 ? 1 : entry.answeredTry + 2);
  }

  /** One parked port, after a pause in which the host may have earned the right to an error again. */
  private looksAgain(entry: HostPass, nowUs: number): boolean {
    if (!entry.sendsErrors || entry.looks >= LOOKS_MAX) return false;
    const item = entry.parked.shift();
    if (item < 0) return false;
    entry.looks++;
    entry.retries.push(item);
    entry.delay.nextUs = nowUs + LOOK_PAUSE_US;
    return true;
  }

  private unpark(entry: HostPass, nowUs: number): void {
    for (let left = entry.parked.length; left > 0; left--) {
      const item = entry.parked.shift();
      if (this.states[item] === 0) this.retry(entry, item, nowUs);
    }
  }

  private giveUp(entry: HostPass, nowUs: number): void {
    for (let item = entry.parked.shift(); item >= 0; item = entry.parked.shift()) {
      if (this.states[item] === 0) this.silence(entry, item, nowUs);
    }
  }

  private silence(entry: HostPass, item: number, nowUs: number): void {
    this.set(item, this.technique.silence | (Reason['no-response'] << 8), 0);
    this.resolved++;
    entry.unresolved--;
    const port = this.order[item - entry.index * this.order.length]!;
    this.events.silent(this.technique, entry.host, port, this.tries[item]!, nowUs);
  }

  private set(item: number, given: number, hopLimit: number): void {
    this.states[item] = stateOf(given);
    this.reasons[item] = reasonOf(given);
    this.hopLimits[item] = hopLimit;
  }

  /** The record goes; the port is no longer on the way. */
  private forget(entry: HostPass, item: number): void {
    const record = this.records[item]! - 1;
    if (record < 0) return;
    this.records[item] = 0;
    this.store.remove(entry.chain, record);
    entry.window.inFlight--;
    this.window.inFlight--;
  }

  private measure(entry: HostPass, item: number, tryNumber: number, nowUs: number): void {
    const record = this.records[item]! - 1;
    if (record < 0) return;
    const elapsedUs = nowUs - this.store.sentUs[record]!;
    const { roundTrip } = entry.host;
    const last = this.tries[item]! - 1;
    if (tryNumber === last) roundTrip.sample(elapsedUs);
    // The answer to the try before came after its timeout: the round trip is that much longer.
    else if (tryNumber === last - 1) roundTrip.sample(elapsedUs + roundTrip.rtoUs);
  }
}

/** Reasons that carry numbers of ours, so that nobody on the side can have made them up. */
function isProven(reason: number): boolean {
  return reason === Reason['syn-ack'] || reason === Reason.reset || reason === Reason['conn-refused'];
}
