/** Structures of the socket interface as octets, in this machine's order: struct sockaddr, msghdr, cmsghdr, pollfd, epoll_event. */
import { Address } from '../../base/address.ts';
import { POSIX } from '../../socket/posix/constants.ts';
import type { ControlMessage, SocketName } from '../../socket/posix/posix-call.ts';
import type { NameArgument } from '../../socket/posix/socket-name.ts';
import type { Libc } from './libc.ts';

/** Octets of a struct sockaddr_storage; of control messages that are asked for. */
const NAME_OCTETS = 128;
const CONTROL_OCTETS = 512;
const MSGHDR_OCTETS = 56;
/** Packed on x86 only. */
export const EPOLL_EVENT: { readonly octets: number; readonly data: number } =
  process.arch === 'x64' || process.arch === 'ia32' ? { octets: 12, data: 4 } : { octets: 16, data: 8 };

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** struct sockaddr_in or sockaddr_in6. */
export function encodeName(name: NameArgument): Uint8Array {
  const address = Address.tryParse(name.address);
  const family = name.family ?? (address?.family === 6 ? POSIX.AF_INET6 : POSIX.AF_INET);
  if (family === POSIX.AF_INET6) {
    const bytes = new Uint8Array(28);
    viewOf(bytes).setUint16(0, family, true);
    viewOf(bytes).setUint16(2, name.port);
    if (address !== null) bytes.set(address.family === 6 ? address.toBytes() : mapped(address), 8);
    return bytes;
  }
  const bytes = new Uint8Array(16);
  viewOf(bytes).setUint16(0, family, true);
  viewOf(bytes).setUint16(2, name.port);
  if (address !== null) bytes.set(address.toBytes().slice(-4), 4);
  return bytes;
}

/** The other way round; null for a family that is neither. */
export function decodeName(bytes: Uint8Array): SocketName | null {
  if (bytes.length < 16) return null;
  const view = viewOf(bytes);
  const family = view.getUint16(0, true);
  const port = view.getUint16(2);
  if (family === POSIX.AF_INET) return { family, address: Address.v4(view.getUint32(4)).toString(), port };
  if (family !== POSIX.AF_INET6 || bytes.length < 24) return null;
  const [a, b, c, d] = [8, 12, 16, 20].map((at) => view.getUint32(at)) as [number, number, number, number];
  return { family, address: Address.v6(a, b, c, d).toString(), port };
}

function mapped(address: Address): Uint8Array {
  return Uint8Array.from([...new Uint8Array(10), 0xff, 0xff, ...address.toBytes()]);
}

/** A struct msghdr with everything it points to, kept alive by this object. */
export class Message {
  readonly header: Uint8Array = new Uint8Array(MSGHDR_OCTETS);
  private readonly control: Uint8Array | null;
  private readonly name: Uint8Array;
  private readonly vector: Uint8Array;

  constructor(libc: Libc, parts: readonly Uint8Array[], name: Uint8Array | null, wantsControl: boolean) {
    this.name = name ?? new Uint8Array(NAME_OCTETS);
    this.control = wantsControl ? new Uint8Array(CONTROL_OCTETS) : null;
    this.vector = new Uint8Array(Math.max(1, parts.length) * 16);
    const vector = viewOf(this.vector);
    parts.forEach((part, index) => {
      vector.setBigUint64(index * 16, BigInt(part.length === 0 ? 0 : libc.addressOf(part)), true);
      vector.setBigUint64(index * 16 + 8, BigInt(part.length), true);
    });
    const view = viewOf(this.header);
    if (name !== null) {
      view.setBigUint64(0, BigInt(libc.addressOf(this.name)), true);
      view.setUint32(8, name.length, true);
    }
    view.setBigUint64(16, BigInt(libc.addressOf(this.vector)), true);
    view.setBigUint64(24, BigInt(parts.length), true);
    if (this.control === null) return;
    view.setBigUint64(32, BigInt(libc.addressOf(this.control)), true);
    view.setBigUint64(40, BigInt(this.control.length), true);
  }

  /** The name that was filled in, where there was room for one. */
  get sender(): SocketName | null {
    return decodeName(this.name.subarray(0, viewOf(this.header).getUint32(8, true)));
  }

  get flags(): number {
    return viewOf(this.header).getInt32(48, true);
  }

  /** Control messages that hold one int. */
  controlMessages(): ControlMessage[] {
    const messages: ControlMessage[] = [];
    if (this.control === null) return messages;
    const view = viewOf(this.control);
    const end = Number(viewOf(this.header).getBigUint64(40, true));
    for (let at = 0; at + 20 <= end; ) {
      const length = Number(view.getBigUint64(at, true));
      if (length < 16) break;
      const data = view.getInt32(at + 16, true);
      messages.push({ level: view.getInt32(at + 8, true), type: view.getInt32(at + 12, true), data });
      at += (length + 7) & ~7;
    }
    return messages;
  }
}
