/** What `woshou connect` asks for, made of what a person wrote. */
import { describe, expect, it } from 'vitest';
import { hostHeader, requestPath } from './connect.ts';

describe('woshou connect', () => {
  it('asks for a path that a request line can carry', () => {
    expect(requestPath('/')).toBe('/');
    expect(requestPath('')).toBe('/');
    expect(requestPath('index.html')).toBe('/index.html');
    expect(requestPath('/a b?q=%20&x')).toBe('/a%20b?q=%20&x');
    expect(requestPath('/握手')).toBe('/%E6%8F%A1%E6%89%8B');
    expect(requestPath('/\ud800\r\nX: y')).toBe('/%EF%BF%BD%0D%0AX:%20y');
  });

  it('names the server with brackets around an IPv6 address, and the port where it is not the usual one', () => {
    expect(hostHeader('fd00::1', 8000)).toBe('[fd00::1]:8000');
    expect(hostHeader('fd00::1', 80)).toBe('[fd00::1]');
    expect(hostHeader('10.9.1.1', 80)).toBe('10.9.1.1');
    expect(hostHeader('example.org', 8080)).toBe('example.org:8080');
  });
});
