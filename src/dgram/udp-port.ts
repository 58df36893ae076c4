/**
 * One UDP socket as Node's own `dgram` front end uses it. Results are libuv's: below 0 an error number, else success. The
 * socket may be of this thread (`LocalUdpPort`) or of another one that owns the stack.
 */

/** One end of a datagram's way. `family` in Node's words. */
export interface SocketName {
  readonly address: string;
  readonly family: 'IPv4' | 'IPv6';
  readonly port: number;
}

/** Told what comes in. */
export interface UdpListener {
  datagramArrived(bytes: Uint8Array, from: SocketName): void;
  /** An ICMP error about a connected socket, as libuv's number. */
  receiveFailed(errno: number): void;
}

/** Flags of `bind`, with libuv's values. */
export const BindFlag = { ipv6Only: 1, reuseAddress: 4 } as const;

/** Options that are one number. */
export type UdpOption = 'ttl' | 'multicastTtl' | 'multicastLoopback' | 'broadcast';

/** A change of membership; `source` only for a source-specific one. */
export interface Membership {
  readonly isJoin: boolean;
  readonly group: string;
  /** An address of the interface, or for IPv6 `::%name`; undefined: by route. */
  readonly interfaceAddress?: string | undefined;
  readonly source?: string | undefined;
}

export interface UdpPort {
  /** @param flags of BindFlag */
  bind(address: string, port: number, flags: number): number;
  connect(address: string, port: number): number;
  disconnect(): number;
  /**
   * Sends a datagram; `address` null: to the connected peer.
   * @param complete called later with libuv's result and the bytes sent, when 0 is returned; above 0 is bytes sent plus one
   */
  send(
    bytes: Uint8Array,
    address: string | null,
    port: number,
    complete: (errno: number, sentBytes: number) => void,
  ): number;
  /** The socket's or its peer's name, or an error number. */
  nameOf(end: 'local' | 'remote'): SocketName | number;
  setOption(option: UdpOption, value: number): number;
  setMulticastInterface(interfaceAddress: string): number;
  changeMembership(membership: Membership): number;
  /** Bytes of a buffer; sets it first when `sizeBytes` is above 0. Below 0: an error number. */
  bufferSize(sizeBytes: number, isReceive: boolean): number;
  /** Starts and stops handing datagrams to the listener. */
  receive(isOn: boolean): void;
  /** Whether a receiving socket keeps the process alive. */
  keepAlive(isOn: boolean): void;
  close(): void;
}

/** Where sockets are made. */
export interface UdpPorts {
  open(family: 4 | 6, listener: UdpListener): UdpPort;
  /** Addresses of a name that need no question, in order; empty: unknown. */
  addressesOf(name: string): readonly string[];
}
