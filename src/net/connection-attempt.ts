/** One attempt to connect to one address: what it is told, and what follows when it succeeds or fails. */
import type { LookupFunction } from 'node:net';
import { type SocketParts, STATE } from './context.ts';
import type { TcpHandle } from './handle.ts';
import { type SystemError, systemErrorAt } from './system-errors.ts';

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

/** The connection stands. */
export function connected(socket: SocketParts, canRead = true, canWrite = true): void {
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
export function attempt(socket: SocketParts, plan: ConnectPlan, address: string, family: number): void {
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
