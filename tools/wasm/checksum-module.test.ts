/** That the module committed is the module assembled. */
import { expect, it } from 'vitest';
import { CHECKSUM_WASM_BASE64 } from '../../src/node/checksum-wasm.ts';
import { checksumModule } from './checksum-module.ts';

it('the module in src/node is the one assembled here (else run `node scripts/ts.mjs tools/wasm/main.ts`)', () => {
  expect(Buffer.from(checksumModule()).toString('base64')).toBe(CHECKSUM_WASM_BASE64);
});
