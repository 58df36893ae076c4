/** `socket.connect`: arguments, the name's addresses, one attempt, and what follows when it succeeds or fails. */
import { isIP, type LookupFunction } from 'node:net';
import { attempt, type ConnectPlan } from './connection-attempt.ts';
import { ATTEMPT_MIN_MS, CONTEXT, type SocketParts } from './context.ts';
import { TcpHandle } from './handle.ts';
import { type Attempt, connectToOneOf, lookupAll } from './happy-eyeballs.ts';
import { invalidAddressFamily, invalidArgType, invalidIpAddress, missingArgs } from './node-errors.ts';
import type { Callback } from './normalize-args.ts';
import { provideBuffer } from './socket-reading.ts';
import { systemErrorAt } from './system-errors.ts';
import { checkBoolean, checkFunction, checkInt32, checkNumber, checkPort } from './validate.ts';

type Options = Readonly<Record<string, unknown>>;

export function connectSocket(socket: SocketParts, options: Options, callback: Callback | null): void {
  const { port, path } = options;
  if (port === undefined && (path === undefined || path === null)) throw missingArgs('options', 'port', 'path');
  if (Object.hasOwn(socket, 'write')) Reflect.deleteProperty(socket, 'write');
  if (socket.destroyed) {
    socket._handle = null;
    socket._peername = undefined;
    socket._sockname = undefined;
  }
  if (socket._handle === null) adoptHandle(socket, new TcpHandle(socket[CONTEXT].host, null));
  if (callback !== null) socket.once('connect', callback);
  socket._unrefTimer();
  socket.connecting = true;
  if (path !== undefined && path !== null && path !== '') failPipe(socket, path);
  else start(socket, planOf(socket, options));
}

/** Makes `handle` the socket's own. */
export function adoptHandle(socket: SocketParts, handle: TcpHandle): void {
  (socket as unknown as { _undestroy?: () => void })._undestroy?.();
  socket._sockname = undefined;
  socket._handle = handle;
  handle.reader = socket;
  provideBuffer(socket);
}

function planOf(socket: SocketParts, options: Options): ConnectPlan {
  const { [CONTEXT]: context } = socket;
  const { localAddress, localPort, lookup, family } = options;
  const host = (options.host || 'localhost') as string;
  if (localAddress && !isIP(localAddress as string)) throw invalidIpAddress(localAddress);
  if (localPort) checkNumber(localPort, 'options.localPort');
  const { port } = options;
  if (port !== undefined) {
    if (typeof port !== 'number' && typeof port !== 'string') {
      throw invalidArgType('options.port', ['number', 'string'], port);
    }
    checkPort(port);
  }
  const autoSelectFamily = options.autoSelectFamily ?? context.autoSelectFamily;
  if (autoSelectFamily !== undefined) checkBoolean(autoSelectFamily, 'options.autoSelectFamily');
  const timeoutMs = options.autoSelectFamilyAttemptTimeout;
  if (timeoutMs !== undefined) checkInt32(timeoutMs, 'options.autoSelectFamilyAttemptTimeout', 1);
  if (lookup !== undefined && lookup !== null && isIP(host) === 0) checkFunction(lookup, 'options.lookup');
  const lookupFamily = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : ((family ?? 0) as number);
  return {
    host,
    port: Number(port ?? 0),
    localAddress: (localAddress || undefined) as string | undefined,
    localPort: (localPort || undefined) as number | undefined,
    lookup: (lookup ?? context.lookup) as LookupFunction,
    lookupOptions: { family: lookupFamily, hints: hintsOf(options.hints, lookupFamily) },
    triesAll: autoSelectFamily === true && lookupFamily !== 4 && lookupFamily !== 6 && !localAddress,
    attemptTimeoutMs: Math.max(ATTEMPT_MIN_MS, (timeoutMs as number | undefined) ?? context.attemptTimeoutMs),
  };
}

/** Without a wish of the caller's: only families this host has addresses of (dns.ADDRCONFIG). */
function hintsOf(hints: unknown, family: number): number {
  if (hints) return hints as number;
  return family === 4 || family === 6 ? 0 : ADDRCONFIG;
}

const ADDRCONFIG = 32;

function start(socket: SocketParts, plan: ConnectPlan): void {
  const { host, lookup, lookupOptions } = plan;
  const family = isIP(host);
  if (family !== 0) {
    process.nextTick(() => {
      if (socket.connecting) attempt(socket, plan, host, family);
    });
    return;
  }
  socket._host = host;
  const tries: Attempt = {
    failLater: (error) => process.nextTick(() => socket.destroy(error)),
    single: (address, addressFamily) => {
      socket._unrefTimer();
      attempt(socket, plan, address, addressFamily);
    },
    several: (addresses) => {
      socket._unrefTimer();
      connectToOneOf(socket, plan, addresses);
    },
  };
  if (plan.triesAll) {
    lookupAll(socket, plan, tries);
    return;
  }
  lookup(host, lookupOptions, (error, address, addressFamily) => {
    socket.emit('lookup', error, address, addressFamily, host);
    if (!socket.connecting) return;
    if (error) tries.failLater(error);
    else if (typeof address !== 'string' || isIP(address) === 0) tries.failLater(invalidIpAddress(address));
    else if (addressFamily !== 4 && addressFamily !== 6) {
      tries.failLater(invalidAddressFamily(addressFamily, host, plan.port));
    } else {
      tries.single(address, addressFamily);
    }
  });
}

/** A path names a pipe of the operating system's; a host of ours has none. */
function failPipe(socket: SocketParts, path: unknown): void {
  if (typeof path !== 'string') throw invalidArgType('options.path', 'string', path);
  process.nextTick(() => {
    if (socket.connecting) socket.destroy(systemErrorAt('ENOENT', 'connect', path, 0));
  });
}
