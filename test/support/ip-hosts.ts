/** Hosts that consist of an IP layer alone, joined by hand, for the tests of src/ip. */
import { Address } from '../../src/base/address.ts';
import { Clock } from '../../src/base/clock.ts';
import { SipHash } from '../../src/base/keyed-hash.ts';
import { type LinkCapabilities, plainCapabilities } from '../../src/base/link-capabilities.ts';
import { MacAddress } from '../../src/base/mac-address.ts';
import { PlainPacketMemory } from '../../src/base/packet-memory.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { Slot } from '../../src/base/slot.ts';
import { TimerWheel } from '../../src/base/timer-wheel.ts';
import { makeIcmp } from '../../src/icmp/icmp-parts.ts';
import { IpCounters } from '../../src/ip/counters.ts';
import type { Interface } from '../../src/ip/interface.ts';
import type { IcmpErrorReport, IpContext, TransportProtocols } from '../../src/ip/ip-context.ts';
import { IpLayer } from '../../src/ip/ip-layer.ts';
import { type IpSettings, ipSettings } from '../../src/ip/settings.ts';
import { dropReasonName } from '../../src/wire/drop-reason.ts';
import type { IpPacket } from '../../src/wire/ip-packet.ts';

export interface ArrivedDatagram {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly text: string;
}

/** Protocols from 200 on are spoken here; what arrives is kept. */
export class RecordingTransports implements TransportProtocols {
  readonly arrived: ArrivedDatagram[] = [];
  readonly errors: { kind: string; destination: string; mtu: number; local: boolean }[] = [];

  transportArrived(packet: IpPacket): boolean {
    if (packet.protocol < 200) return false;
    const { payloadOffset, payloadLength } = packet;
    const bytes = packet.memory.u8.slice(payloadOffset, payloadOffset + payloadLength);
    this.arrived.push({
      source: packet.sourceAddress().toString(),
      destination: packet.destinationAddress().toString(),
      protocol: packet.protocol,
      text: String.fromCharCode(...bytes.subarray(0, 64)),
    });
    return true;
  }

  icmpErrorArrived(error: IcmpErrorReport): void {
    const { kind, mtu, local } = error;
    this.errors.push({ kind, destination: error.destination.toString(), mtu, local });
  }
}

/** A context whose drops are kept by name. */
export class RecordingContext implements IpContext {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly random: SeededRandom;
  readonly hash: SipHash;
  readonly settings: IpSettings;
  readonly counters = new IpCounters();
  readonly drops: string[] = [];

  constructor(seed: number, settings: IpSettings, startUs: number) {
    this.clock = new Clock(0);
    this.clock.set(startUs);
    this.wheel = new TimerWheel(this.clock.tick);
    this.random = new SeededRandom(seed);
    this.hash = SipHash.keyedBy(this.random);
    this.settings = settings;
  }

  dropped(reason: number): void {
    this.drops.push(dropReasonName(reason));
  }
}

export class IpHost {
  readonly context: RecordingContext;
  readonly transports = new RecordingTransports();
  readonly ip: IpLayer;

  constructor(seed: number, changes: Partial<IpSettings> = {}, profile: 'linux' | 'rfc' = 'linux', startUs = 0) {
    this.context = new RecordingContext(seed, ipSettings(profile, changes), startUs);
    this.ip = new IpLayer(this.context, this.transports, makeIcmp);
  }

  get drops(): string[] {
    return this.context.drops;
  }

  get counters(): IpCounters {
    return this.context.counters;
  }

  addEthernet(mac: string, capabilities: LinkCapabilities = plainCapabilities('ethernet', 1500)): Interface {
    const name = `eth${this.ip.interfaces.length - 1}`;
    return this.ip.addInterface({ name, capabilities, mac: MacAddress.parse(mac) });
  }

  addTunnel(mtu = 1500): Interface {
    return this.ip.addInterface({
      name: `tun${this.ip.interfaces.length - 1}`,
      capabilities: plainCapabilities('ip', mtu),
    });
  }

  /** Moves the clock on and runs what is due on the way. */
  advance(ms: number): void {
    const { clock, wheel } = this.context;
    const untilUs = clock.nowUs + ms * 1000;
    while (wheel.isPending) {
      const nextUs = clock.tickToUs(wheel.nextTick());
      if (nextUs > untilUs) break;
      clock.set(Math.max(nextUs, clock.nowUs));
      for (let entry = wheel.popDue(clock.tick); entry !== null; entry = wheel.popDue(clock.tick)) {
        this.ip.timerExpired(entry);
      }
    }
    clock.set(untilUs);
    wheel.popDue(clock.tick);
  }

  /** Sends text in a datagram of protocol 200; the answer of sendDatagram, or -1 without a route. */
  send(to: string, text: string, options: Parameters<IpLayer['sendDatagram']>[4], interfaceId = -1): number {
    const destination = this.ip.lookup(Address.parse(to), null, interfaceId);
    if (destination === null) return -1;
    const bytes = new PlainPacketMemory(Math.max(64, text.length));
    bytes.u8.set(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
    return this.ip.sendDatagram(destination, 200, bytes, text.length, options);
  }
}

/** Ends of one wire. */
export interface WireEnd {
  readonly host: IpHost;
  readonly interfaceId: number;
}

/** A shared cable: what one end sends all others get. */
export class Cable {
  readonly ends: WireEnd[];
  /** Every frame that passed, as bytes. */
  readonly frames: Uint8Array[] = [];
  /** Frames for which this returns false are lost. */
  passes: (frame: Uint8Array, from: IpHost) => boolean = () => true;
  private readonly slot = Slot.allocate(70_000, true);
  private readonly received = Slot.allocate(70_000, true);

  constructor(...ends: WireEnd[]) {
    this.ends = ends;
  }

  /** Carries frames until nobody has any; at most `limit`. */
  settle(limit = 1000): number {
    let carried = 0;
    for (let moved = true; moved && carried < limit; ) {
      moved = false;
      for (const end of this.ends) {
        while (carried < limit && this.carryOne(end)) {
          moved = true;
          carried++;
        }
        this.runLoopback(end.host);
      }
    }
    return carried;
  }

  /** Lets time pass at all ends together in small steps. */
  run(ms: number, stepMs = 100): void {
    for (let left = ms; left > 0; left -= stepMs) {
      for (const { host } of this.ends) host.advance(Math.min(stepMs, left));
      this.settle();
    }
  }

  runLoopback(host: IpHost): void {
    for (;;) {
      this.slot.interfaceId = 0;
      this.slot.reset();
      if (!host.ip.pollTransmit(this.slot)) return;
      host.ip.receive(this.slot);
    }
  }

  private carryOne(from: WireEnd): boolean {
    const { slot } = this;
    slot.reset();
    slot.interfaceId = from.interfaceId;
    if (!from.host.ip.pollTransmit(slot)) return false;
    const bytes = slot.memory.u8.slice(slot.offset, slot.offset + slot.length);
    if (!this.passes(bytes, from.host)) return true;
    this.frames.push(bytes);
    for (const to of this.ends) {
      if (to === from) continue;
      this.received.copyFrom(slot);
      this.received.interfaceId = to.interfaceId;
      to.host.ip.receive(this.received);
    }
    return true;
  }
}

/** Bytes of `text` written in hex with blanks. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(text.replaceAll(/\s+/g, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Hands raw bytes to a host as a frame received by `interfaceId`. */
export function inject(host: IpHost, interfaceId: number, bytes: Uint8Array): void {
  const slot = Slot.allocate(Math.max(bytes.length, 64), true);
  slot.memory.u8.set(bytes, slot.offset);
  slot.length = bytes.length;
  slot.interfaceId = interfaceId;
  host.ip.receive(slot);
}
