/**
 * What was done, as a script in the packetdrill language: one host's calls and packets, the other end played by the
 * script. It tells of the first connection and runs as a test with `woshou drill`.
 */
import { Slot } from '../../../src/base/slot.ts';
import { Flow } from '../../../src/drill/flow.ts';
import { isSyn, type LivePacket, readPacket } from '../../../src/drill/live-packet.ts';
import { packetText } from '../../../src/drill/packet-text.ts';
import type { SentFrame, SpokenEntry, StageCall, TapeEntry } from '../../../src/scenes/tape.ts';
import type { Session } from './session.ts';

const ETHERNET_HEADER = 14;
const PASSIVE_FD = 4;
const ACTIVE_FD = 3;

/** One host's part of the first connection. */
interface Part {
  readonly host: string;
  readonly isPassive: boolean;
  readonly ownPort: number;
  readonly peerPort: number;
  /** Nothing about the connection comes before it. */
  readonly flow: Flow;
}

/** The script, for the end that listens where one does; a comment alone when there is no connection. */
export function drillScript(session: Session): string {
  const { scene, stage } = session;
  const { entries } = stage.tape;
  const head = [`// ${scene.title.en}. Scene ${scene.id}, seed ${stage.seed}.`];
  const part = choosePart(entries, new Set(stage.setting.crafted));
  if (part === null) return [...head, '// No connection was opened.', ''].join('\n');
  head.push(`// The stack under test is ${part.host}; the script plays the other end.`);
  const lines = new Writer(part);
  for (const entry of entries) lines.take(entry);
  return [...head, ...lines.all(), ''].join('\n');
}

function choosePart(entries: readonly TapeEntry[], crafted: ReadonlySet<string>): Part | null {
  for (const entry of entries) {
    if (entry.kind !== 'sent') continue;
    const syn = packetOf(entry, entry.timeUs);
    if (syn?.tcp === undefined || syn.tcp === null || !isSyn(syn.tcp.flags)) continue;
    const { sourcePort, destinationPort } = syn.tcp;
    const receiver = entry.arrivals[0]?.host ?? '';
    const listens = entries.some((one) => isCall(one) && one.host === receiver && one.call?.name === 'listen');
    if (listens && !crafted.has(receiver) && entry.arrivals[0]?.bytes === null) {
      return partOf(receiver, true, destinationPort, sourcePort);
    }
    if (!crafted.has(entry.host)) return partOf(entry.host, false, sourcePort, destinationPort);
  }
  return null;
}

function partOf(host: string, isPassive: boolean, ownPort: number, peerPort: number): Part {
  return { host, isPassive, ownPort, peerPort, flow: new Flow(ownPort, peerPort) };
}

function isCall(entry: TapeEntry): entry is SpokenEntry {
  return entry.kind === 'event' && entry.call !== null;
}

class Writer {
  private readonly part: Part;
  private readonly lines: string[] = [];
  private lastUs = -1;
  private connection = -1;

  constructor(part: Part) {
    this.part = part;
  }

  all(): readonly string[] {
    return this.lines;
  }

  take(entry: TapeEntry): void {
    const { host } = this.part;
    if (isCall(entry) && entry.host === host && entry.call !== null) this.called(entry.call, entry.timeUs);
    else if (entry.kind === 'sent' && entry.host === host) this.packet(entry, entry.timeUs, true);
    else if (entry.kind === 'arrived' && entry.host === host && entry.arrival.change === 'none') {
      this.packet(entry.frame, entry.timeUs, false);
    }
  }

  private packet(frame: SentFrame, timeUs: number, isOutbound: boolean): void {
    const packet = packetOf(frame, timeUs);
    const tcp = packet?.tcp ?? null;
    const { flow, ownPort, peerPort } = this.part;
    if (packet === null || tcp === null) return;
    const [own, peer] = isOutbound ? [tcp.sourcePort, tcp.destinationPort] : [tcp.destinationPort, tcp.sourcePort];
    if (own !== ownPort || peer !== peerPort) return;
    const side = isOutbound ? flow.local : flow.remote;
    if (isSyn(tcp.flags) && !side.isKnown) side.learn(0, tcp.seq);
    const text = packetText(packet, flow, isOutbound);
    // What a stack offers as its window is its own affair: the script asks for the numbers that matter.
    this.line(timeUs, isOutbound ? `> ${text.replace(/ win \d+/, '')}` : `< ${text}`);
  }

  private called(call: StageCall, timeUs: number): void {
    const fd = this.part.isPassive ? PASSIVE_FD : ACTIVE_FD;
    switch (call.name) {
      case 'listen':
        if (!this.part.isPassive || call.port !== this.part.ownPort) return;
        this.line(timeUs, `socket(..., SOCK_STREAM, IPPROTO_TCP) = ${ACTIVE_FD}`);
        this.line(timeUs, `bind(${ACTIVE_FD}, ..., ...) = 0`);
        this.line(timeUs, `listen(${ACTIVE_FD}, 511) = 0`);
        return;
      case 'connect':
        if (this.part.isPassive || call.port !== this.part.peerPort || this.connection !== -1) return;
        this.connection = 0;
        this.line(timeUs, `socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = ${ACTIVE_FD}`);
        this.line(timeUs, `connect(${ACTIVE_FD}, ..., ...) = -1 EINPROGRESS (Operation now in progress)`);
        return;
      case 'accept':
        if (!this.part.isPassive || this.connection !== -1) return;
        this.connection = call.connection ?? 0;
        this.line(timeUs, `accept(${ACTIVE_FD}, ..., ...) = ${PASSIVE_FD}`);
        return;
      default:
        if (this.connection === 0) this.connection = call.connection ?? 0;
        if (call.connection === this.connection) this.onConnection(call, fd, timeUs);
    }
  }

  private onConnection({ name, bytes = 0 }: StageCall, fd: number, timeUs: number): void {
    switch (name) {
      case 'write':
        this.line(timeUs, `write(${fd}, ..., ${bytes}) = ${bytes}`);
        return;
      case 'read':
        if (bytes > 0) this.line(timeUs, `read(${fd}, ..., ${bytes}) = ${bytes}`);
        return;
      case 'shutdown':
        this.line(timeUs, `shutdown(${fd}, SHUT_WR) = 0`);
        return;
      case 'abort':
        this.line(timeUs, `setsockopt(${fd}, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0`);
        this.line(timeUs, `close(${fd}) = 0`);
        return;
      default:
        this.line(timeUs, `close(${fd}) = 0`);
    }
  }

  private line(timeUs: number, text: string): void {
    const timing = this.lastUs < 0 ? '0' : `+${((timeUs - this.lastUs) / 1_000_000).toFixed(6)}`;
    this.lastUs = timeUs;
    this.lines.push(`${timing.padEnd(12)}${text}`);
  }
}

/** The IP packet in a frame, null when it is none. */
function packetOf(frame: SentFrame, timeUs: number): LivePacket | null {
  const skipped = frame.medium === 'ethernet' ? ETHERNET_HEADER : 0;
  const version = (frame.bytes[skipped] ?? 0) >>> 4;
  if (version !== 4 && version !== 6) return null;
  const slot = Slot.allocate(frame.bytes.length, false);
  slot.memory.u8.set(frame.bytes.subarray(skipped), slot.offset);
  slot.length = frame.bytes.length - skipped;
  return readPacket(slot, timeUs, true);
}
