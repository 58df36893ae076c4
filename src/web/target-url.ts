/** The URL that a request's target names (RFC 9112 §3.3). */
import { HttpError } from './http-error.ts';

/** Names of letters, and IPv4 addresses: with these the URL of an ordinary target is written down, not parsed. */
const PLAIN_HOST =
  /^(?:(?!xn--)[a-z][a-z0-9-]*(?:\.(?!xn--)[a-z][a-z0-9-]*)*|(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!:|$)|(?=:|$))){4})(?::(?!80$)[1-9]\d{0,3})?$/;
/** Nothing in it is escaped, by us or already; segments of dots are looked for apart. */
const PLAIN_TARGET = /^\/[\w\-~!$&()*+,;=:@/?.]*$/;

/**
 * As the Fetch standard writes it.
 * @param host what the Host field says, or where the connection ends
 * @throws HttpError when it is none
 */
export function targetUrl(target: string, host: string): string {
  if (PLAIN_TARGET.test(target) && !target.includes('/.') && PLAIN_HOST.test(host)) return `http://${host}${target}`;
  const isAbsolute = !target.startsWith('/') && /^https?:\/\//i.test(target);
  if (/[\s/?#@\\]/.test(host)) throw new HttpError(400, `'${host}' is no host`);
  if (!isAbsolute && !target.startsWith('/') && target !== '*') throw new HttpError(400, `'${target}' is no target`);
  try {
    const url = new URL(isAbsolute ? target : `http://${host}${target === '*' ? '/*' : target}`);
    // No Request has any, and RFC 9110 §4.2.4 wants none.
    if (url.username === '' && url.password === '') return url.href;
  } catch {
    // Said below.
  }
  throw new HttpError(400, `'${host}${target}' is no address`);
}
