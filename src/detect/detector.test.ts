/** The detector, fed by hand: floods, storms, ARP, errors, windows of time, and what it must not be misled by. */
import { describe, expect, it } from 'vitest';
import { frame, MAC_A, MAC_B } from '../../test/support/frames.ts';
import { Address } from '../base/address.ts';
import { MacAddress } from '../base/mac-address.ts';
import { SeededRandom } from '../base/random.ts';
import { Slot } from '../base/slot.ts';
import { ARP_LENGTH, ArpOperation, ArpPacket, emitArp } from '../wire/arp.ts';
import { EtherType, emitEthernet } from '../wire/ethernet.ts';
import { IcmpType, IcmpUnreachableCode } from '../wire/icmp.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';
import { type DetectionEvent, type DetectionSettings, TrafficDetector } from './index.ts';

const detectorWith = (settings: Partial<DetectionSettings> = {}): TrafficDetector =>
  new TrafficDetector(new SeededRandom(5), settings);

function kindsOf(events: readonly DetectionEvent[]): string[] {
  return [...new Set(events.map(({ kind }) => kind))].sort();
}

describe('floods', () => {
  const SOURCES = 700;

  function flood(detector: TrafficDetector, perMs: number, count: number, isAnswered: boolean): void {
    for (let number = 0; number < count; number++) {
      const timeUs = (number / perMs) * 1000;
      const source = `172.16.${(number >> 8) & 255}.${number & 255}`;
      const numbers = {
        medium: 'ip',
        source,
        destination: '10.0.0.1',
        sourcePort: 1024 + (number % SOURCES),
        destinationPort: 80,
      } as const;
      detector.frameSeen(timeUs, frame({ ...numbers, flags: TcpFlag.syn }), 'ip');
      if (isAnswered) detector.frameSeen(timeUs + 100, frame({ ...numbers, flags: TcpFlag.ack }), 'ip');
    }
  }

  it('of SYNs from invented addresses are named with their port', () => {
    const detector = new TrafficDetector(new SeededRandom(5));
    flood(detector, 10, 20_000, false);
    const events = detector.takeEvents();
    expect(events[0]).toMatchObject({ kind: 'syn-flood', target: '10.0.0.1', port: 80, source: null });
    expect(kindsOf(events)).toEqual(['syn-flood']);
  });

  it('that are no floods are as many connections, completed', () => {
    const detector = new TrafficDetector(new SeededRandom(5));
    flood(detector, 10, 20_000, true);
    expect(detector.takeEvents()).toEqual([]);
  });

  it('that trickle build up half-open connections', () => {
    const detector = new TrafficDetector(new SeededRandom(5));
    flood(detector, 0.02, 400, false);
    expect(kindsOf(detector.takeEvents())).toEqual(['half-open']);
  });

  it('of resets are a storm, a few in much traffic are none', () => {
    const detector = new TrafficDetector(new SeededRandom(5));
    const reset = frame({ medium: 'ip', flags: TcpFlag.rst | TcpFlag.ack });
    const data = frame({ medium: 'ip', flags: TcpFlag.ack });
    for (let number = 0; number < 600; number++) {
      detector.frameSeen(number * 1000, reset, 'ip');
      for (let other = 0; other < 5; other++) detector.frameSeen(number * 1000, data, 'ip');
    }
    expect(detector.takeEvents()).toEqual([]);
    for (let number = 0; number < 2000; number++) detector.frameSeen(600_000 + number, reset, 'ip');
    expect(kindsOf(detector.takeEvents())).toEqual(['rst-storm']);
  });

  it('of resets are none beside a super-segment, which counts as what it will be cut into', () => {
    const reset = frame({ medium: 'ip', flags: TcpFlag.rst | TcpFlag.ack });
    const bulk = frame({ medium: 'ip', flags: TcpFlag.ack, payload: new Uint8Array(1400) });
    const raisedWith = (gsoSize: number): string[] => {
      const detector = new TrafficDetector(new SeededRandom(5));
      bulk.gsoSize = gsoSize;
      for (let number = 0; number < 1000; number++) {
        detector.frameSeen(number, reset, 'ip');
        detector.frameSeen(number, bulk, 'ip');
      }
      return kindsOf(detector.takeEvents());
    };
    expect(raisedWith(100)).toEqual([]);
    expect(raisedWith(1400)).toEqual(['rst-storm']);
  });

  it('raise each event once until it was quiet for long enough', () => {
    const detector = new TrafficDetector(new SeededRandom(5), { quietMs: 500 });
    flood(detector, 10, 20_000, false);
    const { length } = detector.takeEvents();
    expect(length).toBeGreaterThan(1);
    expect(length).toBeLessThanOrEqual(4);
  });

  it('of nonsense raise nothing and take no memory', () => {
    const random = new SeededRandom(9);
    const detector = new TrafficDetector(new SeededRandom(5));
    const slot = frame({ medium: 'ip' });
    for (let number = 0; number < 20_000; number++) {
      slot.memory.u8[slot.offset + ((random.publicInt32() >>> 0) % slot.length)] = random.publicInt32();
      detector.frameSeen(number, slot, number % 2 === 0 ? 'ip' : 'ethernet');
    }
    expect(detector.takeEvents().length).toBeLessThanOrEqual(256);
  });
});

interface ArpOptions {
  readonly operation?: number;
  readonly sender?: string;
  readonly target?: string;
  /** Octets of VLAN tags in front. */
  readonly tags?: number;
  readonly length?: number;
}

function arp(options: ArpOptions = {}): Slot {
  const { operation = ArpOperation.request, sender = '10.0.1.1', target = '10.0.1.2', tags = 0 } = options;
  const slot = Slot.allocate(200, true);
  const { memory } = slot;
  const packet = new ArpPacket();
  packet.operation = operation;
  packet.senderAddress = Address.parse(sender).w3;
  packet.targetAddress = Address.parse(target).w3;
  const [to, from] = [MacAddress.parse(MAC_B), MacAddress.parse(MAC_A)];
  const type = tags > 0 ? EtherType.vlan : EtherType.arp;
  emitEthernet(memory, slot.offset, to.high, to.low, from.high, from.low, type);
  for (let tag = 0; tag < tags; tag++) {
    memory.view.setUint16(slot.offset + 16 + tag * 4, tag + 1 === tags ? EtherType.arp : EtherType.vlan);
  }
  emitArp(memory, slot.offset + 14 + tags * 4, packet);
  slot.length = options.length ?? 14 + tags * 4 + ARP_LENGTH;
  return slot;
}

const hostOf = (number: number): string => `10.0.1.${number}`;

describe('ARP', () => {
  /** As many are asked for; some answer. */
  function sweep(detector: TrafficDetector, hosts: number, answering: (host: number) => boolean, tags = 0): void {
    for (let host = 2; host < 2 + hosts; host++) {
      detector.frameSeen(host, arp({ target: hostOf(host), tags }), 'ethernet');
      if (!answering(host)) continue;
      const answer = arp({ operation: ArpOperation.reply, sender: hostOf(host), target: '10.0.1.1', tags });
      detector.frameSeen(host, answer, 'ethernet');
    }
  }

  it.each([0, 1, 2])('requests for hosts that are not there are a horizontal scan, with %i VLAN tags too', (tags) => {
    const detector = detectorWith();
    sweep(detector, 60, () => false, tags);
    expect(detector.takeEvents()).toMatchObject([{ kind: 'horizontal-scan', source: '10.0.1.1', target: null }]);
  });

  it('requests that are answered are none', () => {
    const detector = detectorWith();
    sweep(detector, 60, () => true);
    expect(detector.takeEvents()).toEqual([]);
  });

  it('the threshold counts those in vain, not all', () => {
    const detector = detectorWith({ horizontalHosts: 30 });
    sweep(detector, 50, (host) => host % 2 === 0);
    expect(detector.takeEvents()).toEqual([]);
    sweep(detector, 90, (host) => host % 2 === 0);
    expect(kindsOf(detector.takeEvents())).toEqual(['horizontal-scan']);
  });

  it('announcements, probes of an address of one’s own, RARP and what is cut off ask for nobody', () => {
    const detector = detectorWith({ horizontalHosts: 2 });
    for (let host = 2; host < 100; host++) {
      detector.frameSeen(0, arp({ sender: hostOf(host), target: hostOf(host) }), 'ethernet');
      detector.frameSeen(0, arp({ sender: '0.0.0.0', target: hostOf(host) }), 'ethernet');
      detector.frameSeen(0, arp({ operation: ArpOperation.reverseRequest, target: hostOf(host) }), 'ethernet');
      detector.frameSeen(0, arp({ target: hostOf(host), length: 14 + ARP_LENGTH - 1 }), 'ethernet');
      // Bare IP links have no ARP.
      detector.frameSeen(0, arp({ target: hostOf(host) }), 'ip');
    }
    expect(detector.takeEvents()).toEqual([]);
  });
});

describe('ports', () => {
  const SCANNER = '10.0.1.1';
  const TARGET = '10.0.1.2';

  it('datagrams that bring port unreachable are tries of their sender, from the quoted packet alone', () => {
    const detector = detectorWith();
    for (let port = 1; port < 60; port++) {
      const quoted = frame({
        medium: 'ip',
        protocol: 'udp',
        source: SCANNER,
        destination: TARGET,
        destinationPort: port,
      });
      const payload = quoted.memory.u8.slice(quoted.offset, quoted.offset + 28);
      const icmp = { type: IcmpType.destinationUnreachable, code: IcmpUnreachableCode.port, id: 0, sequence: 0 };
      const error = frame({ medium: 'ip', protocol: 'icmp', source: TARGET, destination: SCANNER, icmp, payload });
      detector.frameSeen(port, error, 'ip');
    }
    expect(detector.takeEvents()).toMatchObject([{ kind: 'vertical-scan', source: SCANNER, target: TARGET }]);
  });

  it('datagrams that are answered are none', () => {
    const detector = detectorWith();
    for (let port = 1; port < 60; port++) {
      const there = { source: SCANNER, destination: TARGET, sourcePort: 50_000, destinationPort: port };
      const back = { source: TARGET, destination: SCANNER, sourcePort: port, destinationPort: 50_000 };
      detector.frameSeen(port, frame({ medium: 'ip', protocol: 'udp', ...there }), 'ip');
      detector.frameSeen(port, frame({ medium: 'ip', protocol: 'udp', ...back }), 'ip');
    }
    expect(detector.takeEvents()).toEqual([]);
  });

  it('counts begin anew with each window: a slow scan stays below', () => {
    for (const [pauseUs, kinds] of [
      [10_000, ['vertical-scan']],
      [600_000, []],
    ] as const) {
      const detector = detectorWith({ windowMs: 5_000 });
      for (let port = 1; port < 60; port++) {
        const syn = { source: SCANNER, destination: TARGET, destinationPort: port, flags: TcpFlag.syn };
        detector.frameSeen(port * pauseUs, frame({ medium: 'ip', ...syn }), 'ip');
      }
      expect(kindsOf(detector.takeEvents())).toEqual(kinds);
    }
  });

  it('events that nobody takes are bounded and counted', () => {
    const detector = detectorWith({ quietMs: 0, horizontalHosts: 2, windowMs: 600_000 });
    for (let number = 0; number < 1_000; number++) {
      detector.frameSeen(number, arp({ target: `10.0.${number & 7}.${number & 31}` }), 'ethernet');
    }
    const { length } = detector.takeEvents();
    expect(length).toBe(256);
    expect(detector.droppedEvents).toBeGreaterThan(500);
    expect(detector.takeEvents()).toEqual([]);
  });
});

describe('settings', () => {
  it('are checked', () => {
    expect(() => new TrafficDetector(new SeededRandom(1), { verticalPorts: 0 })).toThrow(/verticalPorts/);
    expect(() => new TrafficDetector(new SeededRandom(1), { windowMs: Number.NaN })).toThrow(/windowMs/);
  });
});
