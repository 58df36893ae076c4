/** The reading half of `net.Socket`. */
import { type SocketParts, STATE } from './context.ts';
import { systemError } from './system-errors.ts';

/** A chunk, the end (null), or with a code a failure. */
export function take(socket: SocketParts, chunk: Buffer | null, code: string | null): void {
  if (socket.destroyed) return;
  if (code !== null) {
    socket.destroy(systemError(code, 'read'));
    return;
  }
  socket._unrefTimer();
  if (chunk === null) {
    // Whoever ended first: both halves are done now, unless somebody still has to read what came.
    socket.push(null);
    socket.read(0);
    return;
  }
  const { onRead } = socket[STATE];
  const wantsMore = onRead === null ? socket.push(chunk) : giveToCallback(socket, chunk);
  if (!wantsMore) stop(socket);
}

export function start(socket: SocketParts): void {
  const { _handle: handle } = socket;
  if (handle === null || socket.connecting || handle.reading) return;
  handle.readStart();
}

export function stop(socket: SocketParts): void {
  const { _handle: handle } = socket;
  if (handle === null || socket.connecting || !handle.reading) return;
  handle.readStop();
}

/** Tells the handle where octets go. */
export function provideBuffer(socket: SocketParts): void {
  const { [STATE]: state, _handle: handle } = socket;
  if (state.onRead === null || handle === null) return;
  const { buffer } = state.onRead;
  state.userBuffer = typeof buffer === 'function' ? buffer() : buffer;
  handle.userBuffer = state.userBuffer;
}

function giveToCallback(socket: SocketParts, chunk: Buffer): boolean {
  const { [STATE]: state } = socket;
  const { onRead, userBuffer } = state;
  if (onRead === null || userBuffer === null) return true;
  const wantsMore = Reflect.apply(onRead.callback, socket, [chunk.length, userBuffer]) !== false;
  if (typeof onRead.buffer === 'function' && socket._handle !== null) provideBuffer(socket);
  return wantsMore;
}
