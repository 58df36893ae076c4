/**
 * Happy eyeballs (RFC 8305, as Node's option `autoSelectFamily` has it): a name's addresses, families in turn, are tried one
 * after the other; an attempt that takes too long gives way to the next.
 */
import { isIP } from 'node:net';
import { bindLocal, type ConnectPlan, connected, failedAttempt, refusedAtOnce } from './connection-attempt.ts';
import { CONTEXT, type SocketParts } from './context.ts';
import { TcpHandle } from './handle.ts';
import { invalidAddressFamily, invalidIpAddress, withCode } from './node-errors.ts';
import { provideBuffer } from './socket-reading.ts';

export interface Candidate {
  readonly address: string;
  readonly family: number;
}

/** What the look-up of a name leads to. */
export interface Attempt {
  failLater(error: Error): void;
  single(address: string, family: number): void;
  several(addresses: readonly Candidate[]): void;
}

/** Asks for all addresses of the name. */
export function lookupAll(socket: SocketParts, plan: ConnectPlan, tries: Attempt): void {
  const { host, port } = plan;
  plan.lookup(host, { ...plan.lookupOptions, all: true }, (error, found) => {
    if (!socket.connecting) return;
    if (error) {
      socket.emit('lookup', error, undefined, undefined, host);
      tries.failLater(error);
      return;
    }
    const addresses = Array.isArray(found) ? (found as Candidate[]) : [];
    for (const { address, family } of addresses) {
      socket.emit('lookup', null, address, family, host);
      if (!socket.connecting) return;
    }
    const usable = inTurn(
      addresses.filter(({ address, family }) => isIP(address) !== 0 && (family === 4 || family === 6)),
    );
    const [first, second] = usable;
    if (first === undefined) {
      const { address, family } = addresses[0] ?? { address: String(found), family: 0 };
      tries.failLater(isIP(address) === 0 ? invalidIpAddress(address) : invalidAddressFamily(family, host, port));
    } else if (second === undefined) {
      tries.single(first.address, first.family);
    } else {
      tries.several(usable);
    }
  });
}

/** Families in turn, beginning with the first address's. */
function inTurn(addresses: readonly Candidate[]): Candidate[] {
  const first = addresses[0]?.family;
  const own = addresses.filter(({ family }) => family === first);
  const other = addresses.filter(({ family }) => family !== first);
  const sorted: Candidate[] = [];
  for (let index = 0; index < Math.max(own.length, other.length); index++) {
    const pair = [own[index], other[index]];
    for (const candidate of pair) if (candidate !== undefined) sorted.push(candidate);
  }
  return sorted;
}

/** Tries one after the other until one answers. */
export function connectToOneOf(socket: SocketParts, plan: ConnectPlan, addresses: readonly Candidate[]): void {
  socket.autoSelectFamilyAttemptedAddresses = [];
  new Race(socket, plan, addresses).tryNext();
}

class Race {
  private readonly socket: SocketParts;
  private readonly plan: ConnectPlan;
  private readonly addresses: readonly Candidate[];
  private readonly errors: Error[] = [];
  private index = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(socket: SocketParts, plan: ConnectPlan, addresses: readonly Candidate[]) {
    this.socket = socket;
    this.plan = plan;
    this.addresses = addresses;
  }

  tryNext(): void {
    const { socket, plan } = this;
    this.stopTimer();
    if (!socket.connecting) return;
    const candidate = this.addresses[this.index++];
    if (candidate === undefined) {
      socket.destroy(aggregate(this.errors));
      return;
    }
    const handle = this.handleForAttempt();
    const bindError = bindLocal(handle, plan, candidate.family);
    if (bindError === null) this.attempt(handle, candidate);
    else {
      this.errors.push(bindError);
      this.tryNext();
    }
  }

  private attempt(handle: TcpHandle, candidate: Candidate): void {
    const { socket, plan } = this;
    const { address, family } = candidate;
    const { port } = plan;
    socket.autoSelectFamilyAttemptedAddresses?.push(`${address}:${port}`);
    socket.emit('connectionAttempt', address, port, family);
    const code = handle.connect(address, port, (failure) => {
      this.stopTimer();
      if (!socket.connecting || socket._handle !== handle) return;
      if (failure === null) connected(socket);
      else this.failed(candidate, failedAttempt(failure, plan, address));
    });
    if (code !== null) {
      this.failed(candidate, refusedAtOnce(code, handle, address, port));
      return;
    }
    if (this.index === this.addresses.length) return;
    this.timer = globalThis.setTimeout(() => this.tookTooLong(handle, candidate), plan.attemptTimeoutMs);
  }

  private failed({ address, family }: Candidate, error: Error): void {
    const { socket, plan } = this;
    this.errors.push(error);
    socket.emit('connectionAttemptFailed', address, plan.port, family, error);
    this.tryNext();
  }

  private tookTooLong(handle: TcpHandle, { address, family }: Candidate): void {
    const { socket, plan } = this;
    this.timer = null;
    if (!socket.connecting || socket._handle !== handle) return;
    socket.emit('connectionAttemptTimeout', address, plan.port, family);
    this.errors.push(failedAttempt('ETIMEDOUT', plan, address));
    this.tryNext();
  }

  /** Every attempt has a handle of its own; the first one is there already. */
  private handleForAttempt(): TcpHandle {
    const { socket } = this;
    if (this.index === 1 && socket._handle !== null) return socket._handle;
    const { _handle: previous } = socket;
    const handle = new TcpHandle(socket[CONTEXT].host, null);
    if (previous?.isUnrefed) handle.unref();
    previous?.close();
    handle.reader = socket;
    socket._handle = handle;
    provideBuffer(socket);
    return handle;
  }

  private stopTimer(): void {
    if (this.timer !== null) globalThis.clearTimeout(this.timer);
    this.timer = null;
  }
}

/** All that failed, under the code of the first. */
function aggregate(errors: readonly Error[]): Error {
  const code = (errors[0] as NodeJS.ErrnoException | undefined)?.code ?? 'ECONNREFUSED';
  return withCode(new AggregateError(errors), code);
}
