/** Fast Open by hand (RFC 7413): a listener and an active open of the stack against segments built octet by octet. */
import { ListenSocket, type StreamSocket } from '../../src/socket/index.ts';
import { Bench, type BenchOptions, MSS_1460, Peer, type Profile, text } from '../requirements/bench.ts';
import type { Packet, Segment } from '../requirements/wire.ts';

export const KEY = 'a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4';
export const FAST_OPEN = 34;
export const EXPERIMENT = 254;
export const MAGIC = [0xf9, 0x89] as const;
export const COOKIE = [1, 2, 3, 4, 5, 6, 7, 8] as const;

type ListenOptions = Partial<ConstructorParameters<typeof ListenSocket>[1]>;
type TcpChanges = NonNullable<NonNullable<BenchOptions['settings']>['tcp']>;
type ConnectOptions = Partial<Parameters<typeof StreamSocket.connect>[1]>;

/** The option with this cookie, an empty one to ask. */
export const option = (cookie: readonly number[]): number[] => [FAST_OPEN, 2 + cookie.length, ...cookie];
export const experimental = (cookie: readonly number[]): number[] => [
  EXPERIMENT,
  4 + cookie.length,
  ...MAGIC,
  ...cookie,
];
/** How many of the `data` octets on the peer's SYN were acknowledged. */
export const ackedOf = (answer: Segment, peer: Peer, data: number): number => (answer.ack - (peer.seq - data)) | 0;
/** The cookie of a segment, null without the option. */
export const cookieOf = (segment: Segment): number[] | null => {
  const body = segment.options.get(FAST_OPEN);
  return body === undefined ? null : [...body];
};

/** A listener on port 80 with a known key. */
export class FastServer {
  readonly bench: Bench;
  readonly listener: ListenSocket;
  private nextPort = 40_000;

  constructor(profile: Profile, listen: ListenOptions = {}, options: BenchOptions = {}) {
    const tcp = { fastopen: 3, ...options.settings?.tcp };
    this.bench = new Bench({ ...options, profile, settings: { tcp } });
    this.bench.stack.tcp.fastOpen.setKeys([KEY]);
    this.listener = new ListenSocket(this.bench.stack, { port: 80, fastOpen: 8, ...listen });
  }

  get counters() {
    return this.bench.stack.counters.tcpExt;
  }

  /** A SYN from a new port; `option` in full, `data` octets. */
  syn(option: readonly number[], data = 0, flags = 'S'): Peer {
    const peer = new Peer(this.bench, { port: this.nextPort++ });
    peer.send(flags, { options: [...MSS_1460, ...option], payload: text(data) });
    return peer;
  }

  /** The cookie of this server for the peer, by the way a client gets it. */
  cookie(): number[] {
    const peer = this.syn([FAST_OPEN, 2]);
    const answer = this.bench.takeOne();
    peer.accept(answer);
    peer.send('R', { seq: peer.seq });
    return [...(answer.options.get(FAST_OPEN) ?? [])];
  }

  /** A SYN with a good cookie and so many octets, its SYN-ACK taken, and the socket that the user has already. */
  early(data = 100): { peer: Peer; answer: Segment; socket: StreamSocket; packet: Packet } {
    const cookie = this.cookie();
    const peer = this.syn(option(cookie), data);
    const [packet] = this.bench.takePackets();
    const socket = this.listener.accept();
    if (!packet?.segment || socket === null) throw new Error('no SYN-ACK, or nothing to accept');
    return { peer, answer: peer.accept(packet.segment), socket, packet };
  }
}

/** A stack that opens, and the servers it finds. */
export class FastClient {
  readonly bench: Bench;

  constructor(profile: Profile, tcp: TcpChanges = {}) {
    this.bench = new Bench({ profile, settings: { tcp } });
  }

  get counters() {
    return this.bench.stack.counters.tcpExt;
  }

  /** An open with Fast Open; nothing is taken from the wire yet. */
  open(options: ConnectOptions = {}): StreamSocket {
    return this.bench.connect({ fastOpen: true, ...options });
  }

  /** The one SYN sent, and the server it is for. */
  syn(): { syn: Segment; peer: Peer; packet: Packet } {
    const [packet, ...more] = this.bench.takePackets().filter(({ segment }) => segment?.flags.includes('S'));
    if (!packet?.segment || more.length > 0) throw new Error('expected one SYN');
    const syn = packet.segment;
    const peer = new Peer(this.bench, {
      address: syn.destination,
      port: syn.destinationPort,
      ourAddress: syn.source,
      ourPort: syn.sourcePort,
    });
    peer.accept(syn);
    return { syn, peer, packet };
  }

  /** A connection that asks for a cookie, gets this one, and is closed again. */
  learn(cookie: readonly number[] = COOKIE, options: ConnectOptions = {}, mss: readonly number[] = MSS_1460): void {
    const socket = this.open({ data: text(1), ...options });
    const { peer } = this.syn();
    peer.send('SA', { options: [...mss, ...option(cookie)] });
    socket.abort();
    this.bench.take();
  }

  /** With the cookie learnt: an open whose SYN carries these octets. */
  early(data: Uint8Array, options: ConnectOptions = {}) {
    const socket = this.open(options);
    socket.write(data);
    return { socket, ...this.syn() };
  }
}
