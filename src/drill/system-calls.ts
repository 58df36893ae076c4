/** The system calls of a script, made on the stack under test through descriptors, and their results compared with the script's. */
import type { PollEntry } from '../socket/posix/poll-call.ts';
import type { OptionValue, PosixCall } from '../socket/posix/posix-call.ts';
import type { CallAction, CallValue } from './ast.ts';
import { bits, compareLength, compareMessage, compareOctets, memberNumber, optionLength } from './call-checks.ts';
import { CallArguments } from './call-values.ts';
import { DrillError } from './drill-error.ts';
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

export class SystemCalls {
  readonly sockets: SocketCalls;
  /** Octets other than zeros were written: payloads cannot be told by being zeros. */
  hasWrittenOctets = false;
  /** The key that TCP_MD5SIG was given last. */
  md5Key: Uint8Array | null = null;
  private readonly subject: Subject;
  private readonly settings: DrillSettings;
  /** Descriptors by the script's names for them. */
  private readonly descriptors = new Map<number, number>();
  private pending: StartedCall | null = null;
  private pendingExpected: number | null = null;

  constructor(subject: Subject, settings: DrillSettings) {
    this.subject = subject;
    this.settings = settings;
    this.sockets = subject.sockets;
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
        return this.named(args, this.sockets.socket(args.number(0, args.domain()), args.number(1), args.number(2, 0)));
      case 'bind':
        return plain(this.sockets.bind(this.fd(args), args.socketName(args.at(1), 'local')));
      case 'listen':
        return plain(this.sockets.listen(this.fd(args), args.number(1)));
      case 'accept':
        return this.named(args, this.sockets.accept(this.fd(args)));
      case 'accept4':
        return this.named(args, this.sockets.accept4(this.fd(args), args.number(3)));
      case 'connect':
        return plain(this.sockets.connect(this.fd(args), args.socketName(args.at(1), 'remote')));
      case 'close':
        return plain(this.sockets.close(this.fd(args)));
      case 'shutdown':
        return plain(this.sockets.shutdown(this.fd(args), args.number(1)));
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

  private named(args: CallArguments, call: PosixCall): Made {
    return {
      call,
      check: (done) => {
        const { result } = args.action;
        if (done.result < 0) return `${args.action.name} returned ${done.result}`;
        if (result.kind !== 'ellipsis') this.descriptors.set(args.toNumber(result), done.result);
        return null;
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
      const value = this.optionValue(args, args.at(3));
      const length = optionLength(args);
      if (typeof value === 'object' && 'keyLength' in value) this.md5Key = value.keyLength > 0 ? value.key : null;
      return plain(this.sockets.setsockopt(this.fd(args), args.number(1), args.number(2), value, length));
    }
    if (name === 'getsockopt') {
      const length = optionLength(args);
      const call = this.sockets.getsockopt(this.fd(args), args.number(1), args.number(2), length);
      return { call, check: (done) => this.compareOption(args, args.at(3), done.value) ?? compareLength(length, done) };
    }
    if (name === 'fcntl') {
      return plain(this.sockets.fcntl(this.fd(args), args.number(1), args.count > 2 ? args.number(2) : 0));
    }
    const call = this.sockets.ioctl(this.fd(args), args.number(1));
    return { call, check: (done) => this.compareOption(args, args.at(2), done.value) };
  }

  private optionValue(args: CallArguments, value: CallValue): OptionValue {
    if (value.kind === 'string') return value.bytes;
    if (value.kind === 'array' && value.items[0]?.kind === 'string') return value.items[0].bytes;
    if (value.kind === 'structure' || (value.kind === 'array' && value.items[0]?.kind === 'structure')) {
      const structure = args.structure(value);
      if (args.member(structure, 'tcpm_key') !== undefined) return args.md5Signature(structure);
      const seconds = args.member(structure, 'tv_sec');
      if (seconds !== undefined) {
        const micros = args.member(structure, 'tv_usec');
        return args.toNumber(seconds) * 1e6 + (micros === undefined ? 0 : args.toNumber(micros));
      }
      return { onoff: memberNumber(args, structure, 'onoff'), linger: memberNumber(args, structure, 'linger') };
    }
    return args.toNumber(value);
  }

  private compareOption(args: CallArguments, expected: CallValue, actual: OptionValue | null): string | null {
    if (expected.kind === 'ellipsis') return null;
    const wanted = this.optionValue(args, expected);
    const shown = (value: OptionValue | null): string =>
      value instanceof Uint8Array
        ? JSON.stringify(String.fromCharCode(...value))
        : typeof value === 'object'
          ? JSON.stringify(value)
          : String(value);
    // All ones may be written as -1.
    if (typeof wanted === 'number' && typeof actual === 'number' && wanted < 2 ** 32 && (wanted | 0) === actual)
      return null;
    if (shown(wanted) === shown(actual)) return null;
    const { name } = args.action;
    return `${name} gave the value ${shown(actual)} instead of ${shown(wanted)}`;
  }

  // --- waiting for several ---

  private wait(args: CallArguments): Made {
    switch (args.action.name) {
      case 'epoll_create':
      case 'epoll_create1':
        return this.named(args, this.sockets.epollCreate());
      case 'epoll_ctl': {
        const fd = this.fd(args, 2);
        const event = args.count > 3 && args.at(3).kind === 'structure' ? this.epollEvent(args, args.at(3)) : null;
        return plain(this.sockets.epollCtl(this.fd(args), args.number(1), fd, event));
      }
      case 'epoll_wait': {
        const call = this.sockets.epollWait(this.fd(args), args.number(2), args.number(3));
        return { call, check: () => this.compareEpoll(args, call.events) };
      }
      default:
        return this.poll(args);
    }
  }

  private epollEvent(args: CallArguments, value: CallValue): { events: number; data: number } {
    const structure = args.structure(value);
    const fd = args.member(structure, 'fd');
    const data = fd ?? args.member(structure, 'u32') ?? args.member(structure, 'u64') ?? args.member(structure, 'ptr');
    return { events: memberNumber(args, structure, 'events'), data: data === undefined ? 0 : args.toNumber(data) };
  }

  private compareEpoll(
    args: CallArguments,
    events: readonly { readonly events: number; readonly data: number | bigint }[],
  ): string | null {
    const given = args.at(1);
    const list = given.kind === 'array' ? given.items : [given];
    for (const [index, item] of list.entries()) {
      const actual = events[index];
      if (item.kind !== 'structure' || actual === undefined) continue;
      const wanted = this.epollEvent(args, item);
      if (wanted.events !== actual.events || wanted.data !== Number(actual.data)) {
        return `epoll_wait gave events ${bits('EPOLL', actual.events)} for ${actual.data} instead of ${bits('EPOLL', wanted.events)} for ${wanted.data}`;
      }
    }
    return null;
  }

  private poll(args: CallArguments): Made {
    const list = args.at(0);
    if (list.kind !== 'array') throw new DrillError('poll: [{fd=…, events=…, revents=…}, …] is needed');
    const wanted = list.items.map((item) => {
      const structure = args.structure(item);
      return {
        fd: this.descriptor(memberNumber(args, structure, 'fd')),
        events: memberNumber(args, structure, 'events'),
        revents: memberNumber(args, structure, 'revents'),
      };
    });
    const entries: PollEntry[] = wanted.map(({ fd, events }) => ({ fd, events, revents: 0 }));
    const call = this.sockets.poll(entries, args.number(2));
    return {
      call,
      check: () => {
        const wrong = entries.findIndex((entry, index) => entry.revents !== wanted[index]?.revents);
        if (wrong < 0) return null;
        const [actual, asked] = [entries[wrong]?.revents ?? 0, wanted[wrong]?.revents ?? 0];
        return `poll gave revents ${bits('POLL', actual)} instead of ${bits('POLL', asked)}`;
      },
    };
  }

  // --- data ---

  private receive(args: CallArguments): Made {
    const { name } = args.action;
    const fd = this.fd(args);
    if (name === 'recvmsg') return this.receiveMessage(args, fd);
    if (name === 'readv') {
      const parts = args.vectors(args.at(1)).map(({ length }) => new Uint8Array(length));
      return plain(this.sockets.readv(fd, parts));
    }
    const into = new Uint8Array(args.length(2));
    const call = name === 'read' ? this.sockets.read(fd, into) : this.sockets.recv(fd, into, args.number(3, 0));
    return { call, check: (done) => compareOctets(name, args.at(1), into.subarray(0, Math.max(0, done.result))) };
  }

  private receiveMessage(args: CallArguments, fd: number): Made {
    const message = args.structure(args.at(1));
    const vectors = args.member(message, 'msg_iov');
    if (vectors === undefined) throw new DrillError('recvmsg: msg_iov is missing');
    const parts = args.vectors(vectors).map(({ length }) => new Uint8Array(length));
    const call = this.sockets.recvmsg(fd, { iov: parts }, args.number(2, 0));
    return { call, check: (done) => compareMessage(args, message, done) };
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
        return plain(this.sockets.sendto(fd, bytes, args.number(3, 0), args.socketName(args.at(4), 'remote')));
      }
      case 'writev':
        return plain(this.sockets.writev(fd, this.gather(args, args.at(1))));
      case 'sendmsg': {
        const message = args.structure(args.at(1));
        const vectors = args.member(message, 'msg_iov');
        if (vectors === undefined) throw new DrillError('sendmsg: msg_iov is missing');
        const to = args.member(message, 'msg_name');
        const peer = to === undefined || args.number(2, 0) === 0 ? null : args.socketName(to, 'remote');
        return plain(this.sockets.sendmsg(fd, { iov: this.gather(args, vectors), name: peer }, args.number(2, 0)));
      }
      default:
        throw new DrillError(`the call ${name} is not supported here`);
    }
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
