/** What is read from files and streams: captures, frames taken apart for people, serial lines, virtio headers, names. */
import type { Address } from '../../../src/base/address.ts';
import { plainCapabilities } from '../../../src/base/link-capabilities.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import { Slot } from '../../../src/base/slot.ts';
import {
  type CaptureFile,
  decodeFrame,
  LinkType,
  PcapngWriter,
  PcapWriter,
  readCapture,
} from '../../../src/capture/index.ts';
import { decodeMessage, encodeMessage, messageOf, queryIdOf } from '../../../src/dns/message.ts';
import { SlipDecoder, slipEncode, slipEncodedMax } from '../../../src/link/slip.ts';
import { readVirtioHeader } from '../../../src/node/virtio-header.ts';
import { Stack } from '../../../src/stack/stack.ts';
import { Segmenter } from '../../../src/wire/segmentation.ts';
import { FRAME_NAMES, frameBytes, fromHex } from '../../../test/support/hex-frames.ts';
import { InputReader, must, type Target } from '../target.ts';

const frames = (): Uint8Array[] => FRAME_NAMES.map(frameBytes);

function pcapng(): Uint8Array {
  const writer = new PcapngWriter({ hardware: 'h', os: 'o', application: 'a', comment: 'c' });
  const id = writer.addInterface({ linkType: LinkType.ethernet, name: 'eth0', description: 'd', resolution: 'ns' });
  for (const frame of frames().slice(0, 2)) {
    writer.writePacket(id, 1_700_000_000_000_000.5, frame, 0, frame.length, { direction: 'in', comment: 'x' });
  }
  writer.writeStatistics(id, 5, { received: 3, dropped: 1, startUs: 1, endUs: 2 });
  return writer.toBytes();
}

function pcap(resolution: 'us' | 'ns'): Uint8Array {
  const writer = new PcapWriter({ linkType: LinkType.ethernet, resolution });
  for (const frame of frames().slice(0, 2)) writer.writePacket(7_000_000.25, frame);
  return writer.toBytes();
}

/** Blocks that our writer does not write: big-endian, simple and obsolete packets, names. */
const FOREIGN = [
  '0a0d0d0a0000001c1a2b3c4d00010000ffffffffffffffff0000001c00000001000000140001000000000000000000140000000300000014' +
    '00000004aabbccdd00000014',
  '0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c00000004000000240000000100080001020304686f73740200' +
    '00000000000024000000',
  '0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c0000000100000020000000010000000000000009000100830000000000' +
    '000020000000020000002400000000000100000000000000000004000000040000000102030424000000',
].map(fromHex);

/** Everything read is within the file, and, written again, reads the same. */
function checkCapture(bytes: Uint8Array): void {
  const file = readCapture(bytes);
  const total = file.packets.reduce((sum, packet) => sum + packet.bytes.length, 0);
  must(total <= bytes.length, 'more octets in packets than in the file');
  must(file.interfaces.length <= bytes.length / 12 + 1, 'more interfaces than the file has room for');
  if (file.error !== null) must(file.error.offset <= bytes.length, 'an error behind the end of the file');
  for (const packet of file.packets) {
    must(packet.nanoseconds >= 0 && packet.nanoseconds < 1_000, `${packet.nanoseconds} nanoseconds`);
    must(packet.interfaceId < file.interfaces.length, 'a packet of an interface that is not there');
  }
  const again = readCapture(written(file));
  must(again.error === null, `what was written again cannot be read: ${again.error?.message}`);
  must(again.packets.length === file.packets.length, 'packets are lost by writing them again');
  for (const [at, { bytes: octets, comment, direction }] of file.packets.entries()) {
    const same = again.packets[at];
    must(same?.bytes.join() === octets.join(), 'a packet is another one when it was written again');
    must(
      same.direction === direction && (comment === null || same.comment === comment),
      'a comment or direction is lost',
    );
  }
}

function written(file: CaptureFile): Uint8Array {
  const writer = new PcapngWriter();
  const id = writer.addInterface({ linkType: LinkType.raw });
  for (const packet of file.packets) {
    const { length } = packet.bytes;
    writer.writePacket(id, Number.isFinite(packet.timeUs) ? Math.abs(packet.timeUs) : 0, packet.bytes, 0, length, {
      direction: packet.direction,
      originalLength: packet.originalLength,
      ...(packet.comment === null ? {} : { comment: packet.comment }),
    });
  }
  writer.writeNames(file.names.map(([address, names]): [Address, readonly string[]] => [address, names]));
  return writer.toBytes();
}

function checkDecoded(input: Uint8Array): void {
  const bytes = input.subarray(1);
  const medium = (input[0] ?? 0) & 1 ? 'ip' : 'ethernet';
  const { layers, length } = decodeFrame(bytes, medium);
  must(length === bytes.length && layers.length <= bytes.length + 2, 'layers without end');
  for (const layer of layers) {
    must(layer.offset >= 0 && layer.length >= 0 && layer.offset + layer.length <= length, `${layer.name} is outside`);
  }
}

function checkSlip(bytes: Uint8Array): void {
  const decoder = new SlipDecoder(64);
  for (const byte of bytes) if (decoder.push(byte)) must(decoder.slot.length <= 64, 'a packet that is too long');
  const line = new Uint8Array(slipEncodedMax(bytes.length));
  const end = slipEncode(bytes, 0, bytes.length, line, 0);
  const reader = new SlipDecoder(1_000);
  let found: Uint8Array | null = null;
  for (const byte of line.subarray(0, end)) {
    if (reader.push(byte))
      found = reader.slot.memory.u8.slice(reader.slot.offset, reader.slot.offset + reader.slot.length);
  }
  must((found ?? new Uint8Array(0)).join() === bytes.join(), 'what was encoded is not what is decoded');
}

/** A header is refused, or its frame can be cut and received. */
function checkVirtio(bytes: Uint8Array): void {
  const input = new InputReader(bytes);
  const kind = input.u8();
  const [length, medium] = [kind & 1 ? 12 : 10, kind & 2 ? 'ethernet' : 'ip'] as const;
  const header = input.take(length);
  const repeat = 1 + (input.u8() & 31);
  const frame = input.rest();
  const slot = Slot.allocate(16_000, medium === 'ethernet');
  slot.memory.u8.set(header, slot.offset - length);
  slot.memory.u8.set(frame, slot.offset);
  // A long payload, of which the input need not hold every octet.
  slot.length = Math.min(16_000, frame.length * repeat);
  if (!readVirtioHeader(slot, length, medium)) return;
  must(slot.checksumOffset === 0 || slot.checksumStart + slot.checksumOffset + 2 <= slot.length, 'a checksum outside');
  const stack = new Stack({ random: new SeededRandom(1) });
  stack.addInterface({ name: 'tun0', capabilities: plainCapabilities('ip', 1500) });
  stack.addAddress(1, '198.51.100.2/24');
  slot.interfaceId = 1;
  if (medium === 'ip') stack.receive(slot, 1_000_000);
  if (slot.gsoSize === 0) return;
  const segmenter = new Segmenter(medium);
  if (!segmenter.begin(slot)) return;
  for (let pieces = 0; segmenter.next() !== null; pieces++) must(pieces < 2_100, 'a super-segment of too many pieces');
}

function checkDns(bytes: Uint8Array): void {
  queryIdOf(bytes);
  const message = decodeMessage(bytes);
  if (message === null) return;
  const records = message.answers.length + message.authorities.length + message.additionals.length;
  must(records * 11 <= bytes.length + 11, 'more records than the message has room for');
}

function dnsSeeds(): Uint8Array[] {
  const question = { name: 'www.example.org', type: 'A', class: 'IN' };
  const answers = [
    { name: 'www.example.org', type: 'CNAME', ttl: 60, data: 'example.org' },
    { name: 'example.org', type: 'A', ttl: 60, data: '192.0.2.1' },
    { name: 'example.org', type: 'AAAA', ttl: 60, data: '2001:db8::1' },
    { name: 'example.org', type: 'MX', ttl: 60, data: { preference: 10, exchange: 'mail.example.org' } },
    { name: 'example.org', type: 'TXT', ttl: 60, data: ['text'] },
  ];
  return [
    messageOf({ id: 1, questions: [question], udpPayloadBytes: 1_232 }),
    messageOf({ id: 2, isResponse: true, questions: [question], answers }),
  ].map(encodeMessage);
}

function binary(
  name: string,
  covers: readonly string[],
  maxLength: number,
  seeds: () => Uint8Array[],
  run: Target['run'],
): Target {
  return { name, covers, maxLength, isText: false, seeds, run };
}

const CAPTURE = ['src/capture/pcap', 'src/capture/captured', 'src/capture/bytes'];
const virtioSeeds = (): Uint8Array[] =>
  [
    [0, 1, 1, 40, 0, 100, 0, 20, 0, 16, 0, 20],
    [2, 1, 1, 54, 0, 100, 0, 34, 0, 16, 0, 20],
    [0, 1, 5, 28, 0, 100, 0, 20, 0, 6, 0, 20],
  ].flatMap(([kind = 0, ...header]) =>
    frames()
      .slice(0, 6)
      .map((frame) => Uint8Array.of(kind, ...header, ...frame.slice(kind & 2 ? 0 : 14))),
  );

export const FILE_TARGETS: readonly Target[] = [
  binary('capture', CAPTURE, 700, () => [pcapng(), pcap('us'), pcap('ns'), ...FOREIGN], checkCapture),
  binary(
    'decode',
    ['src/capture/decode'],
    300,
    () => frames().flatMap((frame) => [Uint8Array.of(0, ...frame), Uint8Array.of(1, ...frame.slice(14))]),
    checkDecoded,
  ),
  binary('slip', ['src/link/slip'], 120, () => [Uint8Array.of(0xc0, 1, 0xdb, 0xdc, 0xdb, 0xdd, 0xc0)], checkSlip),
  binary('virtio', ['src/node/virtio-header', 'src/wire/segmentation'], 300, virtioSeeds, checkVirtio),
  binary('dns', ['src/dns/message'], 400, dnsSeeds, checkDns),
];
