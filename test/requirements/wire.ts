/**
 * Packets by hand for the requirement tests: built and read here from RFC 791, 8200, 792, 4443 and 9293 alone, so that an error in
 * the stack's own parser or emitter cannot hide behind itself. Slow and plain on purpose.
 */

/** A segment to build. Numbers are unsigned; addresses say whether it is IPv4 or IPv6. */
export interface SegmentSpec {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly seq: number;
  readonly ack?: number;
  /** Letters of F S R P A U E C N; N is AE, once named NS. */
  readonly flags: string;
  readonly window?: number;
  readonly urgent?: number;
  /** TCP options as they lie on the wire; padded with zeros here. */
  readonly options?: readonly number[];
  /** IPv4 options, padded with zeros here. */
  readonly ipOptions?: readonly number[];
  readonly payload?: Uint8Array;
  readonly tos?: number;
  readonly ttl?: number;
  readonly spoilChecksum?: boolean;
}

/** A segment that was read from the wire. */
export interface Segment {
  readonly timeUs: number;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly seq: number;
  readonly ack: number;
  readonly flags: string;
  readonly window: number;
  readonly urgent: number;
  readonly payload: Uint8Array;
  /** The option bytes of the header. */
  readonly optionBytes: Uint8Array;
  /** Kind to body, without kind and length octets. */
  readonly options: ReadonlyMap<number, Uint8Array>;
  readonly mss: number | null;
  readonly ipOptions: Uint8Array;
  readonly tos: number;
  readonly ttl: number;
  readonly identification: number;
  readonly isChecksumRight: boolean;
}

/** Any packet the stack sent; `segment` when it is TCP. */
export interface Packet {
  readonly protocol: number;
  readonly bytes: Uint8Array;
  readonly segment: Segment | null;
}

const FLAG_LETTERS = 'FSRPAUECN';
const TCP = 6;

export function buildSegment(spec: SegmentSpec): Uint8Array {
  const options = pad(spec.options ?? []);
  const payload = spec.payload ?? new Uint8Array(0);
  const header = new Uint8Array(20 + options.length);
  const view = new DataView(header.buffer);
  view.setUint16(0, spec.sourcePort);
  view.setUint16(2, spec.destinationPort);
  view.setUint32(4, spec.seq >>> 0);
  view.setUint32(8, (spec.ack ?? 0) >>> 0);
  const bits = [...spec.flags].reduce((sum, letter) => sum | (1 << FLAG_LETTERS.indexOf(letter)), 0);
  view.setUint16(12, ((header.length / 4) << 12) | bits);
  view.setUint16(14, spec.window ?? 65_535);
  view.setUint16(18, spec.urgent ?? 0);
  header.set(options, 20);
  const segment = concat(header, payload);
  const sum = transportChecksum(parseAddress(spec.source), parseAddress(spec.destination), TCP, segment);
  new DataView(segment.buffer).setUint16(16, spec.spoilChecksum ? sum ^ 0x0101 : sum);
  return buildIp(spec.source, spec.destination, TCP, segment, spec);
}

export interface IpSpec {
  readonly ipOptions?: readonly number[];
  readonly tos?: number;
  readonly ttl?: number;
}

/** An IPv4 or IPv6 packet around a payload. */
export function buildIp(
  source: string,
  destination: string,
  protocol: number,
  payload: Uint8Array,
  spec: IpSpec = {},
): Uint8Array {
  const from = parseAddress(source);
  const to = parseAddress(destination);
  if (from.length === 16) {
    const header = new Uint8Array(40);
    header[0] = 0x60 | ((spec.tos ?? 0) >> 4);
    header[1] = ((spec.tos ?? 0) & 15) << 4;
    new DataView(header.buffer).setUint16(4, payload.length);
    header[6] = protocol;
    header[7] = spec.ttl ?? 64;
    header.set(from, 8);
    header.set(to, 24);
    return concat(header, payload);
  }
  const options = pad(spec.ipOptions ?? []);
  const header = new Uint8Array(20 + options.length);
  const view = new DataView(header.buffer);
  header[0] = 0x40 | (header.length / 4);
  header[1] = spec.tos ?? 0;
  view.setUint16(2, header.length + payload.length);
  view.setUint16(4, 0x1234);
  view.setUint16(6, 0x4000);
  header[8] = spec.ttl ?? 64;
  header[9] = protocol;
  header.set(from, 12);
  header.set(to, 16);
  header.set(options, 20);
  view.setUint16(10, checksum(header));
  return concat(header, payload);
}

/** An ICMP error (RFC 792, RFC 4443) about a packet; `word` is the second word: the MTU for "too big". */
export function buildIcmpError(
  source: string,
  destination: string,
  type: number,
  code: number,
  about: Uint8Array,
  word = 0,
): Uint8Array {
  const from = parseAddress(source);
  const quote = about.subarray(0, from.length === 16 ? 1232 : 548);
  const message = new Uint8Array(8 + quote.length);
  message[0] = type;
  message[1] = code;
  new DataView(message.buffer).setUint32(4, word);
  message.set(quote, 8);
  const sum = from.length === 16 ? transportChecksum(from, parseAddress(destination), 58, message) : checksum(message);
  new DataView(message.buffer).setUint16(2, sum);
  return buildIp(source, destination, from.length === 16 ? 58 : 1, message);
}

/** Reads a packet the stack sent. Throws when its lengths do not fit: the stack must never send such a packet. */
export function readPacket(bytes: Uint8Array, timeUs: number): Packet {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isV6 = (bytes[0] ?? 0) >> 4 === 6;
  const headerLength = isV6 ? 40 : ((bytes[0] ?? 0) & 15) * 4;
  const total = isV6 ? 40 + view.getUint16(4) : view.getUint16(2);
  if (total !== bytes.length) throw new Error(`IP says ${total} bytes, the frame has ${bytes.length}`);
  const protocol = (isV6 ? bytes[6] : bytes[9]) ?? 0;
  if (!isV6 && checksum(bytes.subarray(0, headerLength)) !== 0) throw new Error('wrong IPv4 header checksum');
  if (protocol !== TCP) return { protocol, bytes, segment: null };
  const from = isV6 ? bytes.subarray(8, 24) : bytes.subarray(12, 16);
  const to = isV6 ? bytes.subarray(24, 40) : bytes.subarray(16, 20);
  const tcp = bytes.subarray(headerLength);
  const tcpView = new DataView(tcp.buffer, tcp.byteOffset, tcp.length);
  const dataOffset = ((tcp[12] ?? 0) >> 4) * 4;
  const optionBytes = tcp.subarray(20, dataOffset);
  const options = readOptions(optionBytes);
  const mssBody = options.get(2);
  return {
    protocol,
    bytes,
    segment: {
      timeUs,
      source: formatAddress(from),
      destination: formatAddress(to),
      sourcePort: tcpView.getUint16(0),
      destinationPort: tcpView.getUint16(2),
      seq: tcpView.getUint32(4),
      ack: tcpView.getUint32(8),
      flags: [...FLAG_LETTERS].filter((_, bit) => (tcpView.getUint16(12) >> bit) & 1).join(''),
      window: tcpView.getUint16(14),
      urgent: tcpView.getUint16(18),
      payload: tcp.slice(dataOffset),
      optionBytes,
      options,
      mss: mssBody === undefined ? null : ((mssBody[0] ?? 0) << 8) | (mssBody[1] ?? 0),
      ipOptions: isV6 ? new Uint8Array(0) : bytes.subarray(20, headerLength),
      tos: isV6 ? (((bytes[0] ?? 0) & 15) << 4) | ((bytes[1] ?? 0) >> 4) : (bytes[1] ?? 0),
      ttl: (isV6 ? bytes[7] : bytes[8]) ?? 0,
      identification: isV6 ? 0 : view.getUint16(4),
      isChecksumRight: transportChecksum(from, isV6 ? to : finalDestination(bytes, to), TCP, tcp) === 0,
    },
  };
}

/** RFC 9293 section 3.1: the checksum covers the ultimate destination, the last address of a source route still to go. */
function finalDestination(bytes: Uint8Array, destination: Uint8Array): Uint8Array {
  const end = ((bytes[0] ?? 0) & 15) * 4;
  for (let at = 20; at < end; ) {
    const kind = bytes[at] ?? 0;
    if (kind === 0) break;
    const length = kind === 1 ? 1 : (bytes[at + 1] ?? 0);
    const isRoute = kind === 131 || kind === 137;
    if (isRoute && (bytes[at + 2] ?? 0) <= length) return bytes.subarray(at + length - 4, at + length);
    if (length < 1) break;
    at += length;
  }
  return destination;
}

/** RFC 9293 section 3.1: kinds 0 and 1 are one octet, every other kind has a length that counts itself and the kind. */
export function readOptions(bytes: Uint8Array): Map<number, Uint8Array> {
  const options = new Map<number, Uint8Array>();
  for (let at = 0; at < bytes.length; ) {
    const kind = bytes[at] ?? 0;
    if (kind === 0) break;
    if (kind === 1) {
      at++;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > bytes.length) throw new Error(`option ${kind} has length ${length}`);
    options.set(kind, bytes.slice(at + 2, at + length));
    at += length;
  }
  return options;
}

/** The octets behind an end-of-list option, empty when the list fills the header. */
export function behindEndOfList(bytes: Uint8Array): Uint8Array {
  for (let at = 0; at < bytes.length; ) {
    const kind = bytes[at] ?? 0;
    if (kind === 0) return bytes.slice(at);
    at += kind === 1 ? 1 : (bytes[at + 1] ?? bytes.length);
  }
  return new Uint8Array(0);
}

export function parseAddress(text: string): Uint8Array {
  if (!text.includes(':')) return Uint8Array.from(text.split('.').map(Number));
  const [head = '', tail = ''] = text.split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const front = groups(head);
  const back = text.includes('::') ? groups(tail) : [];
  const all = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 255]));
}

/** IPv4 dotted; IPv6 as its eight groups with the longest common form left out: enough to compare with `parseAddress`. */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0));
  return groups
    .map((group) => group.toString(16))
    .join(':')
    .replace(/(?:^|:)0(?::0)+(?::|$)/, '::');
}

function transportChecksum(from: Uint8Array, to: Uint8Array, protocol: number, bytes: Uint8Array): number {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setUint32(0, bytes.length);
  length[7] = protocol;
  const pseudo =
    from.length === 16 ? concat(from, to, length) : concat(from, to, Uint8Array.of(0, protocol), length.subarray(2, 4));
  return checksum(concat(pseudo, bytes));
}

/** RFC 1071, the naive way. */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return ~sum & 0xffff;
}

function pad(options: readonly number[]): Uint8Array {
  const padded = new Uint8Array((options.length + 3) & ~3);
  padded.set(options);
  return padded;
}

function concat(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
