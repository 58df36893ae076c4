/** Makes the records a listener gets, in one place; without a listener nothing is made. */
import type { MacAddress } from '../base/mac-address.ts';
import type { ProbeCookie } from './cookie.ts';
import type { DiscoveryProbe } from './discovery-probe.ts';
import type { PacketReader } from './packet-reader.ts';
import { portStateName, reasonName, reasonOf, stateOf } from './port-state.ts';
import type { AnswerFacts, ProbeLabel, ScanListener, StrangeRecord } from './scan-listener.ts';
import type { TargetHost } from './target-host.ts';
import type { Technique } from './technique.ts';

/** The events of one scan. */
export class ScanEvents {
  private readonly listener: ScanListener | null;

  constructor(listener: ScanListener | null) {
    this.listener = listener;
  }

  sentToPort(
    technique: Technique,
    host: TargetHost,
    port: number,
    tryNumber: number,
    cookie: ProbeCookie,
    payloadLength: number,
    nowUs: number,
  ): void {
    if (this.listener === null) return;
    const isTcp = technique.protocol === 'tcp';
    this.listener.observe({
      event: 'sent',
      ...label(technique, null, host, port, tryNumber, nowUs),
      flags: technique.flags,
      seq: isTcp ? cookie.seq : 0,
      ack: cookie.ack,
      sourcePort: cookie.sourcePort,
      payloadLength,
    });
  }

  sentForDiscovery(
    probe: DiscoveryProbe,
    host: TargetHost,
    tryNumber: number,
    cookie: ProbeCookie,
    nowUs: number,
  ): void {
    if (this.listener === null) return;
    this.listener.observe({
      event: 'sent',
      ...label(null, probe, host, probe.port, tryNumber, nowUs),
      flags: probe.flags,
      seq: cookie.seq,
      ack: cookie.ack,
      sourcePort: cookie.sourcePort,
      payloadLength: 0,
    });
  }

  concludedBySegment(
    technique: Technique,
    host: TargetHost,
    port: number,
    tryNumber: number,
    reader: PacketReader,
    given: number,
    reply: 'none' | 'rst' | 'ack-rst',
    nowUs: number,
  ): void {
    if (this.listener === null) return;
    this.conclude(label(technique, null, host, port, tryNumber, nowUs), segmentFacts(reader), given, reply);
  }

  concludedByDatagram(
    technique: Technique,
    host: TargetHost,
    port: number,
    tryNumber: number,
    reader: PacketReader,
    given: number,
    nowUs: number,
  ): void {
    if (this.listener === null) return;
    this.conclude(label(technique, null, host, port, tryNumber, nowUs), datagramFacts(reader), given, 'none');
  }

  concludedByError(
    technique: Technique,
    host: TargetHost,
    port: number,
    tryNumber: number,
    reader: PacketReader,
    given: number,
    nowUs: number,
  ): void {
    if (this.listener === null) return;
    this.conclude(label(technique, null, host, port, tryNumber, nowUs), errorFacts(reader), given, 'none');
  }

  silent(technique: Technique, host: TargetHost, port: number, tries: number, nowUs: number): void {
    if (this.listener === null) return;
    const given = technique.silence | (1 << 8);
    this.conclude(label(technique, null, host, port, tries - 1, nowUs), { kind: 'silence' }, given, 'none');
  }

  foundBySegment(
    host: TargetHost,
    probe: DiscoveryProbe,
    tryNumber: number,
    reader: PacketReader,
    nowUs: number,
  ): void {
    if (this.listener === null) return;
    const { flags } = reader.segment;
    const reply = (flags & 0x06) === 0x02 ? 'rst' : 'none';
    this.conclude(
      label(null, probe, host, probe.port, tryNumber, nowUs),
      segmentFacts(reader),
      host.reason << 8,
      reply,
    );
  }

  foundByEcho(host: TargetHost, probe: DiscoveryProbe, tryNumber: number, nowUs: number): void {
    if (this.listener === null) return;
    this.conclude(label(null, probe, host, 0, tryNumber, nowUs), { kind: 'echo-reply' }, host.reason << 8, 'none');
  }

  foundByError(host: TargetHost, probe: DiscoveryProbe, tryNumber: number, reader: PacketReader, nowUs: number): void {
    if (this.listener === null) return;
    this.conclude(label(null, probe, host, probe.port, tryNumber, nowUs), errorFacts(reader), host.reason << 8, 'none');
  }

  foundNeighbor(host: TargetHost, probe: DiscoveryProbe, mac: MacAddress, nowUs: number): void {
    if (this.listener === null) return;
    const facts: AnswerFacts = { kind: 'neighbor', mac: mac.toString() };
    this.conclude(label(null, probe, host, 0, 0, nowUs), facts, host.reason << 8, 'none');
  }

  hostSilent(host: TargetHost, probe: DiscoveryProbe, tries: number, nowUs: number): void {
    if (this.listener === null) return;
    this.conclude(label(null, probe, host, probe.port, tries - 1, nowUs), { kind: 'silence' }, 1 << 8, 'none');
  }

  strange(
    kind: StrangeRecord['kind'],
    technique: Technique,
    host: TargetHost,
    port: number,
    tryNumber: number,
    reader: PacketReader,
    nowUs: number,
  ): void {
    if (this.listener === null) return;
    const answer =
      kind === 'forged-error'
        ? errorFacts(reader)
        : technique.protocol === 'tcp'
          ? segmentFacts(reader)
          : datagramFacts(reader);
    this.listener.observe({ event: 'strange', kind, ...label(technique, null, host, port, tryNumber, nowUs), answer });
  }

  private conclude(labels: ProbeLabel, answer: AnswerFacts, given: number, reply: 'none' | 'rst' | 'ack-rst'): void {
    this.listener?.observe({
      event: 'concluded',
      ...labels,
      answer,
      state: portStateName(stateOf(given)),
      reason: reasonName(reasonOf(given)),
      reply,
    });
  }
}

function label(
  technique: Technique | null,
  probe: DiscoveryProbe | null,
  host: TargetHost,
  port: number,
  tryNumber: number,
  timeUs: number,
): ProbeLabel {
  return {
    timeUs,
    address: host.address.toString(),
    technique: technique?.name ?? null,
    way: probe?.way ?? null,
    port,
    tryNumber: tryNumber + 1,
  };
}

function segmentFacts({ segment }: PacketReader): AnswerFacts {
  const { flags, window, seq, ack } = segment;
  return { kind: 'segment', flags, window, seq, ack };
}

function datagramFacts({ datagram }: PacketReader): AnswerFacts {
  return { kind: 'datagram', payloadLength: datagram.payloadLength };
}

function errorFacts({ icmp, packet }: PacketReader): AnswerFacts {
  return { kind: 'icmp', type: icmp.type, code: icmp.code, from: packet.sourceAddress().toString() };
}
