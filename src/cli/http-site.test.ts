/** What the site says to which request, and bodies that can be told from one another at every place. */
import { describe, expect, it } from 'vitest';
import { answerTo, BODY_MAX, PatternBody, type SiteRequest } from './http-site.ts';

const asked = (method: string, target: string, fields: Readonly<Record<string, string>> = {}): SiteRequest => ({
  method,
  target,
  field: (name) => fields[name] ?? null,
});
const said = (request: SiteRequest, language: 'en' | 'zh' = 'en') => {
  const { status, fields, body } = answerTo(request, null, language);
  const text = body === 'echo' ? 'echo' : body instanceof Uint8Array ? new TextDecoder().decode(body) : body.length;
  return [status, fields['content-type'], text] as const;
};

describe('the site', () => {
  it.each([
    ['GET', '/bytes/0', 200, 0],
    ['HEAD', '/bytes/1000?x=/bytes/5', 200, 1000],
    ['GET', `/bytes/${BODY_MAX}`, 200, BODY_MAX],
    ['GET', `/bytes/${BODY_MAX + 1}`, 404, /^Nothing here/],
    ['GET', '/bytes/-1', 404, /^Nothing here/],
    ['GET', '/bytes/1e3', 404, /^Nothing here/],
    ['GET', '/echo', 404, /^Nothing here/],
    ['POST', '/echo?a', 200, 'echo'],
    ['PUT', '/echo', 200, 'echo'],
    ['POST', '/', 405, /^Only GET and HEAD/],
    ['DELETE', '/echo', 405, /^Only GET and HEAD/],
    ['GET', '/index.html', 200, /^This page came over a TCP/],
    ['GET', '/?', 200, /^This page came over a TCP/],
    ['GET', '/connection.json', 200, '{}\n'],
    ['GET', 'http://h/', 404, /^Nothing here/],
    ['GET', '*', 404, /^Nothing here/],
  ] as const)('%s %s: %i', (method, target, status, content) => {
    const [code, , text] = said(asked(method, target));
    expect(code).toBe(status);
    if (content instanceof RegExp) expect(text).toMatch(content);
    else expect(text).toBe(content);
  });

  it('speaks both languages, and HTML to who wants it', () => {
    const accept = { accept: 'text/html,*/*' };
    expect(said(asked('GET', '/', accept))).toEqual([
      200,
      'text/html; charset=utf-8',
      expect.stringContaining('<html lang="en">'),
    ]);
    expect(said(asked('GET', '/', accept), 'zh')[2]).toContain('TypeScript 写成的 TCP');
    expect(said(asked('GET', '/nothing'), 'zh')).toEqual([
      404,
      'text/plain; charset=utf-8',
      expect.stringMatching(/^这里什么都没有/),
    ]);
    expect(said(asked('DELETE', '/'), 'zh')[2]).toMatch(/^这里只有/);
  });

  it('gives an echo the type it had', () => {
    expect(said(asked('POST', '/echo', { 'content-type': 'x/y' }))[1]).toBe('x/y');
    expect(said(asked('POST', '/echo'))[1]).toBe('application/octet-stream');
  });
});

describe('a body', () => {
  it('has at every place the octet of that place, up to its end', () => {
    const size = 2 ** 40;
    const body = new PatternBody(size);
    for (const at of [0, 1, 250, 251, 262_143, 262_144, 1e9 + 7, 2 ** 32 + 5, size - 1000, size - 1]) {
      const piece = body.from(at);
      expect(piece.length).toBe(Math.min(262_144, size - at));
      for (const index of [0, 1, 249, 250, 251, piece.length - 1]) {
        if (index < piece.length) expect(piece[index], `${at} + ${index}`).toBe((at + index) % 251);
      }
    }
  });
});
