/**
 * Ping as an object: sends echo requests (RFC 792, RFC 4443 section 4.1) and pairs the replies with them. Sans-IO: the round
 * trip is measured between the driver's moments. At most `PENDING_MAX` requests wait; the oldest gives way.
 */
import type { Address } from '../base/address.ts';
import type { Clock } from '../base/clock.ts';
import { ArgumentError, checkInteger, StateError } from '../base/errors.ts';
import { DEFAULT_SEND_OPTIONS, type IpSendOptions } from '../ip/ip-context.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { ICMP_HEADER_LENGTH } from '../wire/icmp.ts';
import type { IpPacket } from '../wire/ip-packet.ts';
import { type IcmpErrno, type IcmpErrorKind, type IcmpErrorView, icmpErrno } from './icmp-error.ts';
import type { DatagramOutput, DatagramPath } from './icmp-host.ts';

/** Requests that may wait for their reply, and results that may wait to be taken. */
export const PENDING_MAX = 256;
/** Echo data that fits one IPv4 datagram. */
const DATA_MAX = 65_507;

/** A reply, or an error about a request. */
export interface PingResult {
  readonly sequence: number;
  /** Who answered, or who reported the error. */
  readonly from: Address;
  /** Microseconds from sending to the answer. */
  readonly rttUs: number;
  readonly hopLimit: number;
  /** Bytes of echo data in the reply. */
  readonly length: number;
  /** False when the reply's data is not what was sent. */
  readonly isDataRight: boolean;
  /** Null for a reply. */
  readonly error: { readonly kind: IcmpErrorKind; readonly code: IcmpErrno | null } | null;
}

/** What a ping socket asks of ICMP. */
export interface EchoLayer {
  /** An identifier nobody uses, negative when there is none. */
  freeIdentifier(): number;
  /** False when there are too many. */
  addPingSocket(socket: PingSocket): boolean;
  removePingSocket(socket: PingSocket): void;
  /** @returns DropReason */
  sendEcho(path: DatagramPath, identifier: number, sequence: number, data: Uint8Array, options: IpSendOptions): number;
}

class PendingEcho {
  readonly sequence: number;
  readonly sentUs: number;
  readonly data: Uint8Array;

  constructor(sequence: number, sentUs: number, data: Uint8Array) {
    this.sequence = sequence;
    this.sentUs = sentUs;
    this.data = data;
  }
}

/** Sends echo requests from one stack and hears the answers (RFC 792, RFC 4443 section 4). */
export class PingSocket {
  /** 0 to 65535, unique in the stack. */
  readonly identifier: number;
  readonly remote: Address;
  /** Replies of other sequence numbers, and second replies. */
  unexpectedReplies = 0;
  private readonly layer: EchoLayer;
  private readonly output: DatagramOutput;
  private readonly clock: Clock;
  private readonly local: Address | null;
  private readonly options: IpSendOptions;
  private readonly pending: PendingEcho[] = [];
  private readonly results: PingResult[] = [];
  private isOpen = true;

  /**
   * @param local our address, null: by route
   * @throws StateError when there is no free identifier; ArgumentError for a remote address that is unspecified
   */
  constructor(
    layer: EchoLayer,
    output: DatagramOutput,
    clock: Clock,
    remote: Address,
    local: Address | null = null,
    options: Partial<IpSendOptions> = {},
  ) {
    if (remote.isUnspecified) throw new ArgumentError('remote', 'the unspecified address answers no echo; name a host');
    this.layer = layer;
    this.output = output;
    this.clock = clock;
    this.remote = remote;
    this.local = local;
    this.options = { ...DEFAULT_SEND_OPTIONS, ...options };
    this.identifier = layer.freeIdentifier();
    if (this.identifier < 0 || !layer.addPingSocket(this)) {
      throw new StateError('no echo identifier is free; close ping sockets that are no longer used');
    }
  }

  /** Requests without an answer yet. */
  get pendingCount(): number {
    return this.pending.length;
  }

  /**
   * Sends one request.
   * @param sequence 0 to 65535
   * @param data echo data, copied
   * @returns DropReason: 0 when it was queued, `noRoute`, `packetTooBig` …
   */
  send(sequence: number, data: Uint8Array): number {
    if (!this.isOpen) throw new StateError('the ping socket is closed; make a new one');
    checkInteger('sequence', sequence, 0, 0xffff);
    if (data.length > DATA_MAX) throw new ArgumentError('data', `has ${data.length} bytes, ${DATA_MAX} is the most`);
    const path = this.output.lookup(this.remote, this.local, -1);
    if (path === null) return DropReason.noRoute;
    const reason = this.layer.sendEcho(path, this.identifier, sequence, data, this.options);
    if (reason !== DropReason.none) return reason;
    if (this.pending.length === PENDING_MAX) this.pending.shift();
    this.pending.push(new PendingEcho(sequence, this.clock.nowUs, data.slice()));
    return DropReason.none;
  }

  /** The next result, or null. */
  receive(): PingResult | null {
    return this.results.shift() ?? null;
  }

  /** Forgets requests sent before `untilUs` and returns how many: they count as lost. */
  expire(untilUs: number): number {
    let count = 0;
    while (this.pending.length > 0 && this.pending[0]!.sentUs < untilUs) {
      this.pending.shift();
      count++;
    }
    return count;
  }

  close(): void {
    this.isOpen = false;
    this.pending.length = 0;
    this.layer.removePingSocket(this);
  }

  /** For the ICMP layer: an echo reply with our identifier. False: it answers nothing of ours. */
  replyArrived(packet: IpPacket, sequence: number): boolean {
    // A group is answered by its members, each under its own address.
    const isFromPeer = this.remote.isMulticast || this.remote.equals(packet.sourceAddress());
    const echo = isFromPeer ? this.take(sequence, !this.remote.isMulticast) : null;
    if (echo === null) {
      this.unexpectedReplies++;
      return false;
    }
    const length = packet.payloadLength - ICMP_HEADER_LENGTH;
    const from = packet.payloadOffset + ICMP_HEADER_LENGTH;
    let isDataRight = length === echo.data.length;
    for (let at = 0; isDataRight && at < length; at++) isDataRight = packet.memory.u8[from + at] === echo.data[at];
    const rttUs = this.clock.nowUs - echo.sentUs;
    this.deliver({
      sequence,
      from: packet.sourceAddress(),
      rttUs,
      hopLimit: packet.hopLimit,
      length,
      isDataRight,
      error: null,
    });
    return true;
  }

  /** For the ICMP layer: an error that quotes a request with our identifier. False: we sent no such request. */
  errorArrived(report: IcmpErrorView, sequence: number): boolean {
    if (!this.remote.equals(report.destination)) return false;
    const echo = this.take(sequence, true);
    if (echo === null) return false;
    const error = { kind: report.kind, code: icmpErrno(report) };
    const rttUs = this.clock.nowUs - echo.sentUs;
    this.deliver({ sequence, from: report.reporter, rttUs, hopLimit: 0, length: 0, isDataRight: false, error });
    return true;
  }

  private take(sequence: number, isRemoved: boolean): PendingEcho | null {
    const index = this.pending.findIndex((echo) => echo.sequence === sequence);
    if (index < 0) return null;
    const echo = this.pending[index]!;
    if (isRemoved) this.pending.splice(index, 1);
    return echo;
  }

  private deliver(result: PingResult): void {
    if (this.results.length < PENDING_MAX) this.results.push(result);
  }
}
