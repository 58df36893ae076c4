/**
 * Bytes that grow while a capture is written, and UTF-8 both ways, because the core has no Buffer and no TextEncoder.
 */

/** A growing sequence of bytes, little-endian where nothing else is said. */
export class ByteWriter {
  private bytes: Uint8Array<ArrayBuffer>;
  private view: DataView;
  private used = 0;

  constructor(capacity = 4096) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.used;
  }

  u16(value: number): void {
    this.reserve(2);
    this.view.setUint16(this.used, value, true);
    this.used += 2;
  }

  u32(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.used, value, true);
    this.used += 4;
  }

  /** Overwrites four bytes written before. */
  patchU32(at: number, value: number): void {
    this.view.setUint32(at, value, true);
  }

  raw(bytes: Uint8Array, offset = 0, length = bytes.length - offset): void {
    this.reserve(length);
    this.bytes.set(bytes.subarray(offset, offset + length), this.used);
    this.used += length;
  }

  /** Zeros up to the next multiple of four. */
  pad4(): void {
    const padding = -this.used & 3;
    this.reserve(padding);
    this.bytes.fill(0, this.used, this.used + padding);
    this.used += padding;
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array {
    return this.bytes.slice(0, this.used);
  }

  /** What was written since the last call; the writer is empty afterwards. */
  take(): Uint8Array {
    const taken = this.toBytes();
    this.used = 0;
    return taken;
  }

  private reserve(count: number): void {
    if (this.used + count <= this.bytes.length) return;
    const wider = new Uint8Array(Math.max(this.bytes.length * 2, this.used + count));
    wider.set(this.bytes.subarray(0, this.used));
    this.bytes = wider;
    this.view = new DataView(wider.buffer);
  }
}

/** UTF-8 bytes of `text`; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    let code = character.codePointAt(0) ?? 0xfffd;
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return Uint8Array.from(bytes);
}

/** Text of UTF-8 bytes in [offset, end); what is not UTF-8 becomes U+FFFD, never an error. */
export function decodeUtf8(bytes: Uint8Array, offset: number, end: number): string {
  let text = '';
  for (let at = offset; at < end; ) {
    const first = bytes[at] ?? 0;
    const extra =
      first < 0x80
        ? 0
        : first >= 0xc2 && first < 0xe0
          ? 1
          : first < 0xf0 && first >= 0xe0
            ? 2
            : first >= 0xf0 && first < 0xf5
              ? 3
              : -1;
    let code = extra === 0 ? first : extra === 1 ? first & 31 : extra === 2 ? first & 15 : first & 7;
    let valid = extra >= 0 && at + extra < end;
    for (let k = 1; valid && k <= extra; k++) {
      const byte = bytes[at + k] ?? 0;
      valid = (byte & 0xc0) === 0x80;
      code = (code << 6) | (byte & 63);
    }
    const tooSmall = (extra === 2 && code < 0x800) || (extra === 3 && code < 0x10000);
    if (!valid || tooSmall || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      text += '\ufffd';
      at++;
      continue;
    }
    text += String.fromCodePoint(code);
    at += extra + 1;
  }
  return text;
}
