/** Errors of the operating system's kind: `errno`, `code`, `syscall`, and the address in question, as libuv's users know them. */
import { getSystemErrorMap } from 'node:util';

export interface SystemError extends NodeJS.ErrnoException {
  address?: string;
  port?: number;
  localAddress?: string;
  localPort?: number;
}

/** errno by name, negative as libuv has it, with the sentence that explains it. */
const BY_NAME: ReadonlyMap<string, { readonly errno: number; readonly text: string }> = new Map(
  [...getSystemErrorMap()].map(([errno, [name, text]]) => [name, { errno, text }]),
);

/** `read ECONNRESET` */
export function systemError(code: string, syscall: string): SystemError {
  return make(code, syscall, `${syscall} ${code}`);
}

/** `connect ECONNREFUSED 10.0.0.2:80`, with the local end where the call was about it. */
export function systemErrorAt(
  code: string,
  syscall: string,
  address: string,
  port: number,
  local?: string,
): SystemError {
  const end = local === undefined ? '' : ` - Local (${local})`;
  const error = make(code, syscall, `${syscall} ${code} ${place(address, port)}${end}`);
  error.address = address;
  if (port) error.port = port;
  return error;
}

/** `listen EADDRINUSE: address already in use 0.0.0.0:80` */
export function explainedErrorAt(code: string, syscall: string, address: string, port: number): SystemError {
  const text = BY_NAME.get(code)?.text ?? code;
  const details = port > 0 ? ` ${place(address, port)}` : ` ${address}`;
  const error = make(code, syscall, `${syscall} ${code}: ${text}${details}`);
  error.address = address;
  if (port) error.port = port;
  return error;
}

/** `getaddrinfo ENOTFOUND name` */
export function lookupError(code: string, hostname: string): SystemError & { hostname: string } {
  return Object.assign(make(code, 'getaddrinfo', `getaddrinfo ${code} ${hostname}`), { hostname });
}

function place(address: string, port: number): string {
  return port > 0 ? `${address}:${port}` : address;
}

function make(code: string, syscall: string, message: string): SystemError {
  const error = new Error(message) as SystemError;
  // getaddrinfo's names are not errno's: Node numbers them itself.
  error.errno = BY_NAME.get(code)?.errno ?? (code === 'ENOTFOUND' ? -3008 : -1);
  error.code = code;
  error.syscall = syscall;
  return error;
}
