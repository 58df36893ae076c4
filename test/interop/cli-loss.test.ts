/** The kernel and our stack over a line that loses packets: nothing is missing in the end, and the repairs are counted. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NetworkNamespace, namespaceObstacle } from './namespace.ts';

const isBuilt = existsSync(join(import.meta.dirname, '../../dist/bin/woshou.js'));
const obstacle = namespaceObstacle(['curl']) ?? (isBuilt ? null : 'dist/ is not built: npm run build');

// Skipped, with the reason in the title, where no namespace or device can be made or curl is missing.
describe.skipIf(obstacle !== null)(`woshou serve --loss${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, () => {
  it.each(['linux', 'rfc'])('three percent lost each way, profile %s', async (profile) => {
    const folder = mkdtempSync(join(tmpdir(), 'woshou-cli-'));
    const env = { XDG_RUNTIME_DIR: folder, LC_ALL: 'C' };
    const [sent, got] = [join(folder, 'sent'), join(folder, 'got')];
    const data = Buffer.alloc(1_000_000, 'woshou 握手 ');
    writeFileSync(sent, data);
    try {
      await NetworkNamespace.with(async (namespace) => {
        const args = ['serve', '--tun', 'ws0', '--quiet', '--loss', '3', '--delay', '1', '--profile', profile];
        const server = namespace.startCli(args, env);
        await server.line(/^ready /);
        const url = 'http://10.9.0.2/echo';
        const upload = ['-sS', '--max-time', '90', '-H', 'Expect:', '--data-binary', `@${sent}`, '-o', got, url];
        expect(await namespace.exec('curl', upload, 100_000)).toMatchObject({ code: 0, stderr: '' });
        const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
        expect(hash(readFileSync(got))).toBe(hash(data));
        const { stdout } = await namespace.startCli(['nstat'], env).ended;
        expect(Number(/^TcpRetransSegs +(\d+)/m.exec(stdout)?.[1])).toBeGreaterThan(0);
        expect(Number(/^TcpExtTCPOFOQueue +(\d+)/m.exec(stdout)?.[1])).toBeGreaterThan(0);
        server.child.kill('SIGINT');
        expect((await server.ended).code).toBe(0);
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
