/** The URL of a request: always what the platform's parser makes of it. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpError } from './http-error.ts';
import { targetUrl } from './target-url.ts';

describe('the URL of a target', () => {
  const host = fc.oneof(
    fc.constantFrom(
      'server',
      'a.b',
      '10.9.0.2',
      '10.9.0.2:83',
      'h:80',
      'h:0',
      'h:08',
      'h:65535',
      'h:',
      '1.2',
      '0x7f.1',
      '010.0.0.1',
    ),
    fc.constantFrom(
      'xn--a',
      'a.xn--b',
      'A.b',
      '[fd00::2]:80',
      '256.1.1.1',
      '1.2.3.4.',
      'a.1',
      'a.',
      '.a',
      '99.99.99.099',
      'a-b',
      'a_b',
    ),
    fc.array(fc.nat(300), { minLength: 3, maxLength: 5 }).map((words) => words.join('.')),
    fc.string({ unit: fc.constantFrom(...'axn12.:-'), minLength: 1, maxLength: 8 }),
  );
  const target = fc.string({ unit: fc.constantFrom(...`/.?aB0%2e'"<>#\\:@~!$&()*+,;=_-|^\`{}[]`), maxLength: 12 });

  it('is that of the platform’s parser', () => {
    fc.assert(
      fc.property(host, target, (name, rest) => {
        const path = `/${rest}`;
        const parsed = URL.canParse(`http://${name}${path}`) ? new URL(`http://${name}${path}`).href : null;
        let ours: string | null = null;
        try {
          ours = targetUrl(path, name);
        } catch (error) {
          expect(error).toBeInstanceOf(HttpError);
        }
        expect(ours).toBe(parsed);
      }),
      { numRuns: 10_000 },
    );
  });

  it.each([
    ['/a?b', '10.9.0.2:83', 'http://10.9.0.2:83/a?b'],
    ['*', 'h', 'http://h/*'],
    ['http://other/x', 'h', 'http://other/x'],
    ['HTTPS://Other/../x', 'h', 'https://other/x'],
  ])('%s at %s is %s', (path, name, url) => {
    expect(targetUrl(path, name)).toBe(url);
  });

  it.each([
    ['/', 'a b'],
    ['/', 'h/x'],
    ['/', 'u@h'],
    ['/', ''],
    ['x', 'h'],
    ['http://u:p@h/', 'h'],
    ['http://', 'h'],
  ])('%j at %j is refused', (path, name) => {
    expect(() => targetUrl(path, name)).toThrow(HttpError);
  });
});
