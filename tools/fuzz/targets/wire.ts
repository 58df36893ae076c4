/**
 * The parsers of `src/wire`, each from where it begins: whatever octets come, none throws, none reads outside its packet, and what is
 * found does not depend on what lies around it.
 */

import { dropReasonName } from '../../../src/wire/index.ts';
import { FRAME_NAMES, frameBytes, memoryEndingWith, memoryWith } from '../../../test/support/hex-frames.ts';
import { WireReader } from '../../../test/support/wire-reader.ts';
import { putChecksum } from '../mend.ts';
import { must, type Target } from '../target.ts';

type Read = (reader: WireReader, offset: number, end: number) => void;

/** What lies around a packet: zeros, ones. */
const SURROUNDINGS = [0x00, 0xff] as const;
const OFFSET = 34;
const BEHIND = 80;
const ETHERNET = 14;

const asFrame: Read = (reader, offset, end) => reader.readFrame(reader.packet.memory, offset, end);
const asPacket: Read = (reader, offset, end) => reader.readIp(reader.packet.memory, offset, end);

function readHarmlessly(bytes: Uint8Array, isTrusting: boolean, read: Read): void {
  const [found, same] = SURROUNDINGS.map((octet) => {
    const reader = new WireReader(memoryWith(bytes, OFFSET, octet, BEHIND));
    reader.trusting = isTrusting;
    read(reader, OFFSET, OFFSET + bytes.length);
    return reader.describe();
  });
  must(found === same, 'what is found depends on what lies around the packet');
  const { memory, offset } = memoryEndingWith(bytes);
  const reader = new WireReader(memory);
  reader.trusting = isTrusting;
  read(reader, offset, offset + bytes.length);
  for (const { name, reason, view } of reader.layers) {
    must(!dropReasonName(reason).startsWith('unknown'), `${name} gives a reason without a name`);
    if (reason === 0 && 'payloadLength' in view) must(Number(view.payloadLength) >= 0, `${name}: a negative payload`);
  }
}

/** An input whose first octet says whether checksums are believed. */
function wireTarget(name: string, covers: readonly string[], seeds: () => Uint8Array[], read: Read): Target {
  return {
    name,
    covers: covers.map((file) => `src/wire/${file}`),
    maxLength: 200,
    isText: false,
    seeds: () => seeds().flatMap((bytes) => [Uint8Array.of(0, ...bytes), Uint8Array.of(1, ...bytes)]),
    run: (input) => readHarmlessly(input.subarray(1), input[0] !== 0, read),
  };
}

/** A parser of what IP carries: the packet around the input is made here, with all checksums right that the input cannot know. */
function payloadTarget(name: string, covers: readonly string[], protocols: readonly number[]): Target {
  const isIgmp = protocols[0] === 2;
  return {
    name,
    covers: covers.map((file) => `src/wire/${file}`),
    maxLength: 160,
    isText: false,
    seeds: () => payloadsOf(protocols),
    run: (input) => {
      const [kind = 0, hopLimit = 0, from = 0, to = 0] = input;
      const payload = input.slice(4);
      if (isIgmp) putChecksum(payload, 2, []);
      const packet = around(payload, kind, hopLimit, from, to, protocols);
      readHarmlessly(packet, true, asPacket);
    },
  };
}

function framesWith(...parts: readonly string[]): Uint8Array[] {
  return FRAME_NAMES.filter((name) => parts.some((part) => name.includes(part))).map(frameBytes);
}

function packetsOf(version: 4 | 6): Uint8Array[] {
  return FRAME_NAMES.map(frameBytes)
    .filter((frame) => frame.length > ETHERNET && (frame[ETHERNET] ?? 0) >> 4 === version && (frame[12] ?? 0) >= 8)
    .map((frame) => frame.slice(ETHERNET));
}

/** What the frames by hand carry, as inputs of a payload target. */
function payloadsOf(protocols: readonly number[]): Uint8Array[] {
  const inputs: Uint8Array[] = [];
  for (const version of [4, 6] as const) {
    for (const packet of packetsOf(version)) {
      const reader = new WireReader(memoryWith(packet));
      asPacket(reader, 32, 32 + packet.length);
      const { protocol, payloadOffset, hopLimit } = reader.packet;
      if (!protocols.includes(protocol)) continue;
      const kind = (version === 6 ? 1 : 0) | (reader.packet.hasRouterAlert ? 2 : 0);
      inputs.push(Uint8Array.of(kind, hopLimit, 1, 1, ...packet.slice(payloadOffset - 32)));
    }
  }
  return inputs;
}

const SOURCES = [
  [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2],
  [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2],
] as const;
const DESTINATIONS = [
  [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1],
  [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 1],
  [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
] as const;

/**
 * A packet around `payload`. Bits of `kind`: 1 IPv6, 2 a router alert, 4 the second of two protocols, 8 an atomic fragment (IPv6).
 */
function around(
  payload: Uint8Array,
  kind: number,
  hopLimit: number,
  from: number,
  to: number,
  protocols: readonly number[],
): Uint8Array {
  const protocol = protocols[(kind >> 2) & (protocols.length - 1)] ?? 0;
  const source = SOURCES[from % SOURCES.length] ?? SOURCES[0];
  const destination = DESTINATIONS[to % DESTINATIONS.length] ?? DESTINATIONS[0];
  const hasAlert = (kind & 2) !== 0;
  if ((kind & 1) === 0) {
    const header = [hasAlert ? 0x46 : 0x45, 0, 0, 0, 0, 1, 0, 0, hopLimit, protocol, 0, 0];
    const options = hasAlert ? [148, 4, 0, 0] : [];
    const packet = Uint8Array.from([...header, ...source.slice(12), ...destination.slice(12), ...options, ...payload]);
    packet[2] = packet.length >> 8;
    packet[3] = packet.length;
    putChecksum(packet.subarray(0, hasAlert ? 24 : 20), 10, []);
    return packet;
  }
  const fragment = (kind & 8) !== 0 ? [protocol, 0, 0, 0, 0, 0, 0, 1] : [];
  const afterAlert = fragment.length > 0 ? 44 : protocol;
  const alert = hasAlert ? [afterAlert, 0, 5, 2, 0, 0, 1, 0] : [];
  const length = alert.length + fragment.length + payload.length;
  const first = hasAlert ? 0 : afterAlert;
  const header = [0x60, 0, 0, 0, length >> 8, length & 255, first, hopLimit, ...source, ...destination];
  return Uint8Array.from([...header, ...alert, ...fragment, ...payload]);
}

/** An IPv4 header whose checksum is made right, so that what lies behind it is reached. */
const asMendedPacket: Read = (reader, offset, end) => {
  const { u8 } = reader.packet.memory;
  const headerEnd = Math.min(end, offset + ((u8[offset] ?? 0) & 15) * 4);
  if (headerEnd > offset) putChecksum(u8.subarray(offset, headerEnd), 10, []);
  asPacket(reader, offset, end);
};

export const WIRE_TARGETS: readonly Target[] = [
  wireTarget('ethernet', ['ethernet', 'vlan', 'llc-snap'], () => FRAME_NAMES.map(frameBytes), asFrame),
  wireTarget('arp', ['arp'], () => framesWith('arp', 'snap', 'qinq'), asFrame),
  wireTarget('ipv4', ['ipv4'], () => packetsOf(4), asMendedPacket),
  wireTarget('ipv6', ['ipv6'], () => packetsOf(6), asPacket),
  payloadTarget('tcp', ['tcp'], [6]),
  payloadTarget('udp', ['udp'], [17]),
  payloadTarget('icmp', ['icmp.ts', 'quoted-packet'], [1]),
  payloadTarget('icmpv6', ['icmpv6', 'quoted-packet', 'ndp.ts', 'ndp-options', 'mld', 'multicast-record'], [58]),
  payloadTarget('igmp', ['igmp', 'multicast-record'], [2]),
];
