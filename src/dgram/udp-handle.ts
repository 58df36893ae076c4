/**
 * What Node's `dgram.Socket` holds as its handle: the methods of libuv's UDP wrap, over a `UdpPort`. So arguments, events
 * and errors are Node's own.
 */
import { uvErrno } from '../node/uv-errors.ts';
import type { SocketName, UdpListener, UdpPort, UdpPorts } from './udp-port.ts';

/** Node's record of a send that is under way. */
interface SendRequest {
  oncomplete?: (errno: number, sentBytes: number) => void;
}

/** How Node resolves the addresses of a socket. */
export type HandleLookup = (
  address: string,
  callback: (error: Error | null, address: string, family: number) => void,
) => void;

/** Filled by Node for the error it throws. */
interface ErrorContext {
  errno?: number;
  code?: string;
  message?: string;
  syscall?: string;
}

export class UdpHandle implements UdpListener {
  /** Set by Node. */
  onmessage: ((length: number, handle: UdpHandle, bytes?: Buffer, from?: object) => void) | null = null;
  onerror: unknown = null;
  readonly fd = -1;
  lookup: HandleLookup;
  private readonly port: UdpPort;
  private isReferenced = true;
  private isOpen = true;

  constructor(ports: UdpPorts, family: 4 | 6, lookup: HandleLookup) {
    this.port = ports.open(family, this);
    this.lookup = lookup;
  }

  bind(address: string, port: number, flags: number): number {
    return this.port.bind(address, port, flags);
  }

  /** Descriptors are the machine's. */
  open(): number {
    return uvErrno('ENOTSUP');
  }

  connect(address: string, port: number): number {
    return this.port.connect(address, port);
  }

  disconnect(): number {
    return this.port.disconnect();
  }

  /** `(request, list, count, port, address, hasCallback)`, or without port and address when connected. */
  send(request: SendRequest, list: readonly Uint8Array[], _count: number, ...rest: unknown[]): number {
    const [port, address] = typeof rest[0] === 'boolean' ? [0, null] : [rest[0], rest[1]];
    const bytes = list.length === 1 && list[0] !== undefined ? bytesOf(list[0]) : Buffer.concat(list.map(bytesOf));
    return this.port.send(bytes, address as string | null, port as number, (errno, sentBytes) => {
      request.oncomplete?.(errno, sentBytes);
    });
  }

  recvStart(): number {
    this.port.receive(true);
    return 0;
  }

  recvStop(): number {
    this.port.receive(false);
    return 0;
  }

  getsockname(into: object): number {
    return fill(into, this.port.nameOf('local'));
  }

  getpeername(into: object): number {
    return fill(into, this.port.nameOf('remote'));
  }

  setTTL(ttl: number): number {
    return this.port.setOption('ttl', ttl);
  }

  setMulticastTTL(ttl: number): number {
    return this.port.setOption('multicastTtl', ttl);
  }

  setMulticastLoopback(isOn: boolean | number): number {
    return this.port.setOption('multicastLoopback', isOn ? 1 : 0);
  }

  setBroadcast(isOn: boolean | number): number {
    return this.port.setOption('broadcast', isOn ? 1 : 0);
  }

  setMulticastInterface(interfaceAddress: string): number {
    return this.port.setMulticastInterface(interfaceAddress);
  }

  addMembership(group: string, interfaceAddress?: string): number {
    return this.port.changeMembership({ isJoin: true, group, interfaceAddress });
  }

  dropMembership(group: string, interfaceAddress?: string): number {
    return this.port.changeMembership({ isJoin: false, group, interfaceAddress });
  }

  addSourceSpecificMembership(source: string, group: string, interfaceAddress?: string): number {
    return this.port.changeMembership({ isJoin: true, group, interfaceAddress, source });
  }

  dropSourceSpecificMembership(source: string, group: string, interfaceAddress?: string): number {
    return this.port.changeMembership({ isJoin: false, group, interfaceAddress, source });
  }

  bufferSize(sizeBytes: number, isReceive: boolean, context: ErrorContext): number | undefined {
    const result = this.port.bufferSize(sizeBytes, isReceive);
    if (result >= 0) return result;
    context.errno = result;
    context.code = 'EBADF';
    context.message = 'bad file descriptor';
    context.syscall = isReceive ? 'uv_recv_buffer_size' : 'uv_send_buffer_size';
    return undefined;
  }

  /** Datagrams are with the stack when `send` returns: nothing waits here. */
  getSendQueueSize(): number {
    return 0;
  }

  getSendQueueCount(): number {
    return 0;
  }

  ref(): void {
    this.isReferenced = true;
    this.port.keepAlive(true);
  }

  unref(): void {
    this.isReferenced = false;
    this.port.keepAlive(false);
  }

  hasRef(): boolean {
    return this.isReferenced && this.isOpen;
  }

  close(callback?: () => void): void {
    this.isOpen = false;
    this.port.close();
    if (callback !== undefined) setImmediate(callback);
  }

  datagramArrived(bytes: Uint8Array, from: SocketName): void {
    this.onmessage?.(bytes.length, this, bytesOf(bytes), { ...from, size: bytes.length });
  }

  receiveFailed(errno: number): void {
    this.onmessage?.(errno, this);
  }
}

/** `getsockname` and `getpeername` as Node calls them: puts the name into Node's object, or says why there is none. */
export function fill(into: object, name: SocketName | number): number {
  if (typeof name === 'number') return name;
  Object.assign(into, name);
  return 0;
}

function bytesOf(view: Uint8Array): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}
