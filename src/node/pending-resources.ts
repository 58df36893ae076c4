/**
 * What of the platform is not finished: files being read, jobs of the thread pool, names being looked up, processes. Node's
 * list of active resources names requests to files and to the resolver but no job of crypto or zlib, which only
 * async_hooks shows; that costs about a microsecond per awaited promise and is switched on only while somebody watches.
 */
import { type AsyncHook, AsyncResource, createHook } from 'node:async_hooks';

/** Requests that end by themselves. `ondone` is what jobs of crypto call; one that ran synchronously has none. */
const REQUESTS: ReadonlyMap<string, string> = new Map(
  [
    'FSReqCallback',
    'FSReqPromise',
    'FileHandleCloseReq',
    'GetAddrInfoReqWrap',
    'GetNameInfoReqWrap',
    'QueryWrap',
    'TCPConnectWrap',
    'PipeConnectWrap',
  ].map((name) => [name.toUpperCase(), name]),
);

const CRYPTO_JOBS: ReadonlyMap<string, string> = new Map(
  [
    'CheckPrimeRequest',
    'CipherRequest',
    'DeriveBitsRequest',
    'HashRequest',
    'KeyExportRequest',
    'KeyGenRequest',
    'KeyPairGenRequest',
    'PBKDF2Request',
    'RandomBytesRequest',
    'RandomPrimeRequest',
    'ScryptRequest',
    'SignRequest',
    'VerifyRequest',
  ].map((name) => [name.toUpperCase(), name]),
);

/**
 * Things that may live for ever, or wait for the very clock that would wait for them (TLS over a simulated connection):
 * they are named, never waited for.
 */
const LASTING: ReadonlyMap<string, string> = new Map(
  [
    'FSEventWrap',
    'MessagePort',
    'PipeServerWrap',
    'PipeWrap',
    'ProcessWrap',
    'StatWatcher',
    'TCPServerWrap',
    'TCPWrap',
    'TLSWrap',
    'UDPWrap',
    'Worker',
  ].map((name) => [name.toUpperCase(), name]),
);

/** Of these `process.getActiveResourcesInfo` knows, also when they were begun before anybody watched. */
const LISTED: ReadonlySet<string> = new Set(REQUESTS.values());
const PROCESS = 'ProcessWrap';
/** Synchronous jobs leave entries behind; so many are kept before they are looked through. */
const SWEEP_AT = 64;

interface Begun {
  readonly name: string;
  /** A job of crypto, which was asynchronous if it has an `ondone`; a stream of zlib, which has a `buffer` while it works. */
  readonly kind: 'request' | 'crypto' | 'zlib';
  readonly resource: WeakRef<object>;
}

/** Notes the names of outside resources a program has used; one for each loop that watches. */
export type OutsideNames = Set<string>;

class ResourceWatch {
  private readonly watchers = new Set<OutsideNames>();
  private readonly begun = new Map<number, Begun>();
  private sweepAt = SWEEP_AT;
  private readonly hook: AsyncHook;
  private processes = 0;

  constructor() {
    const { begun } = this;
    const hooks = {
      init: (id: number, type: string, _trigger: number, resource: object): void => this.began(id, type, resource),
      after: (id: number): void => {
        if (begun.size > 0) this.ended(id);
      },
      // Node 24 and newer need not look at promises at all; older ones ignore it.
      trackPromises: false,
    };
    this.hook = createHook(hooks);
  }

  add(names: OutsideNames): void {
    if (this.watchers.size === 0) {
      this.processes = countOf(PROCESS);
      // Node opens them at the first use: a word on the console is no use of the outside.
      void process.stdout;
      void process.stderr;
      this.hook.enable();
    }
    this.watchers.add(names);
  }

  remove(names: OutsideNames): void {
    if (!this.watchers.delete(names) || this.watchers.size > 0) return;
    this.hook.disable();
    this.begun.clear();
  }

  /** The name of something that is not finished, null when there is nothing. */
  pending(): string | null {
    for (const [id, one] of this.begun) {
      const resource = one.resource.deref();
      if (resource !== undefined && isPending(one, resource)) {
        this.note(one.name);
        return one.name;
      }
      if (resource === undefined || one.kind === 'crypto') this.begun.delete(id);
    }
    const listed = process.getActiveResourcesInfo();
    const name = listed.find((candidate) => LISTED.has(candidate));
    if (name !== undefined) return name;
    return listed.includes(PROCESS) && countOf(PROCESS) > this.processes ? PROCESS : null;
  }

  private began(id: number, type: string, resource: object): void {
    // Made by JavaScript under the name of the real thing, as our own sockets are: nothing outside.
    if (resource instanceof AsyncResource) return;
    const lasting = LASTING.get(type);
    if (lasting !== undefined) {
      this.note(lasting);
      return;
    }
    const crypto = CRYPTO_JOBS.get(type);
    const name = crypto ?? REQUESTS.get(type) ?? (type === 'ZLIB' ? 'Zlib' : undefined);
    if (name === undefined) return;
    const kind = crypto !== undefined ? 'crypto' : type === 'ZLIB' ? 'zlib' : 'request';
    if (this.begun.size >= this.sweepAt) this.sweep();
    this.begun.set(id, { name, kind, resource: new WeakRef(resource) });
    if (kind === 'request') this.note(name);
  }

  private ended(id: number): void {
    const one = this.begun.get(id);
    if (one === undefined) return;
    // Only what was asynchronous ends with a call.
    this.note(one.name);
    // A stream of zlib works more than once.
    if (one.kind !== 'zlib') this.begun.delete(id);
  }

  private note(name: string): void {
    for (const names of this.watchers) names.add(name);
  }

  /** Forgets what is gone or was synchronous; a job that is just being made has no `ondone` yet and is the newest. */
  private sweep(): void {
    for (const [id, one] of this.begun) {
      const resource = one.resource.deref();
      if (resource === undefined || (one.kind === 'crypto' && !isPending(one, resource))) this.begun.delete(id);
    }
    this.sweepAt = Math.max(SWEEP_AT, this.begun.size * 2);
  }
}

/** One for all loops of the process: hooks cost the same however many watch. */
export const resourceWatch = new ResourceWatch();

function isPending(one: Begun, resource: object): boolean {
  if (one.kind === 'request') return true;
  if (one.kind === 'crypto') return 'ondone' in resource && typeof resource.ondone === 'function';
  if (!('buffer' in resource) || resource.buffer === null || resource.buffer === undefined) return false;
  // A stream destroyed by an error keeps its last buffer.
  const owner = Object.getOwnPropertySymbols(resource).find((symbol) => symbol.description?.includes('owner'));
  const stream: unknown = owner === undefined ? null : Reflect.get(resource, owner);
  return !(typeof stream === 'object' && stream !== null && 'destroyed' in stream && stream.destroyed === true);
}

function countOf(name: string): number {
  return process.getActiveResourcesInfo().filter((candidate) => candidate === name).length;
}
