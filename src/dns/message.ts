/** DNS messages (RFC 1035 section 4, with EDNS of RFC 6891) as plain data. Malformed bytes are null, never an exception. */
import { decodePacket, encodePacket } from './library.ts';

/** Types a zone may hold and a resolver asks for. */
export const RECORD_TYPES = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NAPTR', 'NS', 'PTR', 'SOA', 'SRV', 'TXT'] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

/** What is asked; type `ANY` is for all types. */
export interface Question {
  readonly name: string;
  readonly type: string;
  readonly class: string;
}

/** One resource record; `data` has the library's shape for the type. */
export interface ResourceRecord {
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly data: unknown;
}

export const Rcode = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  noSuchName: 3,
  notImplemented: 4,
  refused: 5,
} as const;

export interface DnsMessage {
  readonly id: number;
  readonly isResponse: boolean;
  /** 0: a query. */
  readonly opcode: number;
  readonly rcode: number;
  readonly isAuthoritative: boolean;
  readonly isTruncated: boolean;
  readonly isRecursionDesired: boolean;
  readonly isRecursionAvailable: boolean;
  readonly questions: readonly Question[];
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  /** Without the OPT record. */
  readonly additionals: readonly ResourceRecord[];
  /** Bytes of a UDP answer that its sender takes (EDNS), 0: no EDNS. */
  readonly udpPayloadBytes: number;
}

const Flag = {
  truncated: 0x0200,
  authoritative: 0x0400,
  recursionDesired: 0x0100,
  recursionAvailable: 0x0080,
} as const;

/** A message with everything but what is given empty. */
export function messageOf(parts: Partial<DnsMessage>): DnsMessage {
  return {
    id: 0,
    isResponse: false,
    opcode: 0,
    rcode: Rcode.noError,
    isAuthoritative: false,
    isTruncated: false,
    isRecursionDesired: false,
    isRecursionAvailable: false,
    questions: [],
    answers: [],
    authorities: [],
    additionals: [],
    udpPayloadBytes: 0,
    ...parts,
  };
}

/** @throws errors of the library for names or data that cannot be written; zones are checked before */
export function encodeMessage(message: DnsMessage): Uint8Array {
  const flags =
    (message.opcode << 11) |
    (message.isAuthoritative ? Flag.authoritative : 0) |
    (message.isTruncated ? Flag.truncated : 0) |
    (message.isRecursionDesired ? Flag.recursionDesired : 0) |
    (message.isRecursionAvailable ? Flag.recursionAvailable : 0) |
    message.rcode;
  const { udpPayloadBytes } = message;
  const opt = { type: 'OPT', name: '.', udpPayloadSize: udpPayloadBytes, extendedRcode: 0, ednsVersion: 0, flags: 0 };
  return encodePacket({
    type: message.isResponse ? 'response' : 'query',
    id: message.id,
    flags,
    questions: message.questions,
    answers: message.answers,
    authorities: message.authorities,
    additionals: udpPayloadBytes === 0 ? message.additionals : [...message.additionals, { ...opt, options: [] }],
  });
}

/** Null for what is no DNS message. */
export function decodeMessage(bytes: Uint8Array): DnsMessage | null {
  const lengthBytes = measure(bytes);
  if (lengthBytes < 0) return null;
  let packet: LibraryMessage;
  try {
    const decoded = decodePacket(bytes);
    if (decoded.lengthBytes !== lengthBytes) return null;
    packet = decoded.packet as LibraryMessage;
  } catch {
    return null;
  }
  const { flags, additionals } = packet;
  const opt = additionals.find((record) => record.type === 'OPT');
  return {
    id: packet.id,
    isResponse: packet.type === 'response',
    opcode: (flags >> 11) & 15,
    rcode: flags & 15,
    isAuthoritative: (flags & Flag.authoritative) !== 0,
    isTruncated: (flags & Flag.truncated) !== 0,
    isRecursionDesired: (flags & Flag.recursionDesired) !== 0,
    isRecursionAvailable: (flags & Flag.recursionAvailable) !== 0,
    questions: packet.questions,
    answers: packet.answers.map(plainRecord),
    authorities: packet.authorities.map(plainRecord),
    additionals: additionals.filter((record) => record !== opt).map(plainRecord),
    udpPayloadBytes: opt === undefined ? 0 : Math.max(512, opt.udpPayloadSize ?? 0),
  };
}

const HEADER_BYTES = 12;

/**
 * Bytes of the message by its counts and lengths, -1 when they lead beyond the end. The library believes counts, and may read
 * tens of thousands of records out of a hundred bytes.
 */
function measure(bytes: Uint8Array): number {
  if (bytes.length < HEADER_BYTES) return -1;
  const word = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const questions = word(4);
  const records = word(6) + word(8) + word(10);
  let at = HEADER_BYTES;
  for (let index = 0; index < questions + records; index++) {
    at = nameEnd(bytes, at);
    if (at < 0) return -1;
    // Type and class; a record has its time to live and its length beside them.
    at += index < questions ? 4 : 10 + word(at + 8);
    if (at > bytes.length) return -1;
  }
  return at;
}

/** Where a name ends: at its empty label, or with a pointer (RFC 1035 section 4.1.4). */
function nameEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; ) {
    const length = bytes[at] ?? 0;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    if (length > 63) return -1;
    at += length + 1;
  }
  return -1;
}

/** For answering what could not be read: the ID of a query, null for anything shorter than a header, and for responses. */
export function queryIdOf(bytes: Uint8Array): number | null {
  const [high = 0, low = 0, flags = 0] = bytes;
  return bytes.length < 12 || (flags & 0x80) !== 0 ? null : (high << 8) | low;
}

// RFC 1035 §2.3.3, RFC 4343: names are compared without regard to case; a final dot changes nothing.
export function nameKey(name: string): string {
  const lower = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
}

interface LibraryRecord {
  readonly name: string;
  readonly type: string;
  readonly ttl?: number;
  readonly data?: unknown;
  readonly udpPayloadSize?: number;
}

interface LibraryMessage {
  readonly id: number;
  readonly type: string;
  readonly flags: number;
  readonly questions: readonly Question[];
  readonly answers: readonly LibraryRecord[];
  readonly authorities: readonly LibraryRecord[];
  readonly additionals: readonly LibraryRecord[];
}

function plainRecord({ name, type, ttl = 0, data }: LibraryRecord): ResourceRecord {
  return { name, type, ttl, data };
}
