/**
 * The script's end of the wire: which connection a packet belongs to, packets built and injected, packets of the stack found for the
 * script's expectations and joined where the script shows one large segment.
 */
import type { TcpAuthAlgorithms } from '../tcp/auth/algorithms.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';
import type { DrillOption, IcmpPacket, PacketAction, Ports, TcpPacket } from './ast.ts';
import { DrillError } from './drill-error.ts';
import { Flow } from './flow.ts';
import { icmpCodeNumber, icmpTypeNumber } from './icmp-names.ts';
import { isSyn, type LiveOption, type LivePacket } from './live-packet.ts';
import { encodeOptions, listBytes } from './option-codec.ts';
import {
  buildIcmp,
  buildSegment,
  buildUdp,
  type IpFields,
  type SegmentFields,
  type Signature,
} from './packet-builder.ts';
import { flagBits } from './packet-check.ts';
import { isHousekeeping } from './packet-text.ts';
import type { DrillSettings } from './script-settings.ts';
import type { Subject } from './subject.ts';

/** Where ports of the peer start; each connection it opens has the next one. */
const FIRST_REMOTE_PORT = 53_055;
const HOP_LIMIT = 64;
/** Octets of a packet that an ICMP error quotes (RFC 1812 section 4.3.2.3, RFC 4443 section 2.4). */
const QUOTED_MAX = { 4: 548, 6: 1232 } as const;
/** Segments one line of a script may be cut into. */
const PIECES_MAX = 4096;
const ECN_BITS = { noecn: 0, ect1: 1, ect0: 2, ect01: 2, ce: 3 } as const;

export class WireSide {
  /** The connection packets without ports belong to. */
  current: Flow | null = null;
  /** The key that the script has given last, for digests it leaves open. */
  private md5Key: Uint8Array | null = null;
  private readonly auth: TcpAuthAlgorithms | null;
  private readonly subject: Subject;
  private readonly settings: DrillSettings;
  private readonly flows: Flow[] = [];
  private nextRemotePort = FIRST_REMOTE_PORT;
  /** Of the last datagram the stack has sent. */
  private lastUdpPorts: Ports | null = null;

  constructor(subject: Subject, settings: DrillSettings, auth: TcpAuthAlgorithms | null = null) {
    this.auth = auth;
    this.subject = subject;
    this.settings = settings;
  }

  // --- from the script to the stack ---

  /** The packets an inbound line stands for. @param md5Key for digests without digits @throws DrillError */
  build(packet: PacketAction, md5Key: Uint8Array | null = null): Uint8Array[] {
    this.md5Key = md5Key;
    switch (packet.kind) {
      case 'tcp':
        return this.buildTcp(packet);
      case 'udp': {
        const { source, destination } = packet.ports ?? this.udpPorts();
        return [buildUdp(this.ipFields(packet), source, destination, packet.lengthBytes)];
      }
      case 'icmp':
        return [this.buildIcmp(packet)];
    }
  }

  private buildTcp(packet: TcpPacket): Uint8Array[] {
    const { flags } = packet;
    const flow = this.inboundFlow(packet);
    const { start, length } = packet.sequence;
    if (flags.syn) this.learnRemote(flow, start);
    if (packet.options === 'any')
      throw new DrillError('an inbound packet needs its options written out, <...> is for outbound ones');
    const list = encodeOptions(packet.options, {
      sequence: flow.local,
      isSyn: flags.syn,
      timestamps: (value, echo) => ({ value, echo: this.liveEcho(flow, echo) }),
    });
    const bits = flagBits(flags);
    const segment: SegmentFields = {
      sourcePort: flow.remotePort,
      destinationPort: flow.localPort,
      seq: flow.remote.toLive(start, flags.syn),
      ack: packet.ack === undefined ? 0 : flow.local.toLive(packet.ack, flags.syn),
      flags: bits,
      window: packet.window ?? 0,
      urgentPointer: packet.urgent ?? 0,
      options: listBytes(list),
      payloadLength: length,
      signature: this.signatureOf(packet.options, list),
    };
    return this.cut(segment).map((piece) => buildSegment(this.ipFields(packet), piece));
  }

  /** A digest without digits is that of the script's key. */
  private signatureOf(options: readonly DrillOption[], list: readonly LiveOption[]): Signature | null {
    const index = options.findIndex((option) => option.kind === 'md5' && option.digest === undefined);
    const { md5Key: key, auth: algorithms } = this;
    if (index < 0 || key === null || algorithms === null) return null;
    const before = list
      .slice(0, index)
      .reduce((octets, { kind, body }) => octets + (kind > 1 ? body.length + 2 : 1), 0);
    return { at: before + 2, key, algorithms };
  }

  /** With --mss, as a sender's offload would have cut it: CWR on the first piece, PSH and FIN on the last. */
  private cut(segment: SegmentFields): SegmentFields[] {
    const { mss } = this.settings;
    if (mss === null || segment.payloadLength <= mss) return [segment];
    const count = Math.ceil(segment.payloadLength / mss);
    if (count > PIECES_MAX) throw new DrillError(`a segment of ${count} pieces; ${PIECES_MAX} are allowed`);
    const pieces: SegmentFields[] = [];
    for (let at = 0; at < segment.payloadLength; at += mss) {
      const payloadLength = Math.min(mss, segment.payloadLength - at);
      const isLast = at + payloadLength === segment.payloadLength;
      const dropped = (isLast ? 0 : TcpFlag.psh | TcpFlag.fin) | (at === 0 ? 0 : TcpFlag.cwr);
      pieces.push({ ...segment, seq: (segment.seq + at) >>> 0, payloadLength, flags: segment.flags & ~dropped });
    }
    return pieces;
  }

  private liveEcho(flow: Flow, echo: number): number {
    const live = flow.timestamps.echo(echo, this.settings.isEchoScaled);
    if (live !== undefined) return live;
    throw new DrillError(`ecr ${echo}: the stack has sent no timestamp that the script calls so`);
  }

  /** A SYN gives the peer's initial number, unless it comes while a connection with another one lives. */
  private learnRemote(flow: Flow, isn: number): void {
    const isNew = this.subject.stateOf(flow) !== 'living';
    if (!flow.remote.isKnown || isNew) flow.remote.learn(isn, isn);
    if (isNew) flow.local.isKnown = false;
  }

  private buildIcmp(packet: IcmpPacket): Uint8Array {
    const { family } = this.settings;
    const type = icmpTypeNumber(packet.type, family);
    const code = icmpCodeNumber(packet.type, packet.code, family);
    if (type === undefined || code === undefined) {
      throw new DrillError(`icmp ${packet.type} ${packet.code ?? ''}: IPv${family} has no such message`);
    }
    const quoted = this.quotedBy(packet);
    const rest = packet.mtu ?? (packet.id === undefined ? 0 : packet.id << 16);
    return buildIcmp(this.ipFields(packet), { type, code, rest, quoted: quoted.slice(0, QUOTED_MAX[family]) });
  }

  /** The packet of ours that an ICMP message is about. */
  private quotedBy({ quoted, quotedUdpBytes }: IcmpPacket): Uint8Array {
    const { local, remote, bindPort, connectPort } = this.settings;
    const ip: IpFields = { source: local, destination: remote, trafficClass: 0, hopLimit: HOP_LIMIT, flowLabel: 0 };
    if (quotedUdpBytes !== undefined) {
      const { source, destination } = this.udpPorts();
      return buildUdp(ip, destination, source, quotedUdpBytes);
    }
    const flow = this.current;
    return buildSegment(ip, {
      sourcePort: flow?.localPort ?? bindPort,
      destinationPort: flow?.remotePort ?? connectPort,
      seq: flow?.local.toLive(quoted?.start ?? 0, false) ?? 0,
      ack: 0,
      flags: TcpFlag.ack,
      window: 0,
      urgentPointer: 0,
      options: new Uint8Array(0),
      payloadLength: quoted?.length ?? 0,
    });
  }

  /** Of a datagram that answers the last one of ours, or comes to the standing port. */
  private udpPorts(): Ports {
    const { lastUdpPorts: sent, settings } = this;
    if (sent !== null) return { source: sent.destination, destination: sent.source };
    return { source: settings.connectPort, destination: settings.bindPort };
  }

  private ipFields({ ip }: PacketAction): IpFields {
    const { remote, local } = this.settings;
    return {
      source: remote,
      destination: local,
      trafficClass: ip.tos ?? ECN_BITS[ip.ecn ?? 'noecn'],
      hopLimit: ip.ttl ?? HOP_LIMIT,
      flowLabel: ip.flowLabel ?? 0,
    };
  }

  private inboundFlow(packet: TcpPacket): Flow {
    if (packet.ports !== undefined) return this.flowFor(packet.ports.destination, packet.ports.source);
    const isOpening = packet.flags.syn && !packet.flags.ack;
    const { current } = this;
    // A SYN on a living connection belongs to it: what the stack makes of that is the script's question.
    if (current !== null && !(isOpening && this.subject.stateOf(current) === 'none' && current.local.isKnown))
      return current;
    return this.flowFor(this.settings.bindPort, this.nextRemotePort++);
  }

  // --- from the stack to the script ---

  /** Whether a packet of the stack is one the expectation may be about; others are passed over. */
  isCandidate(live: LivePacket, expected: PacketAction): boolean {
    if (isHousekeeping(live)) return false;
    if (expected.kind === 'udp') return live.udpLength !== null;
    if (expected.kind === 'icmp') return live.icmp !== null || this.isOfCurrent(live);
    if (live.tcp === null) return live.fault !== null;
    const { sourcePort, destinationPort } = live.tcp;
    if (expected.ports !== undefined) return isSamePorts(expected.ports, sourcePort, destinationPort);
    const flow = this.find(sourcePort, destinationPort);
    return flow === null || flow === this.current || this.current === null;
  }

  /** The connection of a candidate, which becomes the current one; its initial number is learned from the SYN. */
  outboundFlow(live: LivePacket, expected: PacketAction): Flow {
    const { tcp } = live;
    if (tcp === null || expected.kind !== 'tcp') {
      this.lastUdpPorts = live.udpPorts ?? this.lastUdpPorts;
      this.current ??= this.flowFor(this.settings.bindPort, this.settings.connectPort);
      return this.current;
    }
    const isOpening = isSyn(tcp.flags) && expected.flags.syn;
    const known = this.find(tcp.sourcePort, tcp.destinationPort);
    // A stray segment is judged by the numbers of the connection the script is at.
    if (known === null && this.current !== null && !isOpening) return this.current;
    const flow = known ?? this.flowFor(tcp.sourcePort, tcp.destinationPort);
    this.current = flow;
    const isReopened = isOpening && (tcp.flags & TcpFlag.ack) === 0 && flow.openedSeq !== tcp.seq;
    if (isOpening && (!flow.local.isKnown || isReopened)) {
      flow.local.learn(expected.sequence.start, tcp.seq);
      flow.openedSeq = tcp.seq;
    }
    return flow;
  }

  /** Takes the rest of a segment the script shows as one: `pieces` grows until it is as long. */
  static join(pieces: readonly LivePacket[]): LivePacket {
    const [first] = pieces;
    const last = pieces[pieces.length - 1];
    if (first?.tcp == null || last?.tcp == null) throw new DrillError('only TCP segments are joined');
    let payloadLength = 0;
    let isPayloadZero = true;
    for (const { tcp } of pieces) {
      payloadLength += tcp?.payloadLength ?? 0;
      isPayloadZero &&= tcp?.isPayloadZero ?? true;
    }
    const flags = (last.tcp.flags & ~TcpFlag.cwr) | (first.tcp.flags & TcpFlag.cwr);
    const fault = pieces.find((piece) => piece.fault !== null)?.fault ?? null;
    return { ...last, fault, tcp: { ...last.tcp, seq: first.tcp.seq, flags, payloadLength, isPayloadZero } };
  }

  /** The current connection's record is kept, so that code can ask about one that is over. */
  remember(): void {
    if (this.current !== null) this.subject.remember(this.current);
  }

  private isOfCurrent(live: LivePacket): boolean {
    return live.tcp !== null && this.find(live.tcp.sourcePort, live.tcp.destinationPort) === this.current;
  }

  private flowFor(localPort: number, remotePort: number): Flow {
    const flow = this.find(localPort, remotePort) ?? new Flow(localPort, remotePort);
    if (!this.flows.includes(flow)) this.flows.push(flow);
    this.current = flow;
    return flow;
  }

  private find(localPort: number, remotePort: number): Flow | null {
    return this.flows.find((flow) => flow.localPort === localPort && flow.remotePort === remotePort) ?? null;
  }
}

/** For lines with ports, and UDP. */
function isSamePorts(ports: Ports, source: number, destination: number): boolean {
  return ports.source === source && ports.destination === destination;
}
