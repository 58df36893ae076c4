/** Checksums made right in damaged packets, so that what lies behind them is reached. By the letter of RFC 1071. */
import { slowChecksum } from '../../test/support/hex-frames.ts';

const CHECKSUM_AT: ReadonlyMap<number, number> = new Map([
  [6, 16],
  [17, 6],
  [1, 2],
  [2, 2],
  [58, 2],
]);

/** Mends a bare IP packet in place: the IPv4 header and the transport behind it, if it is whole. */
export function mendPacket(packet: Uint8Array): void {
  const version = (packet[0] ?? 0) >> 4;
  if (version === 4) {
    const header = ((packet[0] ?? 0) & 15) * 4;
    const total = ((packet[2] ?? 0) << 8) | (packet[3] ?? 0);
    if (header < 20 || header > packet.length || total < header || total > packet.length) return;
    putChecksum(packet.subarray(0, header), 10, []);
    const addresses = [...packet.subarray(12, 20)];
    if ((((packet[6] ?? 0) << 8) | (packet[7] ?? 0)) & 0x3fff) return;
    mendTransport(packet.subarray(header, total), packet[9] ?? 0, addresses);
  } else if (version === 6) {
    const total = 40 + (((packet[4] ?? 0) << 8) | (packet[5] ?? 0));
    if (total > packet.length) return;
    mendTransport(packet.subarray(40, total), packet[6] ?? 0, [...packet.subarray(8, 40)]);
  }
}

function mendTransport(bytes: Uint8Array, protocol: number, addresses: number[]): void {
  const at = CHECKSUM_AT.get(protocol);
  if (at === undefined) return;
  const { length } = bytes;
  const isBare = protocol === 1 || protocol === 2;
  putChecksum(bytes, at, isBare ? [] : [...addresses, 0, protocol, length >> 8, length & 255]);
}

/** Makes the checksum at `at` right for `bytes` with the octets of a pseudo-header, an even number, before them. */
export function putChecksum(bytes: Uint8Array, at: number, pseudo: readonly number[]): void {
  if (bytes.length < at + 2) return;
  bytes[at] = 0;
  bytes[at + 1] = 0;
  const sum = slowChecksum(pseudo.length === 0 ? bytes : Uint8Array.from([...pseudo, ...bytes]));
  bytes[at] = sum >> 8;
  bytes[at + 1] = sum & 255;
}
