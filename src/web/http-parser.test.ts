/** The strict side of the HTTP parser, and what it does with octets of any kind. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpError } from './http-error.ts';
import { MessageParser } from './http-parser.ts';

const octets = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

interface Seen {
  readonly heads: (string | number)[];
  bodies: string;
  ends: number;
}

function parsed(kind: 'request' | 'response', pieces: readonly string[], isAnswerToHead = false): Seen {
  const seen: Seen = { heads: [], bodies: '', ends: 0 };
  const parser = new MessageParser(kind, {
    onHead: (head) => {
      seen.heads.push(kind === 'request' ? `${head.method} ${head.target}` : head.status);
      return isAnswerToHead;
    },
    onBody: (bytes) => {
      seen.bodies += String.fromCharCode(...bytes);
    },
    onEnd: () => {
      seen.ends++;
    },
  });
  for (const piece of pieces) parser.execute(octets(piece));
  parser.finish();
  return seen;
}

const SITUATIONS = [
  'POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: t\r\n\r\n',
  'PUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET /c HTTP/1.1\r\nHost: h\r\n\r\n',
  'GET /d HTTP/1.1\nHost: h\nUpgrade: x\nConnection: upgrade\n\n',
];

describe('requests', () => {
  it.each(SITUATIONS)('%j gives the same wherever it is cut', (text) => {
    const whole = parsed('request', [text]);
    expect(whole.ends).toBe(whole.heads.length);
    for (let at = 1; at < text.length; at++) {
      expect(parsed('request', [text.slice(0, at), text.slice(at)]), `cut at ${at}`).toEqual(whole);
    }
    expect(parsed('request', [...text])).toEqual(whole);
  });

  it('an upgrade is ignored and the body read', () => {
    const text =
      'POST / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n';
    expect(parsed('request', [text])).toEqual({ heads: ['POST /'], bodies: 'hi', ends: 1 });
  });

  it.each([
    ['POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n', /chunk size/],
    ['POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n', /chunk size/],
    ['POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhixx\r\n0\r\n\r\n', /empty line/],
    ['POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\nhello', /no length/],
    ['POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5, 5\r\n\r\nhello', /HPE_UNEXPECTED|no length/],
    ['POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', /HTTP\/1\.0/],
    ['GET / HTTP/1.1\r\nHost: h\r\nBad\x00: x\r\n\r\n', /no header field/],
    ['GET / HTTP/1.1\r\nHost: h\r\nX: a\x00b\r\n\r\n', /no header field/],
    ['GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n', /no header field/],
    ['GET / HTTP/1.1\r\nHost: h', /middle of a message/],
    ['POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhel', /EOF/],
  ])('%j is refused', (text, message) => {
    expect(() => parsed('request', [text])).toThrow(HttpError);
    expect(() => parsed('request', [text])).toThrow(message);
  });

  it('does not keep an endless line, wherever it stands', () => {
    const heads = [
      'GET /',
      'GET / HTTP/1.1\r\nHost: h\r\nX: ',
      'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;',
      'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ',
    ];
    for (const head of heads) {
      const parser = new MessageParser('request', { onHead: () => false, onBody: () => {}, onEnd: () => {} });
      parser.execute(octets(head));
      expect(() => {
        for (let piece = 0; piece < 10; piece++) parser.execute(octets('y'.repeat(16_000)));
      }, head).toThrow(/too long/);
    }
  });

  it('throws nothing but HttpError, whatever comes', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'GET / HTTP/1.1\r\n',
        'Host: h\r\n',
        '\r\n',
        'Transfer-Encoding: chunked\r\n',
        '5\r\nhello\r\n',
        '0\r\n\r\n',
      ),
      fc.constantFrom(
        'Content-Length: 3\r\n',
        'POST /x HTTP/1.1\r\n',
        'Connection: upgrade\r\n',
        '\x00',
        '\n',
        ':',
        ' ',
      ),
      fc.uint8Array({ maxLength: 20 }).map((bytes) => String.fromCharCode(...bytes)),
    );
    fc.assert(
      fc.property(fc.constantFrom('request', 'response'), fc.array(piece, { maxLength: 30 }), (kind, pieces) => {
        try {
          parsed(kind as 'request', pieces);
        } catch (error) {
          if (!(error instanceof HttpError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('responses', () => {
  it('ends a body of unknown length with the connection, and knows that it cannot go on', () => {
    expect(parsed('response', ['HTTP/1.1 200 OK\r\n\r\nto the end'])).toEqual({
      heads: [200],
      bodies: 'to the end',
      ends: 1,
    });
  });

  it('interim responses, and answers to HEAD, have no body', () => {
    const text = 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n';
    expect(parsed('response', [text])).toEqual({ heads: [103, 304], bodies: '', ends: 2 });
    expect(parsed('response', ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'], true).ends).toBe(1);
  });
});
