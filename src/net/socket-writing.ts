/** The writing half of `net.Socket`. */
import { type SocketParts, STATE } from './context.ts';
import type { TcpHandle } from './handle.ts';
import { closedBeforeConnection, socketClosed } from './node-errors.ts';
import { systemError } from './system-errors.ts';

/** Pieces up to so much are copied together, and from there into the send buffer. */
const GATHERED_BYTES = 16_384;
/** At most, in UTF-8, of one of a string's 16-bit units. */
const OCTETS_OF_CHARACTER = 3;
const gathered = Buffer.allocUnsafeSlow(GATHERED_BYTES);

export type Done = (error?: Error | null) => void;

export interface Piece {
  readonly chunk: Uint8Array | string;
  readonly encoding: BufferEncoding;
}

/** What waits in a Writable, as Node keeps it. */
interface WithBuffer {
  readonly writableBuffer?: readonly Piece[];
}

/** Writes now, or once connected. */
export function write(socket: SocketParts, pieces: readonly Piece[], done: Done): void {
  if (socket.connecting) {
    waitForConnection(socket, pieces, done);
    return;
  }
  socket._pendingData = null;
  socket._pendingEncoding = '';
  const { _handle: handle } = socket;
  if (handle === null) {
    done(socketClosed());
    return;
  }
  socket._unrefTimer();
  const length = gather(pieces);
  if (length === 0) {
    writeChunks(socket, handle, pieces.map(octetsOf), done);
    return;
  }
  const taken = handle.writeNow(gathered, length);
  if (taken === length) done();
  else if (typeof taken === 'string') done(systemError(taken, 'write'));
  else writeChunks(socket, handle, [Buffer.from(gathered.subarray(taken, length))], done);
}

/** Writes octets that may have to wait: they stay what they are until `done`. */
function writeChunks(socket: SocketParts, handle: TcpHandle, chunks: readonly Uint8Array[], done: Done): void {
  const { [STATE]: state } = socket;
  const written = handle.write(chunks, (code) => {
    state.lastQueueSize = 0;
    if (socket.destroyed || code === null) {
      if (!socket.destroyed) socket._unrefTimer();
      done(null);
    } else {
      done(systemError(code, 'write'));
    }
  });
  if (typeof written === 'string') done(systemError(written, 'write'));
  else if (written) done();
  else state.lastQueueSize = handle.writeQueueSize;
}

/** Sends the FIN, or waits for the connection that is to be ended. */
export function finish(socket: SocketParts, done: Done): void {
  if (socket.connecting) {
    socket.once('connect', () => finish(socket, done));
    return;
  }
  const { _handle: handle } = socket;
  if (handle === null) {
    done();
    return;
  }
  const code = handle.shutdown(() => done());
  if (code !== null) done();
}

/** Octets given to the connection and those that wait for it. */
export function bytesWritten(socket: SocketParts): number | undefined {
  const { writableBuffer: waiting } = socket as WithBuffer;
  if (waiting === undefined || waiting === null) return undefined;
  let bytes = socket._bytesDispatched;
  for (const { chunk, encoding } of waiting) bytes += byteLength(chunk, encoding);
  const { _pendingData: pending } = socket;
  if (Array.isArray(pending)) {
    for (const { chunk, encoding } of pending as Piece[]) bytes += byteLength(chunk, encoding);
  } else if (typeof pending === 'string' || pending instanceof Uint8Array) {
    bytes += byteLength(pending, socket._pendingEncoding as BufferEncoding);
  }
  return bytes;
}

function waitForConnection(socket: SocketParts, pieces: readonly Piece[], done: Done): void {
  const [first] = pieces;
  const isSingle = pieces.length === 1 && first !== undefined;
  socket._pendingData = isSingle ? first.chunk : pieces;
  socket._pendingEncoding = isSingle ? first.encoding : '';
  const onClose = (): void => {
    socket.off('connect', onConnect);
    done(closedBeforeConnection());
  };
  const onConnect = (): void => {
    socket.off('close', onClose);
    write(socket, pieces, done);
  };
  socket.once('connect', onConnect);
  socket.once('close', onClose);
}

/** Puts small pieces side by side into `gathered`, so that none becomes a buffer of its own. @returns octets, 0: they are not small */
function gather(pieces: readonly Piece[]): number {
  let most = 0;
  for (const { chunk } of pieces) most += typeof chunk === 'string' ? chunk.length * OCTETS_OF_CHARACTER : chunk.length;
  if (most > GATHERED_BYTES) return 0;
  let at = 0;
  for (const { chunk, encoding } of pieces) {
    if (typeof chunk !== 'string') {
      gathered.set(chunk, at);
      at += chunk.length;
    } else at += gathered.write(chunk, at, encoding);
  }
  return at;
}

function octetsOf({ chunk, encoding }: Piece): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
}

function byteLength(chunk: Uint8Array | string, encoding: BufferEncoding): number {
  return typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length;
}
