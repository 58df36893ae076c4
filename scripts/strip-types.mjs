/**
 * Lets Node 20, which cannot strip types, import modules in TypeScript: `node --import ./scripts/strip-types.mjs`. Unlike ts.mjs
 * it makes no bundle of them: what is imported twice is one module, as tests want it.
 */
import { register } from 'node:module';

register('./strip-types-hooks.mjs', import.meta.url);
