/**
 * What TCP did on a recorded network, read from the frames at the ends of its links: connections, who opened and ended
 * them, every segment with its way. Nothing is asked of the stacks: what is here was on the wire.
 */
import { PlainPacketMemory } from '../base/packet-memory.ts';
import type { RecordedFrame, Recorder } from '../capture/recorder.ts';
import { FrameView } from '../wire/frame-view.ts';
import { IpProtocol } from '../wire/ip-packet.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';

/** The host name of segments that no host sent: answers of firewalls and of faults. */
export const NETWORK_HOST = 'network';

/** One segment, sent once. */
export interface TracedSegment {
  readonly timeUs: number;
  /** The host that sent it, `network` when none did. */
  readonly from: string;
  readonly to: string;
  /** Name of the link on which it left. */
  readonly link: string;
  /** When it reached the other end first, null: not (yet). */
  arrivedUs: number | null;
  /** As many as arrived. */
  arrivals: number;
  /** It never arrived, and something sent later did, or it is overdue. */
  isLost: boolean;
  /** The same SYN, FIN or data went before. */
  readonly isRepeat: boolean;
  readonly flags: number;
  /** Counted from the sender's SYN, which is 0; as on the wire when no SYN was seen. */
  readonly seq: number;
  readonly ack: number;
  readonly length: number;
  readonly window: number;
}

/** One connection, both ends. */
export interface TracedConnection {
  /** The network it was traced on. */
  readonly network: object;
  /** Host and port, `client:40000`. */
  readonly client: string;
  readonly server: string;
  readonly clientHost: string;
  readonly serverHost: string;
  readonly segments: TracedSegment[];
  /** SYN, SYN-ACK and the ACK of it have all arrived. */
  isHandshaken: boolean;
  /** The host that sent the first FIN or RST, null while nobody has. */
  closedBy: string | null;
}

/** What the trace must know beside the frames. */
export interface TraceSetting {
  readonly network: object;
  readonly nowUs: number;
  /** Host by address. */
  readonly hosts: ReadonlyMap<string, string>;
  readonly links: ReadonlyMap<string, LinkPace>;
}

/** How long a link takes, microseconds. */
export interface LinkPace {
  /** When nothing special happens. */
  readonly delayUs: number;
  /** A frame older than this that has not arrived will not. Infinity when that is not known. */
  readonly overdueUs: number;
}

interface Opening {
  isn: number | null;
  /** One past the highest sequence number sent, relative; -1: none. */
  sentEnd: number;
}

class Draft implements TracedConnection {
  readonly network: object;
  readonly segments: TracedSegment[] = [];
  readonly client: string;
  readonly server: string;
  readonly clientHost: string;
  readonly serverHost: string;
  isHandshaken = false;
  closedBy: string | null = null;
  readonly openings = new Map<string, Opening>();
  /** Segments on their way, by what is written on them. */
  readonly waiting = new Map<string, TracedSegment[]>();
  /** 1: a SYN arrived, 2: a SYN-ACK did. */
  stage = 0;

  constructor(network: object, client: Endpoint, server: Endpoint) {
    this.network = network;
    this.client = `${client.host}:${client.port}`;
    this.server = `${server.host}:${server.port}`;
    this.clientHost = client.host;
    this.serverHost = server.host;
  }
}

interface Endpoint {
  readonly host: string;
  readonly address: string;
  readonly port: number;
}

/** Reads a recording. Connections in the order of their first segment. */
export function traceOf(recorder: Recorder, setting: TraceSetting): TracedConnection[] {
  const tracer = new Tracer(recorder, setting);
  for (const frame of recorder.frames) tracer.take(frame);
  return tracer.finish();
}

class Tracer {
  private readonly recorder: Recorder;
  private readonly setting: TraceSetting;
  private readonly view = new FrameView();
  private readonly all: Draft[] = [];
  private readonly current = new Map<string, Draft>();

  constructor(recorder: Recorder, setting: TraceSetting) {
    this.recorder = recorder;
    this.setting = setting;
  }

  take(frame: RecordedFrame): void {
    const known = this.recorder.interfaces[frame.interfaceId];
    if (known === undefined) return;
    const { view } = this;
    const memory = new PlainPacketMemory(Math.max(64, frame.bytes.length));
    memory.u8.set(frame.bytes);
    view.lookAt(memory, 0, frame.bytes.length, known.medium);
    if (view.family === 0 || view.protocol !== IpProtocol.tcp || !view.hasTransport) return;
    const [host = '', link = ''] = known.name.split('/');
    const source = this.endpoint(view.sourceAddress().toString(), view.sourcePort);
    const destination = this.endpoint(view.destinationAddress().toString(), view.destinationPort);
    const wire = `${view.seq}|${view.ack}|${view.flags}|${view.payloadLength}`;
    // Routers forward: only both ends count.
    if (frame.direction === 'out' && host === source.host) {
      const draft = this.connection(source, destination);
      const segment = this.sent(draft, frame.timeUs, source, destination, host, link);
      const key = `${source.host}|${wire}`;
      const waiting = draft.waiting.get(key);
      if (waiting === undefined) draft.waiting.set(key, [segment]);
      else waiting.push(segment);
    } else if (frame.direction === 'in' && host === destination.host) {
      this.arrived(frame.timeUs, source, destination, link, wire);
    }
  }

  finish(): TracedConnection[] {
    for (const draft of this.all) {
      const latest = new Map<string, number>();
      for (const segment of draft.segments) {
        if (segment.arrivedUs !== null)
          latest.set(segment.from, Math.max(latest.get(segment.from) ?? 0, segment.timeUs));
      }
      for (const segment of draft.segments) {
        if (segment.arrivedUs !== null) continue;
        const overdueUs = this.setting.links.get(segment.link)?.overdueUs ?? Number.POSITIVE_INFINITY;
        const isPassed = (latest.get(segment.from) ?? -1) > segment.timeUs;
        segment.isLost = isPassed || this.setting.nowUs - segment.timeUs > overdueUs;
      }
    }
    return this.all;
  }

  private endpoint(address: string, port: number): Endpoint {
    return { host: this.setting.hosts.get(address) ?? address, address, port };
  }

  /** The connection a segment belongs to; a SYN with a new number begins one. */
  private connection(source: Endpoint, destination: Endpoint): Draft {
    const ends = [`${source.address}|${source.port}`, `${destination.address}|${destination.port}`].sort();
    const key = ends.join('>');
    const draft = this.current.get(key);
    const isOpening = (this.view.flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn;
    const isn = draft?.openings.get(source.host)?.isn ?? null;
    const isNew = isOpening && isn !== null && isn !== this.view.seq;
    if (draft !== undefined && !isNew) return draft;
    // Without a SYN the lower port is taken for the server's.
    const isFromClient = isOpening || source.port >= destination.port;
    const isAnswer = (this.view.flags & TcpFlag.syn) !== 0 && !isOpening;
    const [client, server] = isFromClient && !isAnswer ? [source, destination] : [destination, source];
    const made = new Draft(this.setting.network, client, server);
    this.all.push(made);
    this.current.set(key, made);
    return made;
  }

  private sent(
    draft: Draft,
    timeUs: number,
    source: Endpoint,
    destination: Endpoint,
    from: string,
    link: string,
  ): TracedSegment {
    const { view } = this;
    const { flags } = view;
    // What the network makes up is not the host's: it leaves the host's numbers alone.
    const name = from === NETWORK_HOST ? source.host : from;
    const own = openingOf(draft, name);
    if ((flags & TcpFlag.syn) !== 0 && own.isn === null) own.isn = view.seq;
    const peer = openingOf(draft, destination.host);
    const seq = own.isn === null ? view.seq >>> 0 : (view.seq - own.isn) >>> 0;
    const ack = (flags & TcpFlag.ack) === 0 ? 0 : peer.isn === null ? view.ack >>> 0 : (view.ack - peer.isn) >>> 0;
    const end = seq + view.sequenceLength;
    const isRepeat = view.sequenceLength > 0 && own.sentEnd >= 0 && end <= own.sentEnd;
    if (from !== NETWORK_HOST) own.sentEnd = Math.max(own.sentEnd, end);
    const segment: TracedSegment = {
      timeUs,
      from,
      to: destination.host,
      link,
      arrivedUs: null,
      arrivals: 0,
      isLost: false,
      isRepeat,
      flags,
      seq,
      ack,
      length: view.payloadLength,
      window: view.window,
    };
    draft.segments.push(segment);
    if ((flags & (TcpFlag.fin | TcpFlag.rst)) !== 0) draft.closedBy ??= from;
    return segment;
  }

  private arrived(timeUs: number, source: Endpoint, destination: Endpoint, link: string, wire: string): void {
    const draft = this.connection(source, destination);
    const waiting = draft.waiting.get(`${source.host}|${wire}`);
    const segment =
      this.expectedAt(timeUs, waiting) ?? this.sent(draft, timeUs, source, destination, NETWORK_HOST, link);
    segment.arrivedUs ??= timeUs;
    segment.arrivals++;
    if (segment.from === NETWORK_HOST) return;
    const { flags } = segment;
    if ((flags & TcpFlag.syn) !== 0) draft.stage = Math.max(draft.stage, (flags & TcpFlag.ack) === 0 ? 1 : 2);
    else if (draft.stage === 2 && (flags & TcpFlag.rst) === 0 && segment.from === draft.clientHost) {
      draft.isHandshaken = true;
    }
  }

  /** Of segments that say the same, the one that should arrive now: of a lost one and its repetition the latter. */
  private expectedAt(timeUs: number, waiting: readonly TracedSegment[] | undefined): TracedSegment | null {
    let best: TracedSegment | null = null;
    let bestUs = Number.POSITIVE_INFINITY;
    for (const segment of waiting ?? []) {
      if (segment.arrivedUs !== null) continue;
      const apartUs = Math.abs(segment.timeUs + (this.setting.links.get(segment.link)?.delayUs ?? 0) - timeUs);
      if (apartUs >= bestUs) continue;
      best = segment;
      bestUs = apartUs;
    }
    // All have arrived: this one twice.
    return best ?? waiting?.at(-1) ?? null;
  }
}

function openingOf(draft: Draft, host: string): Opening {
  let opening = draft.openings.get(host);
  if (opening === undefined) {
    opening = { isn: null, sentEnd: -1 };
    draft.openings.set(host, opening);
  }
  return opening;
}
