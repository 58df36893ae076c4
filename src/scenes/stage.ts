/**
 * The stage: a simulated network with real stacks, taps at every link and an observer in every stack. A scene makes hosts
 * and links, acts through sockets, lets virtual time pass, and checks outcomes. Actions leave rows of their own, so that
 * the ladder shows who called what.
 */
import { ArgumentError, StateError } from '../base/errors.ts';
import { Slot } from '../base/slot.ts';
import { Recorder } from '../capture/recorder.ts';
import type { Host } from '../sim/host.ts';
import { Network } from '../sim/network.ts';
import type { NetworkLink } from '../sim/network-link.ts';
import type { NetworkLinkOptions, NetworkOptions } from '../sim/network-options.ts';
import { type HostOptions, StandInFactory } from '../sim/stack-factory.ts';
import { type ListenOptions, ListenSocket } from '../socket/listen-socket.ts';
import { type ConnectOptions, StreamSocket } from '../socket/stream-socket.ts';
import type { TcpAuthAlgorithms } from '../tcp/auth/algorithms.ts';
import { asciiBytes, asciiText, type HandMadePeer } from './hand-made.ts';
import { buildLadder, type LadderSetting } from './ladder.ts';
import type { LadderRow } from './ladder-row.ts';
import type { SceneMeasure } from './scene-measure.ts';
import { type HostConditions, HostObserver, NETWORK_HOST, type SentFrame, type StageCall, Tape } from './tape.ts';
import { byteCount, capital, hostName, type Text, tidyChinese } from './text.ts';

/** Hosts of a scene are as the simulator's, without an observer: the stage has its own. */
export type StageHostOptions = Omit<HostOptions, 'observer'>;

/** Two hosts and the line between them. */
export interface StagePair {
  readonly client: Host;
  readonly server: Host;
  readonly link: NetworkLink;
}

/** Makes the network of a stage. */
export type NetworkMaker = (options: NetworkOptions) => Network;

function plainNetwork(options: NetworkOptions): Network {
  return new Network(options);
}

/** A longest time for `until`, in milliseconds, unless told otherwise. */
const UNTIL_MS = 600_000;
/** One-way delay of a line: long enough to see which came first. */
export const STAGE_DELAY_MS = 20;

/** Where a scene plays: a network with its hosts, what was seen on the wire, and the calls a scene makes. */
export class Stage {
  readonly seed: number;
  readonly network: Network;
  readonly checks: { readonly text: Text; readonly ok: boolean }[] = [];
  verdict: Text | null = null;
  measured: SceneMeasure | null = null;
  private readonly factory = new StandInFactory();
  /** @internal what was seen so far, and what the ladder must know to read it: for players that read along */
  readonly tape: Tape;
  /** @internal */
  readonly setting: LadderSetting = {
    addresses: new Map(),
    crafted: new Set(),
    whatIf: new Set(),
    delaysUs: new Map(),
  };

  private readonly authOrNull: TcpAuthAlgorithms | null;

  /** @param makeNetwork for players that look into the network while it runs; default: the simulator's own */
  constructor(seed: number, auth: TcpAuthAlgorithms | null = null, makeNetwork: NetworkMaker = plainNetwork) {
    this.seed = seed;
    this.authOrNull = auth;
    this.network = makeNetwork({ seed, stackFactory: this.factory });
    this.tape = new Tape(new Conditions(this.network), this.setting.delaysUs);
    this.network.record(this.tape);
  }

  /** What signatures are computed with. @throws ArgumentError when the player was given nothing for it */
  get auth(): TcpAuthAlgorithms {
    if (this.authOrNull !== null) return this.authOrNull;
    throw new ArgumentError(
      'auth',
      'this scene signs segments; play it with `auth`, such as `new NodeTcpAuth()` of woshou/node',
    );
  }

  // --- scenery ---

  /** A host with a real stack. */
  host(name: string, options: StageHostOptions = {}): Host {
    return this.network.host(name, { ...options, observer: new HostObserver(this.tape, name) });
  }

  /** A host that is played by hand; its rows are marked. */
  handMade<P extends HandMadePeer>(name: string, peer: P): Host {
    peer.observer = new HostObserver(this.tape, name);
    this.factory.standIns.set(name, peer);
    this.setting.crafted.add(name);
    return this.network.host(name);
  }

  /** Says that `host` follows a rule real TCP does not have; its rows are marked. */
  whatIf(host: Host): void {
    this.setting.whatIf.add(host.name);
  }

  /** A line between two hosts: 20 ms one way, IPv4, no Ethernet around it unless asked for. */
  link(a: Host, b: Host, options: NetworkLinkOptions = {}): NetworkLink {
    const all: NetworkLinkOptions = { medium: 'ip', delayMs: STAGE_DELAY_MS, families: [4], ...options };
    const link = this.network.link(a, b, all);
    this.linkMade(link, all);
    return link;
  }

  /** For links made otherwise (`network.switch`, `network.join`): tells the ladder whose addresses they brought. */
  linkMade(link: NetworkLink, options: NetworkLinkOptions = {}): void {
    const isRated = (options.rateBps ?? 0) > 0;
    const slowestMs = (options.delayMs ?? 0) + (options.jitterMs ?? 0);
    this.setting.delaysUs.set(link.name, isRated ? Number.POSITIVE_INFINITY : slowestMs * 1000);
    for (const host of link.hosts) {
      for (const family of [4, 6] as const) {
        const address = host.address(family, link.link);
        if (address !== null) this.setting.addresses.set(address, host.name);
      }
    }
  }

  /** The usual pair: `client` and `server`. */
  pair(options: { client?: StageHostOptions; server?: StageHostOptions; link?: NetworkLinkOptions } = {}): StagePair {
    const client = this.host('client', options.client);
    const server = this.host('server', options.server);
    return { client, server, link: this.link(client, server, options.link) };
  }

  /** The address by which `host` is reached from `from`. */
  addressOf(host: Host, from?: Host): string {
    return this.network.addressOf(host.name, { family: 4, ...(from === undefined ? {} : { from: from.name }) });
  }

  // --- acting ---

  /** Passive open. */
  listen(host: Host, port: number, options: Omit<ListenOptions, 'port'> = {}): ListenSocket {
    const socket = new ListenSocket(host.stack, { ...options, port });
    this.tape.changed('listening', this.network.nowUs, host.name, port, true);
    this.act(
      host.name,
      { en: `calls listen() on port ${port}`, zh: `调用 listen()，监听端口 ${port}` },
      { name: 'listen', port },
    );
    return socket;
  }

  /** Stops listening; connections nobody accepted are reset. */
  unlisten(listener: ListenSocket): void {
    this.act(listener.stack.name, {
      en: `stops listening on port ${listener.port}`,
      zh: `不再监听端口 ${listener.port}`,
    });
    this.tape.changed('listening', this.network.nowUs, listener.stack.name, listener.port, false);
    listener.close();
  }

  /** Active open. */
  connect(host: Host, to: Host, port: number, options: Partial<ConnectOptions> = {}): StreamSocket {
    this.act(
      host.name,
      { en: `calls connect() to port ${port}`, zh: `调用 connect()，连接端口 ${port}` },
      { name: 'connect', port },
    );
    const remoteAddress = this.addressOf(to, host);
    return StreamSocket.connect(host.stack, { remoteAddress, remotePort: port, ...options });
  }

  /** The next finished connection. @throws StateError when none waits */
  accept(listener: ListenSocket): StreamSocket {
    const socket = listener.accept();
    if (socket === null) throw new StateError('no connection waits to be accepted; let more time pass first');
    this.act(
      listener.stack.name,
      { en: 'calls accept() and gets the connection', zh: '调用 accept()，取得这条连接' },
      callOn(socket, 'accept'),
    );
    return socket;
  }

  write(socket: StreamSocket, data: string | Uint8Array): number {
    const bytes = typeof data === 'string' ? asciiBytes(data) : data;
    const words: Text = { en: `writes ${byteCount(bytes.length)}`, zh: `写入 ${bytes.length} 字节` };
    this.act(socket.stack.name, words, callOn(socket, 'write', bytes.length));
    return socket.write(bytes);
  }

  /** Reads all there is, as text. */
  read(socket: StreamSocket): string {
    const bytes = new Uint8Array(socket.readableLength);
    socket.read(bytes);
    const words: Text = { en: `reads ${byteCount(bytes.length)}`, zh: `读出 ${bytes.length} 字节` };
    this.act(socket.stack.name, words, callOn(socket, 'read', bytes.length));
    return asciiText(bytes);
  }

  close(socket: StreamSocket): void {
    this.act(socket.stack.name, { en: 'calls close()', zh: '调用 close()' }, callOn(socket, 'close'));
    socket.close();
  }

  /** Closes the direction of writing only. */
  shutdown(socket: StreamSocket): void {
    const words: Text = { en: 'calls shutdown() for writing', zh: '调用 shutdown()，关闭写方向' };
    this.act(socket.stack.name, words, callOn(socket, 'shutdown'));
    socket.shutdownWrite();
  }

  abort(socket: StreamSocket): void {
    const words: Text = { en: 'aborts the connection', zh: '中止（abort）这条连接' };
    this.act(socket.stack.name, words, callOn(socket, 'abort'));
    socket.abort();
  }

  /** The machine dies without a word. */
  crash(host: Host): void {
    this.act(host.name, {
      en: 'crashes: no FIN, no RST, its memory is gone',
      zh: '崩溃：没有 FIN，没有 RST，内存全部丢失',
    });
    this.tape.changed('crashed', this.network.nowUs, host.name, 0, false);
    host.crash();
  }

  restart(host: Host): void {
    host.restart();
    this.act(host.name, { en: 'boots again and knows nothing of the past', zh: '重新启动，对过去一无所知' });
  }

  /** A handshake done without comment: connects, waits, accepts. */
  open(
    client: Host,
    server: Host,
    listener: ListenSocket,
    options: Partial<ConnectOptions> = {},
  ): [StreamSocket, StreamSocket] {
    const socket = this.connect(client, server, listener.port, options);
    this.until(() => listener.listener.acceptQueue.length > 0);
    return [socket, this.accept(listener)];
  }

  // --- time ---

  /** Lets time pass: this many milliseconds. */
  pass(forMs: number): void {
    this.network.run({ forMs });
  }

  /** Lets time pass until `condition` holds; stands at that very moment. False when `limitMs` went by without it. */
  until(condition: () => boolean, limitMs = UNTIL_MS): boolean {
    return this.network.run({ until: condition, forMs: limitMs }).reason === 'condition';
  }

  /** Lets time pass until nothing is on its way and no timer is armed, TIME-WAIT's included. */
  settle(limitMs = UNTIL_MS): void {
    this.network.run({ forMs: limitMs, untilIdle: true });
  }

  get nowMs(): number {
    return this.network.nowMs;
  }

  // --- words ---

  /** The scene's own sentence for the next packet. */
  say(text: Text): void {
    this.tape.speak('say', this.network.nowUs, '', text);
  }

  /** A row of its own. */
  note(text: Text): void {
    this.tape.speak('note', this.network.nowUs, '', text);
  }

  /** An action on a host: the predicate of a sentence, such as `calls close()`, and the call itself when it is one. */
  act(host: string, predicate: Text, call: StageCall | null = null): void {
    const name = hostName(host);
    const text: Text = {
      en: `${name.en === host ? host : capital(name.en)} ${predicate.en}.`,
      zh: tidyChinese(`${name.zh}${predicate.zh}。`),
    };
    this.tape.speak('event', this.network.nowUs, host, text, call);
  }

  /** An outcome the scene promises. */
  check(text: Text, ok: boolean): void {
    this.checks.push({ text, ok });
  }

  // --- what was seen so far ---

  /**
   * Packets sent so far that fit; `from` names a host, `flags` are those of a ladder row: `SYN,ACK`. Reads the whole tape,
   * so it belongs behind the action, or into `until` of a scene with few packets.
   */
  packets(filter: { from?: string; flags?: string } = {}): LadderRow[] {
    return this.rows().filter(
      (row) =>
        row.kind === 'segment' &&
        (filter.from === undefined || row.from === filter.from) &&
        (filter.flags === undefined || row.flags === filter.flags),
    );
  }

  /** The ladder so far. */
  rows(): LadderRow[] {
    return buildLadder(this.tape.entries, this.setting, this.network.nowUs).rows;
  }

  get hostNames(): string[] {
    return this.network.hosts.map((host) => host.name);
  }

  /** The ladder and the capture file so far. */
  finish(title: string): { rows: LadderRow[]; pcapng: Uint8Array } {
    const { rows, rowOf } = buildLadder(this.tape.entries, this.setting, this.network.nowUs);
    const recorder = new Recorder();
    const numbers = new Map<string, number>();
    const frames = this.tape.entries.filter((entry): entry is SentFrame => entry.kind === 'sent');
    for (const frame of frames) {
      let id = numbers.get(frame.link);
      if (id === undefined) {
        id = recorder.addInterface({ name: frame.link, medium: frame.medium });
        numbers.set(frame.link, id);
      }
      const slot = Slot.allocate(frame.bytes.length, false);
      slot.memory.u8.set(frame.bytes, slot.offset);
      slot.length = frame.bytes.length;
      recorder.frameSeen(id, frame.host === NETWORK_HOST ? 'in' : 'out', frame.timeUs, slot);
      const recorded = recorder.frames.at(-1);
      const row = rowOf.get(frame);
      if (recorded !== undefined && row !== undefined) recorded.comment = row.say.en;
    }
    const pcapng = recorder.toPcapng({ epochUs: this.network.epochUs, comment: title });
    return { rows, pcapng };
  }
}

function callOn(socket: StreamSocket, name: StageCall['name'], bytes?: number): StageCall {
  const connection = socket.tcb?.id ?? 0;
  return bytes === undefined ? { name, connection } : { name, connection, bytes };
}

/** Whether hosts are up, for the tape. */
class Conditions implements HostConditions {
  private readonly network: Network;

  constructor(network: Network) {
    this.network = network;
  }

  isUp(host: string): boolean {
    return this.network.hosts.some((one) => one.name === host && one.condition === 'up');
  }
}
