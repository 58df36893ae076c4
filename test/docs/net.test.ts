/** The program in the guide to `woshou/net` prints what the guide says. Needs dist/. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const guide = readFileSync(join(root, 'docs/guides/net.md'), 'utf8');
const [, program = '', printed = ''] = /```js\n(.+?)```\n\n```text\n(.+?)```/s.exec(guide) ?? [];
const isBuilt = existsSync(join(root, 'dist/net/index.js'));

// Skipped, with the reason in the title, where there is no build to run.
describe.skipIf(!isBuilt)(`the guide to net${isBuilt ? '' : ' (skipped: dist/ is not built: npm run build)'}`, () => {
  it('runs as it stands', () => {
    expect(program).toContain('createNet(server)');
    const options = { cwd: root, encoding: 'utf8', input: program, timeout: 60_000 } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-'], options);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: printed, stderr: '' });
  }, 60_000);
});
