/** The detector on the line: the real scanner and a real flood are named, honest traffic is not, however busy. */
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import type { Slot } from '../../src/base/slot.ts';
import { PRESET, parseSimulatedHost, ScanSimulation } from '../../src/cli/scan-simulation.ts';
import { type DetectionEvent, type DetectionSettings, TrafficDetector } from '../../src/detect/index.ts';
import type { FrameDirection } from '../../src/link/tracer.ts';
import { parsePorts, parseTarget, type TargetRange, type TechniqueName, timingOf } from '../../src/scan/index.ts';
import {
  BulkReceiver,
  BulkSender,
  ClientApplication,
  EchoServer,
  Network,
  type NetworkRecorder,
} from '../../src/sim/index.ts';
import { TcpFlag } from '../../src/wire/tcp-segment.ts';
import { frame } from '../support/frames.ts';

/** Hears each frame once, where it is sent. */
class Tap implements NetworkRecorder {
  readonly detector: TrafficDetector;

  constructor(settings: Partial<DetectionSettings> = {}) {
    this.detector = new TrafficDetector(new SeededRandom(5), settings);
  }

  addInterface(): number {
    return 0;
  }

  frameSeen(_interfaceId: number, direction: FrameDirection, timeUs: number, slot: Slot): void {
    if (direction === 'out') this.detector.frameSeen(timeUs, slot, 'ethernet');
  }
}

function kindsOf(events: readonly DetectionEvent[]): string[] {
  return [...new Set(events.map(({ kind }) => kind))].sort();
}

function scanned(technique: TechniqueName | null, targets: string, ports = '1-200', timing = 3): DetectionEvent[] {
  const simulation = new ScanSimulation(
    { hosts: PRESET.map(parseSimulatedHost), seed: 1, loss: 0, delayMs: 1 },
    {
      targets: [parseTarget(targets) as TargetRange],
      techniques: technique === null ? [] : [technique],
      ports: parsePorts(ports),
      timing: timingOf(timing),
    },
  );
  const tap = new Tap();
  simulation.network.record(tap);
  while (!simulation.run(100_000));
  return tap.detector.takeEvents();
}

describe('scans', () => {
  it.each(['syn', 'connect', 'fin', 'null', 'xmas', 'ack', 'window', 'maimon', 'udp'] as const)(
    '%s over the ports of a host is a vertical scan',
    (technique) => {
      const events = scanned(technique, '10.0.1.2');
      expect(kindsOf(events)).toEqual(['vertical-scan']);
      expect(events[0]).toMatchObject({ source: '10.0.1.1', target: '10.0.1.2' });
    },
  );

  it('of a network without ports is a horizontal scan', () => {
    const events = scanned(null, '10.0.1.0/24');
    expect(kindsOf(events)).toEqual(['horizontal-scan']);
    expect(events[0]).toMatchObject({ source: '10.0.1.1', target: null });
  });

  it('that are slow and small pass below the thresholds', () => {
    expect(scanned('syn', '10.0.1.2', '1-15')).toEqual([]);
  });
});

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

describe('honest traffic', () => {
  it('of many clients, echo and bulk, raises no alarm', () => {
    const network = new Network({ seed: 4 });
    const server = network.host('server');
    const clients = Array.from({ length: 24 }, (_, index) => network.host(`client${index}`));
    network.switch([server, ...clients], { delayMs: 2, loss: 0.01 });
    const tap = new Tap();
    network.record(tap);
    for (let port = 80; port < 90; port++) server.start(new EchoServer(port));
    const receiver = server.start(new BulkReceiver(9000));
    const address = network.addressOf('server');
    for (const client of clients) {
      client.start(new BulkSender({ remoteAddress: address, remotePort: 9000 }, 200_000));
      for (let port = 80; port < 90; port++) {
        for (let count = 0; count < 5; count++)
          client.start(new ClientApplication({ remoteAddress: address, remotePort: port }));
      }
    }
    network.run({ forMs: 20_000 });
    expect(receiver.finished).toBe(24);
    expect(tap.detector.takeEvents()).toEqual([]);
  });

  it('to a service that is down raises no scan alarm', () => {
    const network = new Network({ seed: 4 });
    const [server, client] = [network.host('server'), network.host('client')];
    network.link(server, client);
    const tap = new Tap();
    network.record(tap);
    for (let count = 0; count < 100; count++) {
      client.start(new ClientApplication({ remoteAddress: network.addressOf('server'), remotePort: 80 }));
    }
    network.run({ forMs: 3000 });
    expect(kindsOf(tap.detector.takeEvents())).not.toContain('vertical-scan');
  });
});

describe('settings', () => {
  it('are checked', () => {
    expect(() => new TrafficDetector(new SeededRandom(1), { verticalPorts: 0 })).toThrow(/verticalPorts/);
    expect(() => new TrafficDetector(new SeededRandom(1), { windowMs: Number.NaN })).toThrow(/windowMs/);
  });
});
