/**
 * Puts `node:net` and `node:tls`, and with them http, https, http2 and fetch, on a virtual network: wherever Node makes a TCP
 * handle of the kernel, ours takes its place. Sockets of the file system (pipes) and of file descriptors stay the kernel's.
 */
import net from 'node:net';
import tls from 'node:tls';
import { StateError } from '../base/errors.ts';
import { openTcpHandle, ownerSymbol, TcpHandle } from './tcp-handle.ts';
import type { TcpPorts } from './tcp-port.ts';

/** Methods of Node's classes that are no part of their types. */
type Method = (this: unknown, ...args: unknown[]) => unknown;
type Methods = Record<PropertyKey, Method | undefined>;

export function patchNet(ports: TcpPorts): void {
  patchConnect(ports);
  patchListen(ports);
  patchTls(ports);
}

function patchConnect(ports: TcpPorts): void {
  const prototype = net.Socket.prototype as unknown as Methods;
  const connect = methodOf(prototype, 'connect');
  replace(prototype, 'connect', function (this: net.Socket, ...args: unknown[]) {
    return withHandle(this, ports, () => connect.apply(this, args));
  });
  // Each further address of a name is tried with a fresh handle.
  const renew = Object.getOwnPropertySymbols(prototype).find((symbol) => symbol.description === 'kReinitializeHandle');
  if (renew === undefined) return;
  const original = methodOf(prototype, renew);
  replace(prototype, renew, function (this: unknown, handle: unknown) {
    return original.call(this, isKernelTcp(handle) ? openTcpHandle(ports) : handle);
  });
}

/** While `connect` runs, a TCP handle it makes for the socket is replaced at once, before anything is done with it. */
function withHandle(socket: net.Socket, ports: TcpPorts, connect: () => unknown): unknown {
  const holder = socket as unknown as { _handle?: unknown };
  if (holder._handle && !socket.destroyed) return connect();
  let held = holder._handle;
  // Node's own accessor, which keeps the handle under a symbol, goes on to work below.
  const set = (handle: unknown): void => {
    held = isKernelTcp(handle) ? openTcpHandle(ports) : handle;
    Reflect.deleteProperty(socket, '_handle');
    holder._handle = held;
    watch();
  };
  const watch = (): void => {
    Object.defineProperty(socket, '_handle', { enumerable: true, configurable: true, get: () => held, set });
  };
  watch();
  try {
    return connect();
  } finally {
    Reflect.deleteProperty(socket, '_handle');
    holder._handle = held;
  }
}

function patchListen(ports: TcpPorts): void {
  const prototype = net.Server.prototype as unknown as Methods;
  const setUp = methodOf(prototype, '_listen2');
  replace(prototype, '_listen2', function (this: unknown, ...args: unknown[]) {
    const [address, port, addressType, backlog, fd, flags] = args;
    const server = this as { _handle: unknown };
    // 4 and 6 are IP, -1 is a pipe; a port alone comes with a null address.
    if (server._handle || (addressType !== 4 && addressType !== 6) || typeof fd === 'number') {
      return setUp.apply(this, args);
    }
    const family = address === null || addressType === 6 ? 6 : 4;
    const name = (address as string | null) ?? '::';
    const handle = openTcpHandle(ports);
    const errno =
      family === 4 ? handle.bind(name, port as number) : handle.bind6(name, port as number, Number(flags ?? 0));
    // Node says itself what is wrong when `listen` fails, in the words it has for both.
    if (errno !== 0) handle.listen = () => errno;
    server._handle = handle;
    return setUp.call(this, name, port, family, backlog, fd, flags);
  });
}

function patchTls(ports: TcpPorts): void {
  const prototype = tls.TLSSocket.prototype as unknown as Methods;
  const wrap = methodOf(prototype, '_wrapHandle');
  replace(prototype, '_wrapHandle', function (this: unknown, parent: unknown, handle: unknown, ...rest: unknown[]) {
    const socket = this as net.Socket & { readonly _tlsOptions?: { readonly pipe?: unknown } };
    const isMissing = handle === null || handle === undefined;
    const isOurs = isMissing ? !socket._tlsOptions?.pipe : isKernelTcp(handle);
    const lower = isOurs ? openTcpHandle(ports) : handle;
    if (isOurs) Object.assign(lower as object, { [ownerSymbol]: socket });
    if (lower instanceof TcpHandle) lower.reader = socket;
    return wrap.call(this, parent, lower, ...rest);
  });
}

/** A TCP handle of the kernel that is not open yet. */
function isKernelTcp(handle: unknown): boolean {
  if (typeof handle !== 'object' || handle === null || handle instanceof TcpHandle) return false;
  return handle.constructor?.name === 'TCP' && (handle as { readonly fd?: number }).fd === -1;
}

function methodOf(prototype: Methods, name: PropertyKey): Method {
  const method = prototype[name];
  if (typeof method === 'function') return method;
  throw new StateError(
    `net of Node ${process.version} is built otherwise (no ${String(name)}): use a Node this release names`,
  );
}

function replace(prototype: Methods, name: PropertyKey, method: (...args: never[]) => unknown): void {
  const original = prototype[name];
  Object.defineProperty(method, 'name', { value: original?.name ?? String(name), configurable: true });
  Object.defineProperty(prototype, name, { value: method, writable: true, enumerable: true, configurable: true });
}
