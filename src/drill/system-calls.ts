/** The system calls of a script, made on the stack under test through descriptors, and their results compared with the script's. */

import { POSIX } from '../socket/posix/constants.ts';
import type { PollEntry } from '../socket/posix/poll-call.ts';
import type { PosixCall } from '../socket/posix/posix-call.ts';
import type { CallAction, CallValue } from './ast.ts';
import { checkSentControl, compareMessage, compareOctets, compareVectors, readMessage } from './call-checks.ts';
import { compareName, readName } from './call-names.ts';
import { CallArguments, isOpen } from './call-values.ts';
import { DrillError } from './drill-error.ts';
import { compareLength, compareOption, optionLength, readOption } from './option-values.ts';
import { compareEpoll, comparePoll, readEpollEvent, readPoll } from './readiness-values.ts';
import type { DrillSettings } from './script-settings.ts';
import type { SocketCalls, Subject } from './subject.ts';

/** A call that was made, and what came of it. */
export class StartedCall {
  readonly action: CallAction;
  /** When its result was there, virtual microseconds. */
  doneUs = 0;
  /** What is wrong with it, one sentence; null while it sleeps or all is well. */
  problem: string | null = null;
  private readonly call: PosixCall;
  private readonly check: (call: PosixCall) => string | null;

  /** @param check what else than the result is wrong with a call that is done */
  constructor(action: CallAction, call: PosixCall, check: (call: PosixCall) => string | null) {
    this.action = action;
    this.call = call;
    this.check = check;
  }

  get isDone(): boolean {
    return this.call.isDone;
  }

  /** The result as a script writes it. */
  get text(): string {
    const { result, errno } = this.call;
    return errno === null ? String(result) : `-1 ${errno}`;
  }

  /** Takes note of the result, once. */
  finish(nowUs: number, expected: number | null): void {
    this.doneUs = nowUs;
    this.problem = this.judge(expected) ?? (this.call.errno === null ? this.check(this.call) : null);
  }

  private judge(expected: number | null): string | null {
    const { name, errno } = this.action;
    const { result } = this.call;
    // A descriptor, whichever.
    if (expected === null && result < 0 && this.action.result.kind !== 'ellipsis')
      return `${name} returned ${this.text}`;
    if ((expected ?? result) !== result) return `${name} returned ${this.text} instead of ${expected}`;
    if (errno !== undefined && (SAME_ERRNO[errno] ?? errno) !== this.call.errno)
      return `${name} failed with ${this.call.errno ?? 'nothing'} instead of ${errno}`;
    return null;
  }
}

/** Second names of errors. */
const SAME_ERRNO: Readonly<Record<string, string>> = { EWOULDBLOCK: 'EAGAIN', ENOTSUP: 'EOPNOTSUPP' };

/** Calls whose result is a descriptor: the script's number is a name for it. */
const MAKES_DESCRIPTOR: ReadonlySet<string> = new Set(['socket', 'accept', 'accept4', 'epoll_create', 'epoll_create1']);

/** What calls need of a subject. */
export type CallingSide = Pick<Subject, 'sockets' | 'nowUs'>;

export class SystemCalls {
  /** Octets other than zeros were written: payloads cannot be told by being zeros. */
  hasWrittenOctets = false;
  /** The key that TCP_MD5SIG was given last. */
  md5Key: Uint8Array | null = null;
  private readonly subject: CallingSide;
  private readonly settings: DrillSettings;
  /** Descriptors by the script's names for them. */
  private readonly descriptors = new Map<number, number>();
  /** Of these, the script's numbers of datagram sockets. */
  private readonly datagrams = new Set<number>();
  private pending: StartedCall | null = null;
  private pendingExpected: number | null = null;

  constructor(subject: CallingSide, settings: DrillSettings) {
    this.subject = subject;
    this.settings = settings;
  }

  private get sockets(): SocketCalls {
    return this.subject.sockets;
  }

  /** Makes the call. @throws DrillError for what is not supported */
  start(action: CallAction): StartedCall {
    const args = new CallArguments(action, this.settings);
    const { call, check } = this.make(args);
    const started = new StartedCall(action, call, check);
    this.pending = started;
    this.pendingExpected = this.expectedResult(args);
    this.step();
    return started;
  }

  /** After everything the stack does: a call that slept may be done. */
  step(): void {
    const { pending } = this;
    if (pending === null || !pending.isDone) return;
    this.pending = null;
    pending.finish(this.subject.nowUs, this.pendingExpected);
  }

  /** Null: any result will do, as for new descriptors that the script only names. */
  private expectedResult(args: CallArguments): number | null {
    const { result, errno, name } = args.action;
    if (result.kind === 'ellipsis') return null;
    const expected = args.toNumber(result);
    return MAKES_DESCRIPTOR.has(name) && expected >= 0 && errno === undefined ? null : expected;
  }

  private make(args: CallArguments): Made {
    const { name } = args.action;
    switch (name) {
      case 'socket':
        return this.socket(args);
      case 'bind':
        return plain(this.sockets.bind(this.fd(args), readName(args, args.at(1), 'local')));
      case 'listen':
        return plain(this.sockets.listen(this.fd(args), args.number(1)));
      case 'accept':
        return this.named(args, this.sockets.accept(this.fd(args)));
      case 'accept4':
        return this.named(args, this.sockets.accept4(this.fd(args), args.number(3)));
      case 'connect':
        return plain(this.sockets.connect(this.fd(args), readName(args, args.at(1), 'remote')));
      case 'close':
        return plain(this.sockets.close(this.fd(args)));
      case 'shutdown':
        return plain(this.sockets.shutdown(this.fd(args), args.number(1)));
      case 'getsockname':
        return this.told(args, this.sockets.getsockname(this.fd(args)), 1);
      case 'getpeername':
        return this.told(args, this.sockets.getpeername(this.fd(args)), 1);
      case 'setsockopt':
      case 'getsockopt':
      case 'fcntl':
      case 'ioctl':
        return this.control(args);
      case 'epoll_create':
      case 'epoll_create1':
      case 'epoll_ctl':
      case 'epoll_wait':
      case 'poll':
        return this.wait(args);
      case 'read':
      case 'readv':
      case 'recv':
      case 'recvfrom':
      case 'recvmsg':
        return this.receive(args);
      default:
        return this.send(args);
    }
  }

  private socket(args: CallArguments): Made {
    const type = args.number(1);
    const { result } = args.action;
    if (result.kind === 'number' && (type & 0xf) === POSIX.SOCK_DGRAM) this.datagrams.add(result.value);
    return this.named(args, this.sockets.socket(args.number(0, args.domain()), type, args.number(2, 0)));
  }

  /** A call that tells a name: in argument `index`, its length behind it. */
  private told(args: CallArguments, call: PosixCall, index: number): Made {
    const [name, length] = [args.action.arguments[index], args.action.arguments[index + 1]];
    return { call, check: (done) => compareName(args, name, length, done.peer) };
  }

  private named(args: CallArguments, call: PosixCall): Made {
    return {
      call,
      check: (done) => {
        const { result } = args.action;
        if (done.result < 0) return `${args.action.name} returned ${done.result}`;
        if (result.kind !== 'ellipsis') this.descriptors.set(args.toNumber(result), done.result);
        return args.action.name.startsWith('accept')
          ? compareName(args, args.action.arguments[1], args.action.arguments[2], done.peer)
          : null;
      },
    };
  }

  private fd(args: CallArguments, index = 0): number {
    return this.descriptor(args.number(index));
  }

  /** A number the script never named stays as it is: the call will say that it is no descriptor. */
  private descriptor(scriptFd: number): number {
    return this.descriptors.get(scriptFd) ?? (scriptFd < 0 ? scriptFd : scriptFd + 1_000_000);
  }

  // --- options ---

  private control(args: CallArguments): Made {
    const { name } = args.action;
    if (name === 'setsockopt') {
      const value = readOption(args, 3);
      const length = optionLength(args);
      if (typeof value === 'object' && 'keyLength' in value) this.md5Key = value.keyLength > 0 ? value.key : null;
      return plain(this.sockets.setsockopt(this.fd(args), args.number(1), args.number(2), value, length));
    }
    if (name === 'getsockopt') {
      const length = optionLength(args);
      const call = this.sockets.getsockopt(this.fd(args), args.number(1), args.number(2), length);
      return { call, check: (done) => compareOption(args, 3, done.value) ?? compareLength(length, done) };
    }
    if (name === 'fcntl') {
      return plain(this.sockets.fcntl(this.fd(args), args.number(1), args.count > 2 ? args.number(2) : 0));
    }
    const request = args.number(1);
    const argument = request === POSIX.FIONBIO ? args.number(2) : 0;
    const call = this.sockets.ioctl(this.fd(args), request, argument);
    return { call, check: (done) => compareOption(args, 2, done.value) };
  }

  // --- waiting for several ---

  private wait(args: CallArguments): Made {
    switch (args.action.name) {
      case 'epoll_create':
      case 'epoll_create1':
        return this.named(args, this.sockets.epollCreate());
      case 'epoll_ctl': {
        const fd = this.fd(args, 2);
        return plain(this.sockets.epollCtl(this.fd(args), args.number(1), fd, this.epollEvent(args)));
      }
      case 'epoll_wait': {
        const call = this.sockets.epollWait(this.fd(args), args.number(2), args.number(3));
        return { call, check: () => compareEpoll(args, call.events) };
      }
      default:
        return this.poll(args);
    }
  }

  /** The event of epoll_ctl; none where the script gives none. */
  private epollEvent(args: CallArguments): { readonly events: number; readonly data: number } | null {
    const given = args.count > 3 ? args.at(3) : undefined;
    if (given === undefined || isOpen(given) || given.kind === 'word') return null;
    const { events = 0, data = 0 } = readEpollEvent(args, given);
    return { events, data };
  }

  private poll(args: CallArguments): Made {
    const wanted = readPoll(args);
    const entries: PollEntry[] = wanted.map(({ fd, events }) => ({ fd: this.descriptor(fd), events, revents: 0 }));
    return { call: this.sockets.poll(entries, args.number(2)), check: () => comparePoll(wanted, entries) };
  }

  // --- data ---

  private receive(args: CallArguments): Made {
    const { name } = args.action;
    const fd = this.fd(args);
    if (name === 'recvmsg') return this.receiveMessage(args, fd);
    if (name === 'readv') {
      const parts = args.vectors(args.at(1)).map(({ length }) => new Uint8Array(length));
      const call = this.sockets.readv(fd, parts);
      return { call, check: (done) => compareVectors(args, args.at(1), parts, done.result) };
    }
    const into = new Uint8Array(args.length(2));
    const check = (done: PosixCall): string | null =>
      compareOctets(name, args.at(1), into.subarray(0, Math.max(0, done.result)));
    if (name === 'read') return { call: this.sockets.read(fd, into), check };
    const flags = args.number(3, 0);
    if (name === 'recv') return { call: this.sockets.recv(fd, into, flags), check };
    const told = this.told(args, this.sockets.recvfrom(fd, into, flags), 4);
    return { call: told.call, check: (done) => check(done) ?? told.check(done) };
  }

  private receiveMessage(args: CallArguments, fd: number): Made {
    const { members, vectors } = readMessage(args);
    const parts = args.vectors(vectors).map(({ length }) => new Uint8Array(length));
    const hasControl = members.get('msg_control') !== undefined;
    const call = this.sockets.recvmsg(fd, { iov: parts, hasControl }, args.number(2, 0));
    return {
      call,
      check: (done) => compareMessage(args, members, done) ?? compareVectors(args, vectors, parts, done.result),
    };
  }

  private send(args: CallArguments): Made {
    const { name } = args.action;
    const fd = this.fd(args);
    switch (name) {
      case 'write':
        return plain(this.sockets.write(fd, this.octets(args, args.at(1), args.length(2))));
      case 'send':
        return plain(this.sockets.send(fd, this.octets(args, args.at(1), args.length(2)), args.number(3, 0)));
      case 'sendto': {
        const bytes = this.octets(args, args.at(1), args.length(2));
        const to = args.at(4);
        const peer = to.kind === 'word' && to.name === 'NULL' ? null : readName(args, to, 'remote');
        return plain(this.sockets.sendto(fd, bytes, args.number(3, 0), peer));
      }
      case 'writev':
        return plain(this.sockets.writev(fd, this.gather(args, args.at(1))));
      case 'sendmsg':
        return this.sendMessage(args, fd);
      default:
        throw new DrillError(`the call ${name} is not supported here`);
    }
  }

  /** A name that is left open is the peer's, where a name is heeded at all: of datagrams, and of a SYN with data. */
  private sendMessage(args: CallArguments, fd: number): Made {
    const { members, vectors } = readMessage(args);
    const isDatagram = this.datagrams.has(args.number(0));
    checkSentControl(args, members, isDatagram);
    const flags = args.number(2, 0);
    const to = members.get('msg_name');
    const isHeeded = isDatagram || flags !== 0;
    const isNamed = to !== undefined && (!isOpen(to) || isHeeded) && !(to.kind === 'word' && to.name === 'NULL');
    const name = isNamed ? readName(args, to, 'remote') : null;
    return plain(this.sockets.sendmsg(fd, { iov: this.gather(args, vectors), name }, flags));
  }

  private gather(args: CallArguments, value: CallValue): Uint8Array[] {
    return args.vectors(value).map(({ base, length }) => this.octets(args, base, length));
  }

  private octets(args: CallArguments, value: CallValue, length: number): Uint8Array {
    if (value.kind === 'string') this.hasWrittenOctets = true;
    return args.buffer(value, length);
  }
}

interface Made {
  readonly call: PosixCall;
  readonly check: (call: PosixCall) => string | null;
}

function plain(call: PosixCall): Made {
  return { call, check: () => null };
}
