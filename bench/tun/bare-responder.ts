/**
 * The bound of bench:tun: a responder of one connection at a time on the same device, without a stack. It knows no loss, no timers,
 * no windows of its own; it copies and, without offload, sums what it must. `argv[2]` and what it prints as stack-side.ts.
 */
import { GsoType, type Slot } from '../../src/base/slot.ts';
import { openTun } from '../../src/node/index.ts';
import { finishChecksum, foldSum } from '../../src/wire/checksum.ts';
import { CHUNK, isPattern, patternAt } from './pattern.ts';
import { serveUntilEnd } from './server-life.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as { readonly offload: boolean; readonly mtu: number };
const device = await openTun({ name: 'ws0', ...options, addresses: ['10.9.0.1/24'] });
const MSS = options.mtu - 40;
const SEGMENT = options.offload ? Math.floor(65_000 / MSS) * MSS : MSS;
const SYN = 2;
const FIN = 1;
const ACK = 16;
const RST = 4;
const SINK = 'S'.charCodeAt(0);
const SOURCE = 'R'.charCodeAt(0);
const ECHO = 'P'.charCodeAt(0);
/** MSS, and a window scale of 12 behind a NOP. */
const SYN_OPTIONS = Uint8Array.of(2, 4, MSS >> 8, MSS & 255, 1, 3, 3, 12);

/** The connection. */
let peerPort = 0;
let peerWindow = 0;
let peerShift = 0;
let rcvNxt = 0;
let sndNxt = 0;
let sndUna = 0;
let command = 0;
let count = 0;
let sent = 0;
let isAckDue = false;
const scratch = new Uint8Array(CHUNK);

device.start({
  framesArrived(slots, arrived) {
    for (let index = 0; index < arrived; index++) take(slots[index]!);
    if (isAckDue) emit(ACK, null, 0, 0);
    if (command === SOURCE) pump();
    device.flush();
  },
  transmitReady() {
    if (command === SOURCE) pump();
    device.flush();
  },
  deviceFailed(error) {
    throw error;
  },
});

function take(slot: Slot): void {
  const { view, u8 } = slot.memory;
  const ip = slot.offset;
  if (u8[ip] !== 0x45 || u8[ip + 9] !== 6) return;
  const tcp = ip + 20;
  const flags = u8[tcp + 13]!;
  const headerLength = (u8[tcp + 12]! >> 4) << 2;
  const length = view.getUint16(ip + 2) - 20 - headerLength;
  if (slot.checksumVerified === 0) {
    const pseudo = foldSum(slot.memory.sum(ip + 12, 8) + 6 + headerLength + length);
    if (finishChecksum(pseudo + slot.memory.sum(tcp, headerLength + length)) !== 0) throw new Error('a wrong checksum');
  }
  if (flags & RST) return;
  if (flags & SYN) {
    begin(slot, tcp, headerLength);
    return;
  }
  sndUna = view.getInt32(tcp + 8);
  peerWindow = view.getUint16(tcp + 14) << peerShift;
  const isNext = view.getInt32(tcp + 4) === rcvNxt;
  // What comes again, or after a gap, is answered and forgotten: the kernel repairs it.
  if (length > 0 && !isNext) isAckDue = true;
  if (length > 0 && isNext) text(u8, tcp + headerLength, length);
  if (flags & FIN && isNext) finish();
}

function begin(slot: Slot, tcp: number, headerLength: number): void {
  const { view, u8 } = slot.memory;
  peerPort = view.getUint16(tcp);
  peerWindow = view.getUint16(tcp + 14);
  for (let at = tcp + 20; at < tcp + headerLength && u8[at] !== 0; at += u8[at] === 1 ? 1 : u8[at + 1]!) {
    if (u8[at] === 3) peerShift = u8[at + 2]!;
  }
  rcvNxt = (view.getInt32(tcp + 4) + 1) | 0;
  sndNxt = sndUna = 1000;
  command = count = sent = 0;
  emit(SYN | ACK, null, 0, 0);
  sndNxt = 1001;
}

function text(u8: Uint8Array, from: number, length: number): void {
  let at = from;
  let left = length;
  rcvNxt = (rcvNxt + length) | 0;
  if (command === 0) {
    command = u8[at++]!;
    left--;
  }
  if (command === SINK && left > 0) {
    // As an application would take it.
    scratch.set(u8.subarray(at, at + left));
    if (!isPattern(scratch, 0, left, count)) throw new Error(`wrong bytes at ${count}`);
    count += left;
  }
  if (command === ECHO && left > 0) {
    scratch.set(u8.subarray(at, at + left));
    emit(ACK | 8, scratch, 0, left);
  } else isAckDue = true;
}

function finish(): void {
  rcvNxt = (rcvNxt + 1) | 0;
  if (command === SINK) {
    const answer = Buffer.alloc(8);
    answer.writeBigUInt64LE(BigInt(count));
    emit(ACK | 8, answer, 0, 8);
  }
  command = 0;
  emit(ACK | FIN, null, 0, 0);
  sndNxt = (sndNxt + 1) | 0;
}

function pump(): void {
  while (((sndNxt - sndUna) | 0) + SEGMENT <= peerWindow) {
    const { bytes, offset } = patternAt(sent);
    if (!emit(ACK | 8, bytes, offset, SEGMENT)) return;
    sent += SEGMENT;
  }
}

/** Writes one segment; false when the device has no room. */
function emit(flags: number, bytes: Uint8Array | null, offset: number, length: number): boolean {
  let slot = device.transmitSlot();
  if (slot === null) {
    device.flush();
    slot = device.transmitSlot();
  }
  if (slot === null) return false;
  slot.reset();
  const { memory } = slot;
  const { view } = memory;
  const ip = slot.offset;
  const tcp = ip + 20;
  const options = flags & SYN ? SYN_OPTIONS.length : 0;
  slot.length = 40 + options + length;
  view.setInt32(ip, 0x4500_0000 | slot.length);
  view.setInt32(ip + 4, 0x4000);
  view.setInt32(ip + 8, 0x4006_0000);
  view.setInt32(ip + 12, 0x0a09_0002);
  view.setInt32(ip + 16, 0x0a09_0001);
  view.setUint16(ip + 10, finishChecksum(memory.sum(ip, 20)));
  view.setUint16(tcp, 9000);
  view.setUint16(tcp + 2, peerPort);
  view.setInt32(tcp + 4, sndNxt);
  view.setInt32(tcp + 8, rcvNxt);
  view.setInt32(tcp + 12, ((20 + options) << 26) | (flags << 16) | 0xffff | 0);
  const pseudo = foldSum(memory.sum(ip + 12, 8) + 6 + slot.length - 20);
  view.setInt32(tcp + 16, pseudo << 16);
  if (bytes !== null) memory.u8.set(bytes.subarray(offset, offset + length), tcp + 20);
  if (options > 0) memory.u8.set(SYN_OPTIONS, tcp + 20);
  if (device.capabilities.checksum) {
    slot.checksumStart = 20;
    slot.checksumOffset = 16;
    if (length > MSS) {
      slot.gsoType = GsoType.tcp4;
      slot.gsoSize = MSS;
    }
  } else view.setUint16(tcp + 16, finishChecksum(memory.sum(tcp, slot.length - 20)));
  device.commit();
  sndNxt = (sndNxt + length) | 0;
  isAckDue = false;
  return true;
}

serveUntilEnd(() => {
  device.close();
  return device.statistics;
});
