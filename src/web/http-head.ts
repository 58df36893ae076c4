/**
 * The head of an HTTP/1.1 message as it came: first line and fields (RFC 9110 §6.3). The fields the protocol itself looks at stand
 * ready; a `Headers` is made for who asks for it.
 */

/** What the first line says. */
export interface StartLine {
  /** Requests: the method, as it was written; empty in responses. */
  readonly method: string;
  /** Requests: the target, as it was written; empty in responses. */
  readonly target: string;
  /** Responses: 100 to 999; 0 in requests. */
  readonly status: number;
  readonly statusText: string;
  /** 0 or 1: HTTP/1.x. */
  readonly minorVersion: number;
}

/** The first line and the header fields of a message. */
export class MessageHead implements StartLine {
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly statusText: string;
  readonly minorVersion: number;
  /** Fields by name, several of one name joined by commas (RFC 9110 §5.3); null where there is none. */
  readonly host: string | null;
  readonly connection: string | null;
  readonly expect: string | null;
  readonly contentLength: string | null;
  readonly transferEncoding: string | null;
  /** Names and values in turn. */
  private readonly fields: readonly string[];
  private made: Headers | null = null;

  /** @param fields names and values in turn, checked: tokens, and octets that may stand in a value */
  constructor(line: StartLine, fields: readonly string[]) {
    this.method = line.method;
    this.target = line.target;
    this.status = line.status;
    this.statusText = line.statusText;
    this.minorVersion = line.minorVersion;
    this.fields = fields;
    let host: string | null = null;
    let connection: string | null = null;
    let expect: string | null = null;
    let contentLength: string | null = null;
    let transferEncoding: string | null = null;
    for (let at = 0; at < fields.length; at += 2) {
      const value = fields[at + 1] ?? '';
      switch (fields[at]?.toLowerCase()) {
        case 'host':
          host = joined(host, value);
          break;
        case 'connection':
          connection = joined(connection, value);
          break;
        case 'expect':
          expect = joined(expect, value);
          break;
        case 'content-length':
          contentLength = joined(contentLength, value);
          break;
        case 'transfer-encoding':
          transferEncoding = joined(transferEncoding, value);
          break;
      }
    }
    this.host = host;
    this.connection = connection;
    this.expect = expect;
    this.contentLength = contentLength;
    this.transferEncoding = transferEncoding;
  }

  get headers(): Headers {
    if (this.made !== null) return this.made;
    const headers = new Headers();
    for (let at = 0; at < this.fields.length; at += 2) headers.append(this.fields[at] ?? '', this.fields[at + 1] ?? '');
    this.made = headers;
    return headers;
  }

  /** The value of a field, null when there is none. @param name in small letters */
  field(name: string): string | null {
    let value: string | null = null;
    for (let at = 0; at < this.fields.length; at += 2) {
      const found = this.fields[at] ?? '';
      if (found.length === name.length && found.toLowerCase() === name)
        value = joined(value, this.fields[at + 1] ?? '');
    }
    return value;
  }

  /** Requests: octets follow the head. */
  get hasBody(): boolean {
    return this.transferEncoding !== null || (this.contentLength !== null && Number(this.contentLength) > 0);
  }

  // RFC 9112 §9.3: persistent unless somebody says otherwise; HTTP/1.0 has to ask for it.
  /** The connection can carry another message after this one. */
  get keepsAlive(): boolean {
    const { connection, minorVersion, status } = this;
    const isRequest = status === 0;
    if (minorVersion < 1) return isRequest && connection !== null && hasToken(connection, 'keep-alive');
    if (connection !== null && hasToken(connection, 'close')) return false;
    const isFramed = this.contentLength !== null || this.transferEncoding !== null;
    // A response of unknown length ends with its connection.
    return isFramed || isRequest || isBodyless(status);
  }
}

/** Responses that end with their head (RFC 9112 §6.3). */
export function isBodyless(status: number): boolean {
  return status < 200 || status === 204 || status === 304;
}

/** Whether a list of tokens has this one. @param token in small letters */
export function hasToken(list: string, token: string): boolean {
  return list
    .toLowerCase()
    .split(',')
    .some((member) => member.trim() === token);
}

function joined(before: string | null, value: string): string {
  return before === null ? value : `${before}, ${value}`;
}
