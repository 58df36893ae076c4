/**
 * Duplicate address detection for IPv6 (RFC 4862 section 5.4): an address is tentative until nobody has answered our probes.
 */
import type { Clock } from '../base/clock.ts';
import { msToTicks, TICKS_PER_MS } from '../base/clock.ts';
import { TimerEntry } from '../base/timer-wheel.ts';
import { AddressState, type Interface, type InterfaceAddress } from './interface.ts';
import type { IpContext } from './ip-context.ts';
import type { ConflictListener, NeighborDiscovery } from './neighbor-discovery.ts';
import { IpTimerKind } from './timer-kinds.ts';

/** The detection for one address; its timer sends the next probe, or ends it. */
export class DadProcess extends TimerEntry {
  readonly timerKind = IpTimerKind.duplicateAddressDetection;
  readonly entry: InterfaceAddress;
  probesLeft: number;

  constructor(entry: InterfaceAddress, probes: number) {
    super();
    this.entry = entry;
    this.probesLeft = probes;
  }
}

/** Told how a detection ended. */
export interface DadListener {
  addressUnique(entry: InterfaceAddress): void;
  addressDuplicate(entry: InterfaceAddress): void;
}

export class DuplicateAddressDetection implements ConflictListener {
  private readonly context: IpContext;
  private readonly discovery: NeighborDiscovery;
  private readonly listener: DadListener;
  /** As many as there are tentative addresses. */
  private readonly running: DadProcess[] = [];

  constructor(context: IpContext, discovery: NeighborDiscovery, listener: DadListener) {
    this.context = context;
    this.discovery = discovery;
    this.listener = listener;
  }

  /** Begins with a random pause, so that hosts that start together do not speak together. */
  start(entry: InterfaceAddress): void {
    const process = new DadProcess(entry, this.context.settings.dadTransmits);
    entry.state = AddressState.tentative;
    this.running.push(process);
    this.arm(process);
  }

  /** The interface is up again: nobody has heard the probes that were lost. */
  restart(owner: Interface): void {
    for (const process of this.running) {
      if (process.entry.interface !== owner) continue;
      process.probesLeft = this.context.settings.dadTransmits;
      this.arm(process);
    }
  }

  cancel(entry: InterfaceAddress): void {
    const process = this.running.find((running) => running.entry === entry);
    if (process !== undefined) this.end(process);
  }

  timerExpired(process: DadProcess): void {
    const { wheel, clock } = this.context;
    const { entry } = process;
    // Whoever was not asked cannot answer: `restart` goes on with it.
    if (!entry.interface.isUp) return;
    if (process.probesLeft > 0) {
      process.probesLeft--;
      this.discovery.probe(entry);
      wheel.schedule(process, (clock.tick + msToTicks(entry.interface.retransTimeMs)) | 0);
      return;
    }
    this.end(process);
    entry.state = AddressState.preferred;
    this.listener.addressUnique(entry);
  }

  /** Somebody else has the address, or wants it as we do. */
  addressConflict(entry: InterfaceAddress): void {
    this.context.counters.neighbor.addressConflicts++;
    // RFC 4862 §5.4.4: once an address is ours, a late claim is noted but changes nothing.
    if (entry.state !== AddressState.tentative) return;
    this.cancel(entry);
    entry.state = AddressState.duplicate;
    this.listener.addressDuplicate(entry);
  }

  private arm(process: DadProcess): void {
    const { settings, wheel, clock, random } = this.context;
    const fraction = (random.publicInt32() >>> 0) / 4294967296;
    const delay = Math.floor(fraction * settings.routerSolicitationDelayMs * TICKS_PER_MS);
    wheel.schedule(process, (clock.tick + 1 + delay) | 0);
  }

  private end(process: DadProcess): void {
    this.context.wheel.cancel(process);
    const at = this.running.indexOf(process);
    if (at >= 0) this.running.splice(at, 1);
  }
}

/** The tick at which `untilUs` is over, or a nearer one when that is further away than the wheel turns. */
export function tickAt(clock: Clock, untilUs: number): number {
  const ticks = Math.ceil((untilUs - clock.nowUs) / 100);
  return (clock.tick + Math.max(1, Math.min(ticks, 0x3fffffff))) | 0;
}
