/** Error numbers as libuv has them (negative, different on each platform), by the names all platforms share. */
import { getSystemErrorMap } from 'node:util';

const names = getSystemErrorMap();
const numbers = new Map<string, number>();
for (const [number, [name]] of names) numbers.set(name, number);

/** The number of an errno name such as `EADDRINUSE`; a name libuv does not know becomes that of `UNKNOWN`. */
export function uvErrno(name: string): number {
  return numbers.get(name) ?? numbers.get('UNKNOWN') ?? -4094;
}

/** The name of an error number, the number itself as text when it has none. */
export function uvErrorName(errno: number): string {
  return names.get(errno)?.[0] ?? String(errno);
}

/** The error Node makes of a failed system call: `read ECONNRESET` with errno, code and syscall. */
export function uvError(errno: number, syscall: string): NodeJS.ErrnoException {
  const code = uvErrorName(errno);
  return Object.assign(new Error(`${syscall} ${code}`), { errno, code, syscall });
}
