/**
 * One packet as a ladder shows it: control bits by name, sequence numbers counted from the SYN, those of SACK blocks too, the
 * window in bytes, the options in short. The reader remembers of each direction its last SYN, which is what the numbers refer to.
 */
import type { LinkMedium } from '../base/link-capabilities.ts';
import { type DecodedFrame, decodeFrame, fieldOf } from '../capture/decode.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';
import { asciiText } from './hand-made.ts';
import type { LadderRow, PacketProtocol } from './ladder-row.ts';

/** What a packet says. */
export interface PacketFacts {
  readonly protocol: PacketProtocol;
  /** Whom it is for; of an ARP request, whose address is asked for. */
  readonly destinationAddress: string;
  readonly isBroadcast: boolean;
  readonly flagBits: number;
  /** The fields of a row that come from the packet alone. */
  readonly shown: Pick<LadderRow, ShownField>;
}

type ShownField =
  | 'protocol'
  | 'source'
  | 'destination'
  | 'flags'
  | 'seq'
  | 'ack'
  | 'seqAbsolute'
  | 'ackAbsolute'
  | 'window'
  | 'length'
  | 'options'
  | 'payload'
  | 'isRepeat'
  | 'summary';

/** The last SYN of a direction. */
interface Opening {
  readonly seq: number;
  /** Window scale it offered, -1 when none. */
  readonly scale: number;
  /** One past the highest sequence number sent since, and its distance from the SYN, which may be more than 2^32. */
  sentEnd: number;
  sent: number;
  /** It has ended its connection: another SYN is no repetition, whatever its number. */
  isOver: boolean;
}

const FLAG_NAMES: readonly (readonly [bit: number, name: string])[] = [
  [TcpFlag.syn, 'SYN'],
  [TcpFlag.fin, 'FIN'],
  [TcpFlag.rst, 'RST'],
  [TcpFlag.psh, 'PSH'],
  [TcpFlag.urg, 'URG'],
  [TcpFlag.ece, 'ECE'],
  [TcpFlag.cwr, 'CWR'],
  [TcpFlag.ae, 'AE'],
  [TcpFlag.ack, 'ACK'],
];

const PAYLOAD_PREVIEW = 72;

/** Reads packets in the order they were sent. */
export class PacketReader {
  private readonly openings = new Map<string, Opening>();

  read(bytes: Uint8Array, medium: LinkMedium): PacketFacts {
    const frame = decodeFrame(bytes, medium);
    if (frame.layers.some((layer) => layer.name === 'tcp')) return this.tcp(frame, bytes);
    const arp = frame.layers.some((layer) => layer.name === 'arp');
    const udp = frame.layers.some((layer) => layer.name === 'udp');
    const icmp = frame.layers.some((layer) => layer.name === 'icmp' || layer.name === 'icmpv6');
    const protocol = arp ? 'arp' : udp ? 'udp' : icmp ? 'icmp' : 'other';
    const port = (name: string): string => (udp ? `:${String(fieldOf(frame, 'udp', name)?.value ?? '')}` : '');
    const destination = arp ? text(frame, 'arp', 'target address') : (frame.destinationAddress ?? '');
    const source = arp ? text(frame, 'arp', 'sender address') : (frame.sourceAddress ?? '');
    const payload = frame.layers.find((layer) => layer.name === 'payload');
    return {
      protocol,
      destinationAddress: destination,
      isBroadcast: medium === 'ethernet' && ((bytes[0] ?? 0) & 1) !== 0,
      flagBits: 0,
      shown: {
        protocol,
        source: source + port('source port'),
        destination: destination + port('destination port'),
        flags: '',
        seq: null,
        ack: null,
        seqAbsolute: null,
        ackAbsolute: null,
        window: null,
        length: payload?.length ?? 0,
        options: '',
        payload: '',
        isRepeat: false,
        summary: frame.summary,
      },
    };
  }

  private tcp(frame: DecodedFrame, bytes: Uint8Array): PacketFacts {
    const number = (name: string): number => Number(fieldOf(frame, 'tcp', name)?.value ?? 0);
    const destinationAddress = frame.destinationAddress ?? '';
    const source = `${frame.sourceAddress ?? ''}:${number('source port')}`;
    const destination = `${destinationAddress}:${number('destination port')}`;
    const flagBits = number('flags');
    const seq = number('sequence number') | 0;
    const ack = number('acknowledgment number') | 0;
    const payload = frame.layers.find((layer, index) => layer.name === 'payload' && index > 0);
    const length = payload?.length ?? 0;
    const isSyn = (flagBits & TcpFlag.syn) !== 0;
    const hasAck = (flagBits & TcpFlag.ack) !== 0;
    const key = `${source}>${destination}`;
    const back = `${destination}>${source}`;
    const theirs = this.openings.get(back);
    // The other end goes on by its old numbers, in TIME-WAIT, or answers with a SYN of its own that is new as well.
    if (theirs !== undefined && isSyn && !hasAck && this.openings.get(key)?.isOver === true) theirs.isOver = true;
    const mine = this.opening(key, frame, seq, isSyn);
    const occupies = length + (isSyn ? 1 : 0) + (flagBits & TcpFlag.fin ? 1 : 0);
    const end = (seq + occupies) | 0;
    const isRepeat = occupies > 0 && mine !== undefined && ((end - mine.sentEnd) | 0) <= 0;
    // Counted from what was known before this segment, so that a number far off does not count from itself.
    const shownSeq = relative(seq, mine);
    if (mine !== undefined && occupies > 0 && !isRepeat) {
      mine.sent += (end - mine.sentEnd) | 0;
      mine.sentEnd = end;
    }
    // A RST with nothing but a SYN before it may refuse an answer to an older one: that SYN will be repeated.
    if (mine !== undefined && mine.sent > 1 && (flagBits & (TcpFlag.fin | TcpFlag.rst)) !== 0) mine.isOver = true;
    return {
      protocol: 'tcp',
      destinationAddress,
      isBroadcast: false,
      flagBits,
      shown: {
        protocol: 'tcp',
        source,
        destination,
        flags: flagsText(flagBits),
        seq: shownSeq,
        ack: hasAck ? relative(ack, theirs) : null,
        seqAbsolute: seq >>> 0,
        ackAbsolute: hasAck ? ack >>> 0 : null,
        window: number('window') * (isSyn ? 1 : scaleOf(mine, theirs)),
        length,
        options: optionsText(frame, theirs),
        payload: payload === undefined ? '' : preview(bytes, payload.offset, length),
        isRepeat,
        summary: frame.summary,
      },
    };
  }

  /** The connection by which a translated TCP packet arrived; it goes on by the numbers of the one that was sent. */
  translated(bytes: Uint8Array, medium: LinkMedium, sentAs: string): string {
    const frame = decodeFrame(bytes, medium);
    const port = (name: string): string => String(fieldOf(frame, 'tcp', name)?.value ?? '');
    const source = `${frame.sourceAddress ?? ''}:${port('source port')}`;
    const key = `${source}>${frame.destinationAddress ?? ''}:${port('destination port')}`;
    const opening = this.openings.get(sentAs);
    if (opening !== undefined) this.openings.set(key, opening);
    return key;
  }

  private opening(key: string, frame: DecodedFrame, seq: number, isSyn: boolean): Opening | undefined {
    const known = this.openings.get(key);
    if (!isSyn || (known?.seq === seq && !known.isOver)) return known;
    const scale = fieldOf(frame, 'tcp', 'window scale');
    const opening = { seq, scale: scale === null ? -1 : Number(scale.value), sentEnd: seq, sent: 0, isOver: false };
    this.openings.set(key, opening);
    return opening;
  }
}

/** Farther from what was sent last, a number belongs to another connection. */
const FAR = 2 ** 30;

/** Distance from the SYN; one before it may be a probe, anything else outside belongs to another connection. */
function relative(seq: number, opening: Opening | undefined): number | null {
  if (opening === undefined) return null;
  const beyond = (seq - opening.sentEnd) | 0;
  const distance = opening.sent + beyond;
  return distance < -1 || Math.abs(beyond) > FAR ? null : distance;
}

/** Both ends must have offered scaling for it to hold (RFC 7323 section 2.2). */
function scaleOf(mine: Opening | undefined, theirs: Opening | undefined): number {
  if (mine === undefined || theirs === undefined || mine.scale < 0 || theirs.scale < 0) return 1;
  return 2 ** Math.min(14, mine.scale);
}

function flagsText(bits: number): string {
  return FLAG_NAMES.filter(([bit]) => (bits & bit) !== 0)
    .map(([, name]) => name)
    .join(',');
}

function optionsText(frame: DecodedFrame, theirs: Opening | undefined): string {
  const words: string[] = [];
  const mss = fieldOf(frame, 'tcp', 'maximum segment size');
  const scale = fieldOf(frame, 'tcp', 'window scale');
  const sack = fieldOf(frame, 'tcp', 'SACK');
  if (mss !== null) words.push(`MSS ${String(mss.value)}`);
  if (scale !== null) words.push(`WS ${String(scale.value)}`);
  if (fieldOf(frame, 'tcp', 'SACK permitted') !== null) words.push('SACK ok');
  if (fieldOf(frame, 'tcp', 'timestamps') !== null) words.push('TS');
  if (sack !== null) words.push(`SACK ${sackBlocks(sack.text ?? '', theirs)}`);
  return words.join(', ');
}

/** Blocks count from the SYN of the direction they report on, as `ack` does. One that lies outside of it stays as it was sent. */
function sackBlocks(blocks: string, theirs: Opening | undefined): string {
  return blocks
    .split(' ')
    .map((block) => {
      const [left, right] = block.split('-').map((edge) => relative(Number(edge) | 0, theirs));
      return typeof left === 'number' && typeof right === 'number' ? `${left}-${right}` : block;
    })
    .join(' ');
}

function text(frame: DecodedFrame, layer: 'arp', name: string): string {
  return String(fieldOf(frame, layer, name)?.value ?? '');
}

function preview(bytes: Uint8Array, offset: number, length: number): string {
  const cut = bytes.subarray(offset, offset + Math.min(length, PAYLOAD_PREVIEW));
  const words = asciiText(cut).replaceAll('\r', '\\r').replaceAll('\n', '\\n');
  return length > PAYLOAD_PREVIEW ? `${words}…` : words;
}
