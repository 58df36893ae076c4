/** `socket.connect`: arguments, the name's addresses, one attempt, and what follows when it succeeds or fails. */
import { isIP, type LookupFunction } from 'node:net';
import { ATTEMPT_MIN_MS, CONTEXT, STATE } from './context.ts';
import { TcpHandle } from './handle.ts';
import { type Attempt, connectToOneOf, lookupAll } from './happy-eyeballs.ts';
import { invalidAddressFamily, invalidArgType, invalidIpAddress, missingArgs } from './node-errors.ts';
import type { Callback } from './normalize-args.ts';
import type { NetSocket } from './socket.ts';
import { provideBuffer } from './socket-reading.ts';
import { type SystemError, systemErrorAt } from './system-errors.ts';
import { checkBoolean, checkFunction, checkInt32, checkNumber, checkPort } from './validate.ts';

type Options = Readonly<Record<string, unknown>>;

/** Where to connect, checked. */
export interface ConnectPlan {
  readonly host: string;
  readonly port: number;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly lookup: LookupFunction;
  readonly lookupOptions: { family: number; hints: number };
  readonly triesAll: boolean;
  readonly attemptTimeoutMs: number;
}

export function connectSocket(socket: NetSocket, options: Options, callback: Callback | null): void {
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
export function adoptHandle(socket: NetSocket, handle: TcpHandle): void {
  (socket as unknown as { _undestroy?: () => void })._undestroy?.();
  socket._sockname = undefined;
  socket._handle = handle;
  handle.reader = socket;
  provideBuffer(socket);
}

/** The connection stands. */
export function connected(socket: NetSocket, canRead = true, canWrite = true): void {
  const { [STATE]: state, _handle: handle } = socket;
  if (socket.destroyed || handle === null) return;
  socket.connecting = false;
  socket._sockname = null;
  if (socket.readable && !canRead) {
    socket.push(null);
    socket.read();
  }
  if (socket.writable && !canWrite) socket.end();
  socket._unrefTimer();
  if (state.noDelay) handle.setNoDelay?.(true);
  if (state.keepAlive) handle.setKeepAlive?.(true, state.keepAliveDelayS);
  socket.emit('connect');
  socket.emit('ready');
  // Whoever listens to 'connect' may have paused; anybody else reads from the start.
  if (canRead && !socket.isPaused()) socket.read(0);
}

/** One attempt on the socket's own handle. */
export function attempt(socket: NetSocket, plan: ConnectPlan, address: string, family: number): void {
  const { _handle: handle } = socket;
  if (handle === null) return;
  const { port } = plan;
  const bindError = bindLocal(handle, plan, family);
  if (bindError !== null) {
    socket.destroy(bindError);
    return;
  }
  socket.emit('connectionAttempt', address, port, family);
  const code = handle.connect(address, port, (failure) => {
    if (socket.destroyed) return;
    if (failure === null) {
      connected(socket);
      return;
    }
    const error = failedAttempt(failure, plan, address);
    socket.emit('connectionAttemptFailed', address, port, family, error);
    socket.destroy(error);
  });
  if (code === null) return;
  const error = refusedAtOnce(code, handle, address, port);
  socket.emit('connectionAttemptFailed', address, port, family, error);
  socket.destroy(error);
}

export function bindLocal(handle: TcpHandle, plan: ConnectPlan, family: number): Error | null {
  const { localAddress, localPort = 0 } = plan;
  if (localAddress === undefined && localPort === 0) return null;
  const address = localAddress ?? (family === 6 ? '::' : '0.0.0.0');
  const code = handle.bindTo(address, localPort);
  return code === null ? null : systemErrorAt(code, 'bind', address, localPort);
}

export function failedAttempt(code: string, plan: ConnectPlan, address: string): SystemError {
  const { port, localAddress, localPort } = plan;
  const hasLocal = localAddress !== undefined && localPort !== undefined && localPort !== 0;
  const error = systemErrorAt(code, 'connect', address, port, hasLocal ? `${localAddress}:${localPort}` : undefined);
  if (hasLocal) {
    error.localAddress = localAddress;
    error.localPort = localPort;
  }
  return error;
}

export function refusedAtOnce(code: string, handle: TcpHandle, address: string, port: number): SystemError {
  const name: { address?: string; port?: number } = {};
  handle.getsockname(name);
  const isV6 = address.includes(':');
  const local = `${name.address ?? (isV6 ? '::' : '0.0.0.0')}:${name.port ?? 0}`;
  return systemErrorAt(code, 'connect', address, port, local);
}

function planOf(socket: NetSocket, options: Options): ConnectPlan {
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

function start(socket: NetSocket, plan: ConnectPlan): void {
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
function failPipe(socket: NetSocket, path: unknown): void {
  if (typeof path !== 'string') throw invalidArgType('options.path', 'string', path);
  process.nextTick(() => {
    if (socket.connecting) socket.destroy(systemErrorAt('ENOENT', 'connect', path, 0));
  });
}
