/**
 * What a script is played against, as the runner sees it: packets in and out, socket calls, a clock. `TestBed` is a stack of ours in
 * virtual time; `woshou drill --kernel` makes one of the Linux kernel in real time.
 */
import type { EpollWaitCall } from '../socket/posix/epoll-file.ts';
import type { PollEntry } from '../socket/posix/poll-call.ts';
import type { PosixCall } from '../socket/posix/posix-call.ts';
import type { PosixSockets } from '../socket/posix/posix-sockets.ts';
import type { CodeValue } from './code/code-values.ts';
import type { Flow } from './flow.ts';
import type { LivePacket } from './live-packet.ts';
import type { DrillSettings } from './script-settings.ts';
import type { ShellTarget } from './shell/shell-target.ts';

/** The calls of a program, as `PosixSockets` has them. A result that is not there yet is a pending call. */
export type SocketCalls = Pick<
  PosixSockets,
  | 'socket'
  | 'bind'
  | 'listen'
  | 'accept'
  | 'accept4'
  | 'connect'
  | 'close'
  | 'shutdown'
  | 'getsockname'
  | 'getpeername'
  | 'setsockopt'
  | 'getsockopt'
  | 'fcntl'
  | 'ioctl'
  | 'read'
  | 'readv'
  | 'recv'
  | 'recvfrom'
  | 'recvmsg'
  | 'write'
  | 'writev'
  | 'send'
  | 'sendto'
  | 'sendmsg'
  | 'epollCreate'
  | 'epollCtl'
> & {
  poll(entries: readonly PollEntry[], timeoutMs: number): PosixCall;
  epollWait(epfd: number, maxEvents: number, timeoutMs: number): Pick<EpollWaitCall, 'events'> & PosixCall;
};

/** What a subject is made for. */
export interface Surroundings {
  readonly settings: DrillSettings;
  /** To be told of everything that has happened, after each step of time or packet. */
  readonly afterStep: () => void;
  /** To be told what was passed over. */
  readonly note: (text: string) => void;
}

/** What is under test. */
export interface Subject {
  readonly sockets: SocketCalls;
  /** Microseconds of its clock. */
  readonly nowUs: number;
  /** Packets it has sent and nobody has looked at, oldest first. */
  readonly sent: LivePacket[];
  /** How long a packet that may come at any time is waited for, microseconds. */
  readonly anyTimeUs: number;
  /** Nothing will happen by itself, ever. */
  readonly isIdle: boolean;
  /** Shell lines before the first event may still change the device. */
  readonly shell: ShellTarget;

  /** After the first shell line: from now on the device stays. */
  start(): void;
  /** Lets time pass until `untilUs`, or until `stop` says so. */
  advance(untilUs: number, stop?: () => boolean): void;
  /** The packets come in now, in one batch. */
  injectAll(packets: readonly Uint8Array[]): void;
  /** After socket calls: lets everything happen that they have caused. */
  settle(): void;
  /** Whether a connection of these ports lives, is in TIME-WAIT, or is none. */
  stateOf(flow: Flow): 'living' | 'time-wait' | 'none';
  /** Looks at the connection now, so that code can ask about one that is over. */
  remember(flow: Flow): void;
  /** `tcpi_…`, `SK_MEMINFO_…` and the figures of the congestion control, of the connection the script is at. */
  figures(flow: Flow | null): ReadonlyMap<string, CodeValue>;
  /** What is needed no more is given back. */
  end(): void;
}
