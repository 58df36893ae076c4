/** Errors as Node's `dns` makes them. */

/** What `getaddrinfo` of libuv says of names. */
const EAI_AGAIN = -3001;
const UV_EAI_NONAME = -3008;

/** `queryA ENOTFOUND example.com`, with code, syscall and hostname. */
export function dnsError(code: string, syscall: string, hostname: string): NodeJS.ErrnoException {
  const errno = syscall !== 'getaddrinfo' && syscall !== 'getnameinfo' ? undefined : errnoOf(code);
  const error = new Error(`${syscall} ${code}${hostname === '' ? '' : ` ${hostname}`}`);
  return Object.assign(error, { errno, code, syscall, ...(hostname === '' ? {} : { hostname }) });
}

function errnoOf(code: string): number | undefined {
  if (code === 'ENOTFOUND') return UV_EAI_NONAME;
  return code === 'EAI_AGAIN' ? EAI_AGAIN : undefined;
}
