/** The four-tuple that names a connection (RFC 9293 section 3.4), with its hash. Shared by a Tcb and its TIME-WAIT record. */
import type { Address } from '../base/address.ts';
import type { TcpSegment } from '../wire/tcp-segment.ts';

/** What names a connection: both addresses, both ports (RFC 9293 section 3.1). */
export class ConnectionKey {
  readonly localAddress: Address;
  readonly remoteAddress: Address;
  /** The local one in the upper half, as in a segment that we send. */
  private readonly ports: number;
  /** Keyed hash of the four, int32. */
  readonly hash: number;

  constructor(localAddress: Address, localPort: number, remoteAddress: Address, remotePort: number, hash: number) {
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
    this.ports = (localPort << 16) | remotePort;
    this.hash = hash;
  }

  get localPort(): number {
    return this.ports >>> 16;
  }

  get remotePort(): number {
    return this.ports & 0xffff;
  }

  /** True when `segment` is addressed to this connection. */
  matches(segment: TcpSegment): boolean {
    const { packet } = segment;
    const remote = this.remoteAddress;
    const local = this.localAddress;
    return (
      this.ports === ((segment.destinationPort << 16) | segment.sourcePort) &&
      remote.w3 === packet.source3 &&
      local.w3 === packet.destination3 &&
      remote.w2 === packet.source2 &&
      local.w2 === packet.destination2 &&
      remote.w1 === packet.source1 &&
      local.w1 === packet.destination1 &&
      remote.w0 === packet.source0 &&
      local.w0 === packet.destination0
    );
  }

  equals(local: Address, localPort: number, remote: Address, remotePort: number): boolean {
    return (
      this.ports === ((localPort << 16) | remotePort) &&
      this.remoteAddress.equals(remote) &&
      this.localAddress.equals(local)
    );
  }
}
