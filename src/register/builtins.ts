/** Puts functions into Node's own module objects, where programs find them by `require` and, after a sync, by `import`. */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { Dgram } from '../dgram/create.ts';
import type { Dns } from '../dns/create.ts';

const require = createRequire(import.meta.url);

export function replaceDgram(dgram: Dgram): void {
  Object.assign(require('node:dgram'), dgram);
}

/** `dns.promises` and `dns/promises` are one object; it stays and gets new functions. */
export function replaceDns({ promises, ...others }: Dns): void {
  Object.assign(require('node:dns'), others);
  Object.assign(require('node:dns/promises'), promises);
}

/** What was replaced shows in ES modules as well. */
export function publish(): void {
  syncBuiltinESMExports();
}
