/** What has come on a connection, as a chunk for whoever reads it. */
import type { StreamSocket } from '../socket/stream-socket.ts';

/** Octets handed on at a time. */
const CHUNK_BYTES = 65_536;

/**
 * Takes octets out of the receive buffer, into memory of their own or, where there is one, into the program's buffer.
 * @param available octets that are ready
 */
export function readChunk(socket: StreamSocket, available: number, userBuffer: Uint8Array | null): Buffer {
  if (userBuffer !== null) return Buffer.from(userBuffer.buffer, userBuffer.byteOffset, socket.read(userBuffer));
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, available));
  const length = socket.read(chunk);
  return length === chunk.length ? chunk : chunk.subarray(0, length);
}
