/**
 * A call and what became of it. What can be answered at once is done when the method returns; a call that would sleep in a
 * kernel is pending, tried again after every batch of events, and done when its answer is there or its time is over.
 */
import type { TcpInfo } from '../../tcp/tcp-info.ts';
import type { Errno } from './errno.ts';

/** struct sockaddr_in or sockaddr_in6, as text and numbers. */
export interface SocketName {
  /** AF_INET or AF_INET6. */
  readonly family: number;
  /** An IPv4 or IPv6 address. */
  readonly address: string;
  /** 0 to 65535. */
  readonly port: number;
}

/** struct linger, seconds. */
export interface Linger {
  readonly onoff: number;
  readonly linger: number;
}

/** struct timeval. Less than 0 seconds: no wait at all; microseconds that are no part of a second are EDOM. */
export interface Timeval {
  readonly seconds: number;
  readonly micros: number;
}

/** struct tcp_md5sig: a key for a peer (RFC 2385). */
export interface Md5Signature {
  /** An IPv4 or IPv6 address. */
  readonly address: string;
  /** Bits of TCP_MD5SIG_FLAG_PREFIX and TCP_MD5SIG_FLAG_IFINDEX; heeded by TCP_MD5SIG_EXT. */
  readonly flags: number;
  readonly prefixLength: number;
  /** Octets of the key, as the program says; 0: the key is taken away. */
  readonly keyLength: number;
  readonly key: Uint8Array;
}

/** What socket options and ioctl hand over. */
export type OptionValue = number | string | Linger | Timeval | Md5Signature | Uint8Array | TcpInfo;

/** One control message of recvmsg(2). */
export interface ControlMessage {
  readonly level: number;
  readonly type: number;
  readonly data: number;
}

/** A file as the calls under way know it. */
export interface FileInUse {
  /** A descriptor names it. */
  readonly isOpen: boolean;
  /** Calls under way. */
  pendingCalls: number;
  /** The last descriptor is closed and no call is under way. Returns a call when that may take time (SO_LINGER), else null. */
  release(): PosixCall | null;
}

/** The answer to a call. Plain data. */
export class PosixCall {
  /** Name of the call: `read`, `connect`. */
  readonly name: string;
  /** The result is there. */
  isDone = false;
  /** What the call returned; -1 when it failed. 0 while it is pending. */
  result = 0;
  /** Why it failed, null when it did not. */
  errno: Errno | null = null;
  /** The signal a process would have got with it. */
  signal: 'SIGPIPE' | null = null;
  /** accept, recvfrom, recvmsg, getsockname, getpeername: the address, where there is one. */
  peer: SocketName | null = null;
  /** getsockopt and ioctl: the value. */
  value: OptionValue | null = null;
  /** getsockopt: octets of the value, as far as there was room. */
  length = 0;
  /** recvmsg: MSG_TRUNC, MSG_OOB, MSG_CTRUNC; and control messages. */
  messageFlags = 0;
  control: readonly ControlMessage[] = [];
  /** The files it uses: they stay until it is done. */
  readonly files: readonly FileInUse[];
  /** When it stops waiting, the stack's microseconds. */
  deadlineUs = Number.POSITIVE_INFINITY;

  constructor(name: string, files: readonly FileInUse[] = []) {
    this.name = name;
    this.files = files;
  }

  /** It has succeeded. */
  succeed(result = 0): this {
    this.isDone = true;
    this.result = result;
    return this;
  }

  /** It has failed. */
  fail(errno: Errno): this {
    this.isDone = true;
    this.result = -1;
    this.errno = errno;
    return this;
  }

  /** For PosixSockets: does what can be done now. */
  attempt(): void {}

  /** For PosixSockets: the time to wait is over. */
  expire(): void {
    this.fail('EAGAIN');
  }
}
