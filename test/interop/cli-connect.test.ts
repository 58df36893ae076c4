/** `woshou connect` against servers of the kernel, the live ladder, and what the device commands say when something is missing. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPcapng } from '../../src/capture/index.ts';
import { damagedFrames, noTshark } from '../support/tshark.ts';
import { hasCommand, NetworkNamespace, namespaceObstacle, type RunningProgram, type RunResult } from './namespace.ts';

const isBuilt = existsSync(join(import.meta.dirname, '../../dist/bin/woshou.js'));
const obstacle = namespaceObstacle() ?? (isBuilt ? null : 'dist/ is not built: npm run build');

/** A server of the kernel's: /big has three million bytes. */
const KERNEL_SERVER = `
require('node:http').createServer((request, response) => {
  if (request.url === '/big') response.end(Buffer.alloc(3000000, 'x'));
  else if (request.url === '/never') console.log('waiting');
  else if (request.url === '/host') response.end(request.headers.host);
  else response.end('you asked for ' + request.url + '\\n');
}).listen(8000, '::', () => console.log('listening'));
`;

// Skipped, with the reason in the title, where no namespace or device can be made.
describe.skipIf(obstacle !== null)(`woshou connect${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, () => {
  let namespace: NetworkNamespace;
  let folder: string;
  let server: RunningProgram;

  async function woshou(...args: string[]): Promise<RunResult> {
    return namespace.startCli(args, { LC_ALL: 'C', COLUMNS: '90', XDG_RUNTIME_DIR: folder }).ended;
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'woshou-cli-'));
    namespace = NetworkNamespace.create();
    server = namespace.start(process.execPath, ['-e', KERNEL_SERVER]);
    await server.line(/^listening$/);
  });

  afterAll(() => {
    namespace?.delete();
    rmSync(folder, { recursive: true, force: true });
  });

  it('fetches a page and shows the ladder, the status and the body', async () => {
    const { code, stdout, stderr } = await woshou('connect', '--tun', '10.9.1.1', '8000', '--path', '/hello');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/SYN-SENT │─ SYN seq=0 win=\d+ ─+▶│/);
    expect(stdout).toMatch(/SYN-SENT │◀─+ SYN,ACK seq=0 ack=1 win=\d+ ─│/);
    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK$/m);
    expect(stdout).toContain('you asked for /hello');
    // Whoever closed first: both FINs passed before the device went.
    expect(stdout.match(/│.*FIN.*│/g)?.length).toBe(2);
  });

  it('over IPv6, and a large body, summed up instead of drawn segment by segment', async () => {
    const { code, stdout, stderr } = await woshou('connect', 'fd00:9:1::1', '8000', '--path', '/big');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('3000000 bytes of body');
    expect(stdout).toMatch(/⋮ \d+ more segments with \d+ bytes/);
    expect(stdout.split('\n').length).toBeLessThan(400);
  });

  it('with the profile of the RFCs', async () => {
    const { code, stdout } = await woshou(
      'connect',
      '10.9.1.1',
      '8000',
      '--profile',
      'rfc',
      '--quiet',
      '--path',
      '/big',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('3000000 bytes of body');
  });

  it('a closed port: one line that says so, exit code 1', async () => {
    const { code, stdout, stderr } = await woshou('connect', '10.9.1.1', '8001');
    expect(code).toBe(1);
    expect(stdout).toContain('RST,ACK');
    expect(stderr).toMatch(/^woshou: connection refused: the peer answered with RST$/m);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('asks for any path, and names an IPv6 server in brackets', async () => {
    const odd = await woshou('connect', '10.9.1.1', '8000', '--quiet', '--path', 'a b');
    expect(odd).toMatchObject({ code: 0, stderr: '' });
    expect(odd.stdout).toContain('you asked for /a%20b');
    const ipv6 = await woshou('connect', 'fd00:9:1::1', '8000', '--quiet', '--path', '/host');
    expect(ipv6.stdout).toContain('[fd00:9:1::1]:8000');
  });

  it('Ctrl-C while it waits: a reset to the server, no stack trace, exit code 130, the packets kept', async () => {
    const capture = join(folder, 'interrupted.pcapng');
    const args = ['connect', '10.9.1.1', '8000', '--path', '/never', '--pcap', capture];
    const running = namespace.startCli(args, { LC_ALL: 'C', COLUMNS: '90' });
    await server.line(/^waiting$/);
    running.child.kill('SIGINT');
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
    expect(stdout).toMatch(/│─ RST/);
    const { packets, error } = readPcapng(readFileSync(capture));
    expect(error).toBeNull();
    const last = packets
      .map(({ bytes }) => bytes)
      .filter((bytes) => bytes[0] === 0x45 && bytes[9] === 6)
      .at(-1);
    expect((last?.[33] ?? 0) & 0x04).toBe(0x04);
    if (noTshark === null) expect(await damagedFrames(capture, 'ip.src==10.9.1.2')).toEqual([]);
    else console.log(`the packets were not looked at: ${noTshark}`);
  });

  it('leaves no device behind', () => {
    expect(namespace.run('ip', ['-o', 'link'])).not.toContain('woshou');
  });

  // Skipped without setpriv.
  it.skipIf(!hasCommand('setpriv'))(
    'without rights: what is missing and which command gives it, in both languages',
    async () => {
      const cli = join(import.meta.dirname, '../../dist/bin/woshou.js');
      for (const lang of ['en', 'zh']) {
        const program = ['--reuid', '65534', '--clear-groups', process.execPath, cli, 'serve', '--tun', '--lang', lang];
        const { code, stdout, stderr } = await namespace.exec('setpriv', program);
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
        expect(stderr).toContain('`sudo`');
        expect(stderr).toContain(lang === 'zh' ? '办法：' : 'fix:');
        expect(stderr).not.toMatch(/^ +at /m);
      }
    },
  );
});
