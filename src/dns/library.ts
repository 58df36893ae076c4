/**
 * The DNS message library (dns-packet), under types of our own. The build replaces this module by a bundle that holds the library,
 * so that installing woshou installs nothing else.
 */
import { decode, encode } from 'dns-packet';

/** A message as the library has it. @throws errors of the library for what it cannot write */
export function encodePacket(packet: object): Uint8Array {
  return encode(packet);
}

/**
 * A message and the bytes it took, which are not those it has when its records contradict themselves.
 * @throws whatever the library throws for malformed bytes
 */
export function decodePacket(bytes: Uint8Array): { readonly packet: object; readonly lengthBytes: number } {
  const packet = decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return { packet, lengthBytes: decode.bytes };
}
