/** The detector on the line: the real scanner is named, honest traffic is not, however busy. */
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/base/random.ts';
import type { Slot } from '../../src/base/slot.ts';
import { PRESET, parseSimulatedHost, ScanSimulation } from '../../src/cli/scan-simulation.ts';
import { type DetectionEvent, TrafficDetector } from '../../src/detect/index.ts';
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

/** Hears each frame once, where it is sent. */
class Tap implements NetworkRecorder {
  readonly detector = new TrafficDetector(new SeededRandom(5));

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
