/** Recordings of tests that fail on purpose go where they are thrown away. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { setFailureFolder } from '../../src/test/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'woshou-failures-'));
setFailureFolder(folder);
afterAll(() => {
  setFailureFolder(null);
  rmSync(folder, { recursive: true, force: true });
});
