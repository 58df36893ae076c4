/**
 * From a packet that came in to the probe it answers: by address, port, and the numbers only the receiver of the probe can know
 * (see `cookie.ts`). What does not match is counted and goes no further.
 */
import { IpProtocol } from '../wire/ip-packet.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';
import type { ControlQueue } from './control-queue.ts';
import type { ProbeCookie } from './cookie.ts';
import type { Discovery } from './discovery.ts';
import type { PacketReader } from './packet-reader.ts';
import type { Conclusion, HostPass, PortPass } from './port-pass.ts';
import { NO_VERDICT, reasonName, reasonOf } from './port-state.ts';
import type { ScanCounters } from './report.ts';
import type { ScanEvents } from './scan-events.ts';
import type { AddressIndex } from './target-host.ts';
import { judgeIcmp, judgeSegment, sequenceLength, TECHNIQUES, type Technique, UDP_ANSWERED } from './technique.ts';

/** Everything an answer is looked up in. */
export interface AnswerContext {
  readonly reader: PacketReader;
  readonly cookie: ProbeCookie;
  readonly counters: ScanCounters;
  readonly control: ControlQueue;
  readonly events: ScanEvents;
  readonly index: AddressIndex;
}

/** A segment came from a port that is scanned. */
export function segmentForPass(context: AnswerContext, pass: PortPass, nowUs: number): void {
  const { reader, cookie, counters, events } = context;
  const { segment, packet } = reader;
  const entry = entryOf(context, pass);
  const item = entry === null ? -1 : pass.itemOf(entry, segment.sourcePort);
  if (entry === null || item < 0 || pass.technique.protocol !== 'tcp') {
    counters.unrelated++;
    return;
  }
  const port = segment.sourcePort;
  const tryNumber = pass.tryWith(cookie, IpProtocol.tcp, entry, item, port, segment.destinationPort);
  if (tryNumber < 0) {
    counters.unrelated++;
    return;
  }
  if (!hasOurNumbers(pass.technique.flags, segment, cookie)) {
    counters.forged++;
    events.strange('forged', pass.technique, entry.host, port, tryNumber, reader, nowUs);
    return;
  }
  const given = judgeSegment(pass.technique, segment.flags, segment.window);
  if (given === NO_VERDICT) {
    counters.unrelated++;
    return;
  }
  const conclusion = pass.conclude(entry, item, tryNumber, given, packet.hopLimit, true, nowUs);
  const reply = endConnection(context, pass.technique, entry);
  count(counters, conclusion, tryNumber);
  if (conclusion === 'new') {
    events.concludedBySegment(pass.technique, entry.host, port, tryNumber, reader, given, reply, nowUs);
  } else events.strange(conclusion, pass.technique, entry.host, port, tryNumber, reader, nowUs);
}

/** A datagram came from a port that is scanned. */
export function datagramForPass(context: AnswerContext, pass: PortPass, nowUs: number): void {
  const { reader, cookie, counters, events } = context;
  const { datagram, packet } = reader;
  const port = datagram.sourcePort;
  const entry = entryOf(context, pass);
  const item = entry === null ? -1 : pass.itemOf(entry, port);
  const isOurs = entry !== null && item >= 0 && pass.technique.protocol === 'udp';
  const tryNumber = isOurs ? pass.tryWith(cookie, IpProtocol.udp, entry, item, port, datagram.destinationPort) : -1;
  if (!isOurs || tryNumber < 0) {
    counters.unrelated++;
    return;
  }
  const conclusion = pass.conclude(entry, item, tryNumber, UDP_ANSWERED, packet.hopLimit, true, nowUs);
  count(counters, conclusion, tryNumber);
  if (conclusion === 'new') {
    events.concludedByDatagram(pass.technique, entry.host, port, tryNumber, reader, UDP_ANSWERED, nowUs);
  } else events.strange(conclusion, pass.technique, entry.host, port, tryNumber, reader, nowUs);
}

/** An ICMP error quotes a probe, or claims to. */
export function errorForPass(context: AnswerContext, pass: PortPass, nowUs: number): void {
  const { reader, cookie, counters, events } = context;
  const { quoted, icmp, packet } = reader;
  const { technique } = pass;
  const protocol = technique.protocol === 'tcp' ? IpProtocol.tcp : IpProtocol.udp;
  const entry = quotedEntry(context, pass);
  const port = reader.quotedPort;
  const item = entry === null ? -1 : pass.itemOf(entry, port);
  if (entry === null || item < 0 || quoted.protocol !== protocol) {
    counters.unrelated++;
    return;
  }
  const tryNumber = pass.tryWith(cookie, protocol, entry, item, port, reader.quotedSourcePort);
  // RFC 5927 §4.1: the quoted sequence number must be one that was sent.
  if (tryNumber < 0 || (protocol === IpProtocol.tcp && reader.quotedSeq !== cookie.seq)) {
    counters.forgedErrors++;
    events.strange('forged-error', technique, entry.host, port, Math.max(0, tryNumber), reader, nowUs);
    return;
  }
  const isTarget = entry.host.address.equals(packet.sourceAddress());
  const given = judgeIcmp(technique, packet.family, icmp.type, icmp.code, isTarget);
  if (given === NO_VERDICT) {
    counters.unrelated++;
    return;
  }
  const conclusion = pass.conclude(entry, item, tryNumber, given, packet.hopLimit, false, nowUs);
  count(counters, conclusion, tryNumber);
  if (conclusion === 'new') events.concludedByError(technique, entry.host, port, tryNumber, reader, given, nowUs);
}

/** A segment may show a host that is looked for. */
export function segmentForDiscovery(context: AnswerContext, discovery: Discovery, nowUs: number): void {
  const { reader, cookie, counters, events, control } = context;
  const { segment, packet } = reader;
  const index = senderIndex(context);
  const probe = discovery.probes.find(({ port, flags }) => flags !== 0 && port === segment.sourcePort);
  const host = discovery.hosts[index];
  if (probe === undefined || host === undefined) {
    counters.unrelated++;
    return;
  }
  const tryNumber = discovery.tryWith(
    cookie,
    index,
    probe,
    (numbers) => numbers.sourcePort === segment.destinationPort,
  );
  if (tryNumber < 0 || !hasOurNumbers(probe.flags, segment, cookie)) {
    if (tryNumber >= 0) counters.forged++;
    else counters.unrelated++;
    return;
  }
  const isReset = (segment.flags & TcpFlag.rst) !== 0;
  if (!isReset && (segment.flags & TcpFlag.ack) !== 0) {
    control.push({ kind: 'segment', host, numbers: resetFor(segment) });
  }
  if (!discovery.found(index, tryNumber, isReset ? 'reset' : 'syn-ack', packet.hopLimit, nowUs)) counters.duplicates++;
  else {
    counters.answers++;
    events.foundBySegment(host, probe, tryNumber, reader, nowUs);
  }
}

/** An echo reply may show a host that is looked for. */
export function echoForDiscovery(context: AnswerContext, discovery: Discovery, nowUs: number): void {
  const { reader, cookie, counters, events } = context;
  const index = senderIndex(context);
  const host = discovery.hosts[index];
  const probe = discovery.probes.find(({ way }) => way === 'echo');
  const isOurs = (numbers: ProbeCookie): boolean => numbers.seq === reader.icmp.rest;
  const tryNumber = probe === undefined ? -1 : discovery.tryWith(cookie, index, probe, isOurs);
  if (host === undefined || probe === undefined || tryNumber < 0) counters.unrelated++;
  else if (discovery.found(index, tryNumber, 'echo-reply', reader.packet.hopLimit, nowUs)) {
    counters.answers++;
    events.foundByEcho(host, probe, tryNumber, nowUs);
  } else counters.duplicates++;
}

/** An ICMP error may say that a host that is looked for cannot be reached. */
export function errorForDiscovery(context: AnswerContext, discovery: Discovery, nowUs: number): void {
  const { reader, cookie, counters, events } = context;
  const { quoted, icmp, packet } = reader;
  const index = context.index.find(
    quoted.family,
    quoted.destination0,
    quoted.destination1,
    quoted.destination2,
    quoted.destination3,
  );
  const host = discovery.hosts[index];
  const given = judgeIcmp(TECHNIQUES.syn, packet.family, icmp.type, icmp.code, false);
  const probe = discovery.probes.find(
    ({ kind, port }) => (kind & 0x7f) === quoted.protocol && (port === 0 || port === reader.quotedPort),
  );
  if (host === undefined || probe === undefined || given === NO_VERDICT) {
    counters.unrelated++;
    return;
  }
  // Identifier and number of an echo request stand where TCP has its sequence number.
  const isOurs = (numbers: ProbeCookie): boolean => reader.quotedSeq === numbers.seq;
  const tryNumber = discovery.tryWith(cookie, index, probe, isOurs);
  if (tryNumber < 0) {
    counters.forgedErrors++;
    return;
  }
  const isTarget = host.address.equals(packet.sourceAddress());
  const reason = reasonName(reasonOf(given));
  // The host itself refuses: then it is there.
  const isNews = isTarget
    ? discovery.found(index, tryNumber, reason, packet.hopLimit, nowUs)
    : discovery.unreachable(index, reason, packet.hopLimit);
  if (isNews) {
    counters.answers++;
    events.foundByError(host, probe, tryNumber, reader, nowUs);
  } else counters.duplicates++;
}

/**
 * RFC 9293 §3.10.7.1: what acknowledges our probe counts its SYN or FIN; the reset of an ACK takes its number from it. A SYN without
 * ACK has nothing of ours but the port.
 */
function hasOurNumbers(
  probeFlags: number,
  segment: { readonly flags: number; readonly seq: number; readonly ack: number },
  cookie: ProbeCookie,
): boolean {
  const { flags, seq, ack } = segment;
  if ((probeFlags & TcpFlag.ack) !== 0) return (flags & TcpFlag.rst) !== 0 && seq === cookie.ack;
  if ((flags & TcpFlag.ack) === 0) return (flags & (TcpFlag.syn | TcpFlag.rst)) === TcpFlag.syn;
  const distance = (ack - cookie.seq) | 0;
  const isSyn = (probeFlags & TcpFlag.syn) !== 0;
  // Some systems forget to count a FIN.
  return distance === sequenceLength(probeFlags) || (!isSyn && distance === 0);
}

/** What a SYN-ACK gets: a connect scan completes the handshake, every scan resets what it has begun. */
function endConnection(context: AnswerContext, technique: Technique, entry: HostPass): 'none' | 'rst' | 'ack-rst' {
  const { control, reader } = context;
  const { segment } = reader;
  const isSynAck = (segment.flags & (TcpFlag.syn | TcpFlag.ack | TcpFlag.rst)) === (TcpFlag.syn | TcpFlag.ack);
  if (!isSynAck) return 'none';
  const { host } = entry;
  const reset = resetFor(segment);
  if (technique.name !== 'connect') {
    control.push({ kind: 'segment', host, numbers: reset });
    return 'rst';
  }
  const acknowledgment = { ...reset, ack: (segment.seq + 1) | 0, flags: TcpFlag.ack };
  control.push({ kind: 'segment', host, numbers: acknowledgment });
  control.push({ kind: 'segment', host, numbers: { ...acknowledgment, flags: TcpFlag.rst | TcpFlag.ack } });
  return 'ack-rst';
}

// RFC 9293 §3.5.2: the reset takes its sequence number from the ACK field it answers.
function resetFor(segment: { readonly sourcePort: number; readonly destinationPort: number; readonly ack: number }) {
  return {
    sourcePort: segment.destinationPort,
    destinationPort: segment.sourcePort,
    seq: segment.ack,
    ack: 0,
    flags: TcpFlag.rst,
  };
}

function entryOf(context: AnswerContext, pass: PortPass): HostPass | null {
  return pass.hosts[senderIndex(context)] ?? null;
}

function quotedEntry({ index, reader }: AnswerContext, pass: PortPass): HostPass | null {
  const { family, destination0, destination1, destination2, destination3 } = reader.quoted;
  return pass.hosts[index.find(family, destination0, destination1, destination2, destination3)] ?? null;
}

function senderIndex({ index, reader }: AnswerContext): number {
  const { family, source0, source1, source2, source3 } = reader.packet;
  return index.find(family, source0, source1, source2, source3);
}

function count(counters: ScanCounters, conclusion: Conclusion, tryNumber: number): void {
  if (conclusion === 'duplicate') counters.duplicates++;
  else if (conclusion === 'contradicted') counters.contradicted++;
  else {
    counters.answers++;
    if (tryNumber > 0) counters.losses++;
  }
}
