/**
 * The state of one connection of the kernel, asked by its addresses and ports (sock_diag(7)): it need not belong to a descriptor, so
 * half-open ones and TIME-WAIT are found too. /proc/net/tcp would tell the same, but takes milliseconds, which a script notices.
 */
import type { Address } from '../../base/address.ts';
import type { Libc } from './libc.ts';
import { Message, viewOf } from './structures.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_SOCK_DIAG = 4;
const SOCK_DIAG_BY_FAMILY = 20;
const NLM_F_REQUEST = 1;
const HEADER_OCTETS = 16;
const REQUEST_OCTETS = 56;
const TCP = 6;
const LISTEN = 10;
const ANSWER_OCTETS = 512;

export class ConnectionStates {
  private readonly libc: Libc;
  private readonly local: Address;
  private readonly remote: Address;
  private readonly fd: number;

  /** Its descriptor is open until `close`; -1 where the kernel has no sock_diag, and every connection is none then. */
  constructor(libc: Libc, local: Address, remote: Address) {
    this.libc = libc;
    this.local = local;
    this.remote = remote;
    this.fd = libc.socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
  }

  close(): void {
    if (this.fd >= 0) this.libc.close(this.fd);
  }

  /** The kernel's number of the state (1 is ESTABLISHED); null when there is no such connection. */
  stateOf(localPort: number, remotePort: number): number | null {
    const { libc } = this;
    if (this.fd < 0) return null;
    const request = new Message(libc, [this.request(localPort, remotePort)], null, false);
    if (libc.sendmsg(this.fd, request.header, 0) < 0) return null;
    const answer = new Uint8Array(ANSWER_OCTETS);
    const length = libc.recvmsg(this.fd, new Message(libc, [answer], null, false).header, 0);
    if (length < HEADER_OCTETS + 4 || viewOf(answer).getUint16(4, true) !== SOCK_DIAG_BY_FAMILY) return null;
    const state = viewOf(answer).getUint8(HEADER_OCTETS + 1);
    return state === LISTEN ? null : state;
  }

  /** struct nlmsghdr and struct inet_diag_req_v2. */
  private request(localPort: number, remotePort: number): Uint8Array {
    const bytes = new Uint8Array(HEADER_OCTETS + REQUEST_OCTETS);
    const view = viewOf(bytes);
    view.setUint32(0, bytes.length, true);
    view.setUint16(4, SOCK_DIAG_BY_FAMILY, true);
    view.setUint16(6, NLM_F_REQUEST, true);
    view.setUint8(16, this.local.family === 6 ? 10 : 2);
    view.setUint8(17, TCP);
    view.setUint32(20, 0xffff_ffff, true);
    view.setUint16(24, localPort);
    view.setUint16(26, remotePort);
    bytes.set(this.local.toBytes(), 28);
    bytes.set(this.remote.toBytes(), 44);
    view.setUint32(64, 0xffff_ffff, true);
    view.setUint32(68, 0xffff_ffff, true);
    return bytes;
  }
}
