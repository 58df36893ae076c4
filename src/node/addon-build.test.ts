/** What is said when the addon cannot be compiled. That it works is device-suite.test.ts, where there is a compiler. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildAddon } from './addon-build.ts';

// On other systems there is nothing to build, which is what they say.
describe.skipIf(process.platform !== 'linux')('buildAddon', () => {
  let folder = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'woshou-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('names the compiler that is missing and the package that has one', async () => {
    const building = buildAddon({ compiler: 'no-such-cc', headers: folder, output: join(folder, 'io.node') });
    await expect(building).rejects.toMatchObject({
      code: 'ERR_DEVICE_ADDON',
      errno: 'ENOENT',
      message: expect.stringMatching(/there is no compiler no-such-cc; install a C compiler .*apt-get install gcc/),
    });
  });

  it('shows what the compiler said, and leaves nothing half made', async () => {
    const building = buildAddon({ compiler: 'false', headers: folder, output: join(folder, 'io.node') });
    await expect(building).rejects.toMatchObject({
      code: 'ERR_DEVICE_ADDON',
      message: expect.stringMatching(/false failed/),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says that the folder cannot be written to', async () => {
    writeFileSync(join(folder, 'file'), '');
    const building = buildAddon({ headers: folder, output: join(folder, 'file', 'build', 'io.node') });
    await expect(building).rejects.toMatchObject({
      code: 'ERR_DEVICE_ADDON',
      message: expect.stringMatching(/cannot be written to/),
    });
  });
});
