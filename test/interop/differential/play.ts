/**
 * Plays one scenario against one side and writes down what came back, in words that do not depend on the side: numbers count
 * from the two ISNs, windows are open or shut, options stand in the order of the wire.
 */

import { endOf, text } from '../../requirements/bench.ts';
import { buildIcmpError, buildSegment, readPacket, type Segment } from '../../requirements/wire.ts';
import { type ArrivedPacket, type CallArguments, type CallResult, LOCAL, type Side } from './side.ts';

/** One packet that came back. */
export interface Reply {
  readonly words: string;
  /** Milliseconds since what caused it. */
  readonly delayMs: number;
}

/** What was done and what came of it. */
export interface Step {
  readonly title: string;
  readonly replies: readonly Reply[];
}

/** A segment to send. `seq` counts from the peer's ISN (its SYN is 0), `ack` from the ISN of the side. */
export interface Given {
  /** Default: the next number. */
  readonly seq?: number;
  /** Default: everything seen so far. */
  readonly ack?: number;
  readonly window?: number;
  readonly urgent?: number;
  readonly data?: number;
  readonly options?: readonly number[];
  /** TSval in place of the next one (with `useTimestamps`). */
  readonly timestamp?: number;
  /** How long to collect answers. Default 15 ms. */
  readonly waitMs?: number;
}

export interface OpenOptions {
  /** Of the SYN or SYN-ACK; default an MSS of 1460. */
  readonly options?: readonly number[];
  readonly window?: number;
  readonly receiveBuffer?: number;
}

export interface Scenario {
  readonly name: string;
  readonly play: (play: Play) => Promise<void>;
}

export const MSS = [2, 4, 1460 >> 8, 1460 & 255] as const;
export const SACK_OK = [1, 1, 4, 2] as const;
export const WINDOW_SCALE = [1, 3, 3, 7] as const;

const PEER_ISN = 0x7fff_f000;
/** Stands for the side's ISN where there is no connection. */
const NO_ISN = 0x1000_0000;
const WAIT_MS = 15;

export class Play {
  readonly steps: Step[] = [];
  readonly side: Side;
  readonly peerAddress: string;
  /** Of the side. */
  readonly port: number;
  readonly peerPort = 40_000;
  /** Segments carry timestamps. */
  useTimestamps = false;
  /** Numbers relative to the ISNs: next to send, next expected. */
  seq = 0;
  ack = 0;
  window = 65_535;
  private base = PEER_ISN;
  private isn: number | null = null;
  private timestamp = 1000;
  private echo = 0;
  private isQuiet = false;

  constructor(side: Side, peerAddress: string, port: number) {
    this.side = side;
    this.peerAddress = peerAddress;
    this.port = port;
  }

  /** Sends a segment and collects the answers. */
  async give(flags: string, given: Given = {}): Promise<Segment[]> {
    const packet = this.build(flags, given);
    await this.side.give(packet);
    const length = given.data === undefined ? '' : ` ${given.data} octets`;
    return this.collect(`${flags === '' ? 'null' : flags}${describeGiven(given)}${length}`, given.waitMs ?? WAIT_MS);
  }

  /** Calls the socket; the result is compared too. */
  async call(name: string, args: CallArguments = {}, waitMs = WAIT_MS): Promise<CallResult> {
    const result = await this.side.call(name, args);
    const words = Object.entries(args).flatMap(([key, value]) => (VARYING.includes(key) ? [] : [`${key} ${value}`]));
    await this.collect(`${name}(${words.join(', ')}) = ${result}`, waitMs);
    return result;
  }

  /** Reads everything there is; how much is not compared, where that depends on the side's own account of memory. */
  async drain(): Promise<void> {
    await this.side.call('read', { length: 1_000_000 });
    await this.collect('everything is read', WAIT_MS);
  }

  /** Lets time pass; times of what comes count from the last thing done. */
  async pause(ms: number): Promise<Segment[]> {
    return this.collect(`${ms} ms pass`, ms);
  }

  /** Does something without writing it down: the way to where the scenario starts. */
  async quietly(work: () => Promise<void>): Promise<void> {
    this.isQuiet = true;
    await work();
    this.isQuiet = false;
  }

  async listen(args: CallArguments = {}): Promise<void> {
    await this.call('listen', { port: this.port, ...args });
  }

  async connect(args: CallArguments = {}, waitMs = WAIT_MS): Promise<void> {
    const where = { port: this.port, address: this.peerAddress, remotePort: this.peerPort };
    await this.call('connect', { ...where, ...args }, waitMs);
  }

  /** Numbers of the peer count from here on, the next to be sent being 0: for where the sides took different amounts. */
  anchor(): void {
    this.base = (this.base + this.seq) >>> 0;
    this.seq = 0;
  }

  /** A connection the peer opened and the side accepted, not written down. */
  async openPassively(options: OpenOptions = {}): Promise<void> {
    await this.quietly(async () => {
      await this.listen(options.receiveBuffer === undefined ? {} : { receiveBuffer: options.receiveBuffer });
      const window = options.window === undefined ? {} : { window: options.window };
      await this.give('S', { options: options.options ?? MSS, ...window });
      await this.give('A', window);
      await this.call('accept');
      await this.call('closeListener');
    });
  }

  /** A connection the side opened, not written down. */
  async openActively(options: OpenOptions = {}): Promise<void> {
    await this.quietly(async () => {
      await this.connect(options.receiveBuffer === undefined ? {} : { receiveBuffer: options.receiveBuffer });
      const window = options.window === undefined ? {} : { window: options.window };
      await this.give('SA', { options: options.options ?? MSS, ...window });
    });
  }

  /** An ICMP error about a segment of the side with this relative number. */
  async giveIcmp(type: number, code: number, seq: number, mtu = 0): Promise<void> {
    const about = buildSegment({
      source: LOCAL,
      destination: this.peerAddress,
      sourcePort: this.port,
      destinationPort: this.peerPort,
      seq: ((this.isn ?? NO_ISN) + seq) >>> 0,
      flags: 'S',
    });
    await this.side.give(buildIcmpError(this.peerAddress, LOCAL, type, code, about, mtu));
    await this.collect(`ICMP ${type}/${code}`, WAIT_MS);
  }

  /** Acknowledgment number of a segment of the side, as `seq` counts. */
  ackOf(segment: Segment): number {
    return (segment.ack - this.base) | 0;
  }

  /** A SACK option with one block of relative numbers of the side. */
  sackOption(from: number, to: number): number[] {
    const option = new Uint8Array(12);
    option.set([1, 1, 5, 10]);
    new DataView(option.buffer).setUint32(4, (this.isn ?? 0) + from);
    new DataView(option.buffer).setUint32(8, (this.isn ?? 0) + to);
    return [...option];
  }

  private build(flags: string, given: Given): Uint8Array {
    const seq = given.seq ?? this.seq;
    const length = (given.data ?? 0) + (flags.includes('S') ? 1 : 0) + (flags.includes('F') ? 1 : 0);
    if (given.seq === undefined) this.seq += length;
    this.timestamp += 20;
    const hasTimestamp = this.useTimestamps || given.timestamp !== undefined;
    return buildSegment({
      source: this.peerAddress,
      destination: LOCAL,
      sourcePort: this.peerPort,
      destinationPort: this.port,
      seq: (this.base + seq) >>> 0,
      ack: flags.includes('A') ? ((this.isn ?? NO_ISN) + (given.ack ?? this.ack)) >>> 0 : 0,
      flags,
      window: given.window ?? this.window,
      urgent: given.urgent ?? 0,
      payload: text(given.data ?? 0),
      options: [
        ...(given.options ?? []),
        ...(hasTimestamp ? timestampOption(given.timestamp ?? this.timestamp, this.echo) : []),
      ],
    });
  }

  private async collect(title: string, waitMs: number): Promise<Segment[]> {
    const packets = await this.side.wait(waitMs);
    const replies: Reply[] = [];
    const segments: Segment[] = [];
    for (const packet of packets) {
      const { segment } = readPacket(packet.bytes, 0);
      if (segment !== null) {
        segments.push(segment);
        this.takeNotice(segment);
      }
      replies.push({ words: this.describe(packet, segment), delayMs: packet.delayMs });
    }
    if (!this.isQuiet) this.steps.push({ title, replies });
    return segments;
  }

  private takeNotice(segment: Segment): void {
    if (segment.flags.includes('S')) this.isn = segment.seq;
    const end = (endOf(segment) - (this.isn ?? NO_ISN)) | 0;
    const start = (segment.seq - (this.isn ?? NO_ISN)) | 0;
    if (start <= this.ack && end > this.ack && !segment.flags.includes('R')) this.ack = end;
    const stamps = segment.options.get(8);
    if (stamps !== undefined) this.echo = new DataView(stamps.buffer).getUint32(0);
  }

  private describe(packet: ArrivedPacket, segment: Segment | null): string {
    const { bytes } = packet;
    if (segment === null) return `protocol ${bytes[9]} ${bytes[20]}/${bytes[21]}`;
    const { flags } = segment;
    // A reset from nowhere has number 0, or the one our ACK named.
    const seq = segment.seq === 0 ? 'zero' : (segment.seq - (this.isn ?? NO_ISN)) | 0;
    const ack = flags.includes('A')
      ? ` ack ${(segment.ack - this.base) | 0}`
      : segment.ack === 0
        ? ''
        : ' ack not zero';
    const urgent = flags.includes('U') ? ` urg ${segment.urgent}` : '';
    const options = describeOptions(segment.optionBytes, this.base);
    const window = segment.window === 0 ? 'shut' : 'open';
    const isDf = ((bytes[6] ?? 0) & 0x40) !== 0;
    const ip = `${isDf ? '' : ' no DF'}${segment.tos === 0 ? '' : ` tos ${segment.tos}`}${segment.ttl === 64 ? '' : ` ttl ${segment.ttl}`}`;
    const sum = segment.isChecksumRight ? '' : ' WRONG CHECKSUM';
    return `${flags} seq ${seq}${ack} len ${segment.payload.length} ${window}${urgent} <${options}>${ip}${sum}`;
  }
}

/** Arguments that are the same on both sides and mean nothing to a reader. */
const VARYING = ['port', 'address', 'remotePort'];

function describeGiven(given: Given): string {
  const { seq, ack, window } = given;
  const words = Object.entries({ seq, ack, window }).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key} ${value}`],
  );
  return words.length === 0 ? '' : ` ${words.join(' ')}`;
}

function timestampOption(value: number, echo: number): number[] {
  const option = new Uint8Array(12);
  option.set([1, 1, 8, 10]);
  new DataView(option.buffer).setUint32(4, value);
  new DataView(option.buffer).setUint32(8, echo);
  return [...option];
}

function describeOptions(bytes: Uint8Array, base: number): string {
  const words: string[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; ) {
    const kind = bytes[at] ?? 0;
    const length = kind < 2 ? 1 : (bytes[at + 1] ?? 1);
    if (kind === 0) words.push('eol');
    else if (kind === 1) words.push('nop');
    else if (kind === 2) words.push(`mss ${view.getUint16(at + 2)}`);
    else if (kind === 3) words.push(`ws ${bytes[at + 2]}`);
    else if (kind === 4) words.push('sackOK');
    else if (kind === 5) words.push(`sack ${describeBlocks(view, at + 2, at + length, base)}`);
    else if (kind === 8) words.push(`ts ecr ${view.getUint32(at + 6)}`);
    else words.push(`kind ${kind}`);
    at += Math.max(1, length);
  }
  return words.join(',');
}

function describeBlocks(view: DataView, from: number, to: number, base: number): string {
  const blocks: string[] = [];
  for (let at = from; at + 8 <= to; at += 8) {
    blocks.push(`${(view.getUint32(at) - base) | 0}-${(view.getUint32(at + 4) - base) | 0}`);
  }
  return blocks.join(' ');
}
