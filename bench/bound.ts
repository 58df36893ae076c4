/**
 * What no TCP in this process could surpass: two endpoints that have none. Real IPv4 and TCP headers with timestamps are written and parsed,
 * the checksum runs in WebAssembly over both, payload is copied from the sender's memory into the frame and from the frame into the
 * receiver's, every second segment is acknowledged. No windows, no timers, no losses, no options to be negotiated, nobody to be told.
 */
import type { PacketMemory } from 'woshou';
import { createPacketMemory } from 'woshou/node';

const IP_HEADER = 20;
const TCP_HEADER = 32;
const HEADERS = IP_HEADER + TCP_HEADER;
/** Version 4, five words of header; DF; TTL 64, protocol TCP. */
const IP_FIRST = 0x45000000;
const IP_SECOND = 0x4000;
const IP_THIRD = 0x40060000;
/** Eight words of header, and of the flags ACK, or ACK and PSH. */
const ACK = 0x8010;
const ACK_PSH = 0x8018;
/** NOP, NOP, timestamps. */
const TIMESTAMPS = 0x0101080a;
const FRAME_AT = 32;
const ACK_EVERY = 2;
/** What the receiver has is compared with what was sent as often as this many octets have arrived. */
const CHUNK = 4 << 20;
const BATCH = 64;

const pattern = Uint8Array.from({ length: CHUNK }, (_, index) => (index * 31 + 7) & 255);

/** One end: a sequence number each way, and where it is in its memory. */
class Endpoint {
  received = 0;
  private sndNxt = 1;
  private sndUna = 1;
  private rcvNxt = 1;
  private unacknowledged = 0;
  private sendAt = 0;
  private readonly from = pattern;
  private readonly into = new Uint8Array(CHUNK);
  private readonly memory: PacketMemory;
  private readonly address: number;
  private readonly peerAddress: number;
  private readonly port: number;
  private readonly peerPort: number;

  constructor(memory: PacketMemory, host: number, peer: number) {
    this.memory = memory;
    this.address = 0x0a000000 | host;
    this.peerAddress = 0x0a000000 | peer;
    this.port = 1000 + host;
    this.peerPort = 1000 + peer;
  }

  /** Writes a segment with `length` octets of what is next. Returns the packet's length. */
  write(length: number): number {
    const { memory, sndNxt } = this;
    const { view } = memory;
    const total = HEADERS + length;
    if (length > 0) {
      if (this.sendAt + length > CHUNK) this.sendAt = 0;
      memory.u8.set(this.from.subarray(this.sendAt, this.sendAt + length), FRAME_AT + HEADERS);
      this.sendAt += length;
    }
    view.setUint32(FRAME_AT, IP_FIRST | total);
    view.setUint32(FRAME_AT + 4, IP_SECOND);
    view.setUint32(FRAME_AT + 8, IP_THIRD);
    view.setInt32(FRAME_AT + 12, this.address);
    view.setInt32(FRAME_AT + 16, this.peerAddress);
    view.setUint16(FRAME_AT + 10, complement(memory.sum(FRAME_AT, IP_HEADER)));
    const at = FRAME_AT + IP_HEADER;
    view.setUint32(at, (this.port << 16) | this.peerPort);
    view.setInt32(at + 4, sndNxt);
    view.setInt32(at + 8, this.rcvNxt);
    view.setUint32(at + 12, ((length > 0 ? ACK_PSH : ACK) << 16) | 0xffff);
    view.setUint32(at + 16, 0);
    view.setUint32(at + 20, TIMESTAMPS);
    view.setInt32(at + 24, sndNxt);
    view.setInt32(at + 28, this.rcvNxt);
    view.setUint16(at + 16, complement(memory.sum(at, total - IP_HEADER) + this.pseudoHeader(total - IP_HEADER)));
    this.sndNxt = (sndNxt + length) | 0;
    return total;
  }

  /** Takes the packet of `length` octets. Returns whether an acknowledgment is due. */
  read(length: number): boolean {
    const { memory } = this;
    const { view } = memory;
    const first = view.getUint32(FRAME_AT);
    const total = first & 0xffff;
    if (first >>> 24 !== IP_FIRST >>> 24 || total > length) throw new Error('no IPv4 packet');
    if (view.getUint32(FRAME_AT + 8) >>> 16 !== IP_THIRD >>> 16) throw new Error('no TCP');
    if (memory.sum(FRAME_AT, IP_HEADER) !== 0xffff) throw new Error('a wrong checksum of IP');
    const at = FRAME_AT + IP_HEADER;
    const sum = memory.sum(at, total - IP_HEADER) + this.pseudoHeader(total - IP_HEADER);
    if (complement(sum) !== 0) throw new Error('a wrong checksum of TCP');
    if (view.getInt32(FRAME_AT + 16) !== this.address || view.getUint16(at + 2) !== this.port) return false;
    const ack = view.getInt32(at + 8);
    if (((ack - this.sndUna) | 0) > 0) this.sndUna = ack;
    const headerLength = (view.getUint8(at + 12) >>> 4) << 2;
    const payload = total - IP_HEADER - headerLength;
    if (payload === 0 || view.getInt32(at + 4) !== this.rcvNxt) return false;
    this.take(at + headerLength, payload);
    this.rcvNxt = (this.rcvNxt + payload) | 0;
    this.unacknowledged = (this.unacknowledged + 1) % ACK_EVERY;
    return this.unacknowledged === 0;
  }

  private take(offset: number, length: number): void {
    const at = this.received % CHUNK;
    const place = at + length > CHUNK ? 0 : at;
    this.into.set(this.memory.u8.subarray(offset, offset + length), place);
    this.received += length + ((place - at + CHUNK) % CHUNK);
  }

  /** @throws Error when not all octets are those that were sent */
  verify(): void {
    const end = Math.min(this.received, CHUNK - 0x10000);
    if (Buffer.compare(this.into.subarray(0, end), pattern.subarray(0, end)) !== 0) throw new Error('wrong octets');
  }

  get everythingAcknowledged(): boolean {
    return ((this.sndNxt - this.sndUna) | 0) < ACK_EVERY * 0x10000;
  }

  private pseudoHeader(length: number): number {
    const { address, peerAddress } = this;
    return 6 + length + (address >>> 16) + (address & 0xffff) + (peerAddress >>> 16) + (peerAddress & 0xffff);
  }
}

function complement(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return ~((once & 0xffff) + (once >>> 16)) & 0xffff;
}

/** Moves full segments one way for about `seconds`; returns bits of payload per second. */
export function bound(mtu: number, seconds: number): number {
  const memory = createPacketMemory(mtu + 128);
  const sender = new Endpoint(memory, 1, 2);
  const receiver = new Endpoint(memory, 2, 1);
  const length = mtu - HEADERS;
  let segments = 0;
  const start = process.hrtime.bigint();
  let elapsed = 0;
  while (elapsed < seconds) {
    for (let index = 0; index < BATCH; index++) {
      if (receiver.read(sender.write(length))) sender.read(receiver.write(0));
    }
    segments += BATCH;
    elapsed = Number(process.hrtime.bigint() - start) / 1e9;
  }
  if (!sender.everythingAcknowledged) throw new Error('segments were not acknowledged');
  receiver.verify();
  return (segments * length * 8) / elapsed;
}
