/** HTTP/1.1 messages as octets (RFC 9112). */
import { writeLatin1 } from './latin1.ts';
import { octetsOf } from './octets.ts';

const encoder = new TextEncoder();
const CRLF = encoder.encode('\r\n');
const LAST_CHUNK = encoder.encode('0\r\n\r\n');

/** Fields that belong to the connection, not to what a program says (RFC 9110 §7.6.1). */
export const HOP_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** How a body goes over the wire. */
export type Framing = 'none' | 'length' | 'chunked';

/**
 * A first line and fields; hop-by-hop fields among `headers` are left out.
 * @param extra fields of the connection, after the others
 */
export function headOctets(
  firstLine: string,
  headers: Headers,
  extra: readonly (readonly [string, string])[],
): Uint8Array {
  let text = `${firstLine}\r\n`;
  for (const [name, value] of headers) {
    if (!HOP_FIELDS.has(name.toLowerCase())) text += `${name}: ${value}\r\n`;
  }
  for (const [name, value] of extra) text += `${name}: ${value}\r\n`;
  const octets = new Uint8Array(text.length + CRLF.length);
  writeLatin1(`${text}\r\n`, octets);
  return octets;
}

/** Writes one message's octets. */
export class MessageWriter {
  private readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  private source: ReadableStreamDefaultReader<Uint8Array> | null = null;
  private failure: { readonly error: unknown } | null = null;

  constructor(writable: WritableStream<Uint8Array>) {
    this.writer = writable.getWriter();
    this.writer.closed.catch((error) => {
      this.failure = { error };
      // Nobody will read what a slow body has still to say.
      this.source?.cancel(error).catch(() => {});
    });
  }

  /** Fulfilled when the send buffer has taken them. @throws the connection's failure */
  write(octets: Uint8Array): Promise<void> {
    return this.writer.write(octets);
  }

  /**
   * Writes a body as fast as the connection takes it.
   * @param lengthBytes for framing `length`: what was announced
   * @throws TypeError when a chunk is no BufferSource or the length is another; the connection's failure; the stream's error
   */
  async body(stream: ReadableStream<Uint8Array>, framing: Framing, lengthBytes: number): Promise<void> {
    const source = stream.getReader();
    this.source = source;
    const length = framing === 'length' ? lengthBytes : null;
    await copyBody(source, length, (octets) => this.write(framing === 'chunked' ? chunkOf(octets) : octets));
    this.source = null;
    if (this.failure !== null) throw this.failure.error;
    if (framing === 'chunked') await this.write(LAST_CHUNK);
  }

  /** Ends our direction. */
  end(): Promise<void> {
    return this.writer.close();
  }
}

/**
 * Writes what a stream gives, no faster than it is taken. When it fails, so does the stream.
 * @param length octets there must be; null: whatever comes
 * @throws TypeError when a chunk is no BufferSource or the length is another; the stream's error; what `write` throws
 */
export async function copyBody(
  source: ReadableStreamDefaultReader<Uint8Array>,
  length: number | null,
  write: (octets: Uint8Array) => Promise<void>,
): Promise<void> {
  let sent = 0;
  try {
    for (;;) {
      const { value, done } = await source.read();
      if (done) break;
      const octets = octetsOf(value);
      sent += octets.length;
      if (length !== null && sent > length) {
        throw new TypeError(`the body has more than the ${length} octets its Content-Length says`);
      }
      if (octets.length > 0) await write(octets);
    }
  } catch (error) {
    source.cancel(error).catch(() => {});
    throw error;
  }
  if (length === null || sent === length) return;
  throw new TypeError(`the body has ${sent} octets, its Content-Length says ${length}`);
}

function chunkOf(octets: Uint8Array): Uint8Array {
  const size = encoder.encode(`${octets.length.toString(16)}\r\n`);
  const chunk = new Uint8Array(size.length + octets.length + CRLF.length);
  chunk.set(size);
  chunk.set(octets, size.length);
  chunk.set(CRLF, size.length + octets.length);
  return chunk;
}

/** The announced length of a body; null when there is none. @throws TypeError when it is no number */
export function announcedLength(headers: Headers): number | null {
  const text = headers.get('content-length');
  return text === null ? null : lengthOf(text);
}

/** What a Content-Length says. @throws TypeError when it is no number */
export function lengthOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new TypeError(`Content-Length must be a number of octets, got '${text}'`);
  return Number(text);
}
