/** A frame as a list of layers: which bytes are whose, in both models. For ladders, tables and colours. */
import type { LinkMedium } from '../../base/link-capabilities.ts';
import { type DecodedField, decodeFrame, type LayerName } from '../../capture/decode.ts';
import { asciiText } from '../hand-made.ts';
import type { TcpIpLayerId } from './models.ts';

/** The bytes of one layer of a frame. */
export interface LayerBytes {
  readonly name: LayerName;
  /** First byte, counted from the frame's first, and the one after the last. */
  readonly from: number;
  readonly to: number;
  readonly tcpIp: TcpIpLayerId;
  /** 2, 3, 4 or 7. */
  readonly osi: number;
  /** Two hexadecimal digits a byte, blanks between. */
  readonly hex: string;
  /** The bytes as text, dots for what cannot be printed. */
  readonly text: string;
  readonly fields: readonly DecodedField[];
}

const OWNERS: ReadonlyMap<LayerName, readonly [tcpIp: TcpIpLayerId, osi: number]> = new Map([
  ['ethernet', ['link', 2]],
  ['llc', ['link', 2]],
  ['arp', ['link', 2]],
  ['padding', ['link', 2]],
  ['ipv4', ['internet', 3]],
  ['ipv6', ['internet', 3]],
  ['ipv6-extension', ['internet', 3]],
  ['icmp', ['internet', 3]],
  ['icmpv6', ['internet', 3]],
  ['igmp', ['internet', 3]],
  ['quoted', ['internet', 3]],
  ['tcp', ['transport', 4]],
  ['udp', ['transport', 4]],
]);

/** Every byte of `frame` once, in order, by the layer it belongs to. */
export function bytesByLayer(frame: Uint8Array, medium: LinkMedium): LayerBytes[] {
  return decodeFrame(frame, medium).layers.map(({ name, offset, length, fields }) => {
    const [tcpIp, osi] = OWNERS.get(name) ?? (['application', 7] as const);
    const bytes = frame.subarray(offset, offset + length);
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    return { name, from: offset, to: offset + length, tcpIp, osi, hex, text: asciiText(bytes), fields };
  });
}
