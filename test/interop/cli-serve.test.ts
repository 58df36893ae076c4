/**
 * The command line against Linux, in a network namespace: the kernel's TCP and curl on one end, our stack on the other. What
 * went over the wire is afterwards read by tshark, which knows nothing of us.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { damagedFrames, framesThatFit, noTshark, repeatedSegments } from '../support/tshark.ts';
import { NetworkNamespace, namespaceObstacle, type RunningProgram, type RunResult } from './namespace.ts';

const isBuilt = existsSync(join(import.meta.dirname, '../../dist/bin/woshou.js'));
const obstacle = namespaceObstacle(['curl']) ?? (isBuilt ? null : 'dist/ is not built: npm run build');

/** What `/bytes/N` promises: byte i is i modulo 251. */
function patternHash(size: number): string {
  const bytes = Buffer.alloc(size);
  for (let index = 0; index < size; index++) bytes[index] = index % 251;
  return createHash('sha256').update(bytes).digest('hex');
}

// Skipped, with the reason in the title, where no namespace or device can be made or curl is missing.
describe.skipIf(obstacle !== null)(`woshou serve${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, () => {
  let namespace: NetworkNamespace;
  let folder: string;
  let server: RunningProgram;
  let env: NodeJS.ProcessEnv;
  let capture: string;

  /** Runs our own command line beside the server, to its end. */
  async function woshou(...args: string[]): Promise<RunResult> {
    return namespace.startCli(args, env).ended;
  }

  async function curl(...args: string[]): Promise<RunResult> {
    return namespace.exec('curl', ['-sS', '--max-time', '60', ...args], 90_000);
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'woshou-cli-'));
    env = { XDG_RUNTIME_DIR: folder, LC_ALL: 'C', COLUMNS: '100' };
    capture = join(folder, 'serve.pcapng');
    namespace = NetworkNamespace.create();
    server = namespace.startCli(['serve', '--tun', 'ws0', '--ipv6', '--quiet', '--pcap', capture], env);
    await server.line(/^ready /);
  });

  afterAll(() => {
    namespace?.delete();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const host of ['10.9.0.2', '[fd00:9::2]']) {
    it(`gives curl a page about its own connection, at ${host}`, async () => {
      const result = await curl(`http://${host}/`);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(result.stdout).toContain('This page came over a TCP written in TypeScript.');
      expect(result.stdout).toMatch(/^ESTABLISHED +state of my end$/m);
    });

    it(`gives ten million bytes, every one as it should be, at ${host}`, async () => {
      const file = join(folder, 'body');
      const result = await curl('-o', file, `http://${host}/bytes/10000000`);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      expect(createHash('sha256').update(readFileSync(file)).digest('hex')).toBe(patternHash(10_000_000));
    });
  }

  it('takes five million bytes and gives them back', async () => {
    const [sent, got] = [join(folder, 'sent'), join(folder, 'got')];
    writeFileSync(sent, Buffer.alloc(5_000_000, 'woshou 握手 '));
    const result = await curl('-H', 'Expect:', '--data-binary', `@${sent}`, '-o', got, 'http://10.9.0.2/echo');
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(got).equals(readFileSync(sent))).toBe(true);
  });

  it('tells curl to go on with a body it waits with, to HTTP/1.0 too, and gives the head of any page', async () => {
    const sent = join(folder, 'sent');
    const upload = await curl(
      '-v',
      '-T',
      sent,
      '-o',
      join(folder, 'got'),
      'http://10.9.0.2/echo',
      '-H',
      'Expect: 100-continue',
    );
    expect(upload.code).toBe(0);
    expect(upload.stderr).toMatch(
      /< HTTP\/1\.1 100 Continue[\s\S]*< HTTP\/1\.1 200 OK[\s\S]*< transfer-encoding: chunked/i,
    );
    expect(readFileSync(join(folder, 'got')).equals(readFileSync(sent))).toBe(true);
    const old = await curl('-0', '--data-binary', 'words', 'http://10.9.0.2/echo');
    expect(old).toMatchObject({ code: 0, stdout: 'words' });
    const head = await curl('-I', 'http://10.9.0.2/bytes/1099511627776', '--next', '-I', 'http://10.9.0.2/');
    expect(head.stdout.match(/^(?:HTTP|content-length).*$/gim)?.map((line) => line.trim())).toEqual([
      'HTTP/1.1 200 OK',
      'content-length: 1099511627776',
      'HTTP/1.1 200 OK',
      expect.stringMatching(/^content-length: [1-9]\d+$/),
    ]);
    const facts = JSON.parse((await curl('http://10.9.0.2/connection.json')).stdout);
    expect(facts).toMatchObject({ 'my end': '10.9.0.2 80', 'state of my end': 'ESTABLISHED' });
  });

  it('answers requests in a row, a method it does not take among them, and in the end what is none', async () => {
    const requests = ['/bytes/3', '/nothing', '/bytes/5'].map((path) => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`);
    const words = `${requests.join('')}DELETE / HTTP/1.1\r\nHost: h\r\n\r\nnonsense\r\n\r\n`;
    const script = `exec 3<>/dev/tcp/10.9.0.2/80; printf '%b' "$1" >&3; timeout 10 cat <&3`;
    const { code, stdout } = await namespace.exec('bash', ['-c', script, 'bash', words.replaceAll('\r\n', '\\r\\n')]);
    expect(code).toBe(0);
    expect(stdout.match(/HTTP\/1\.1 \d+/g)).toEqual(
      ['200', '404', '200', '405', '400'].map((status) => `HTTP/1.1 ${status}`),
    );
  });

  it('keeps the connection for a second request', async () => {
    const url = 'http://10.9.0.2/bytes/1000';
    const write = ['-o', '/dev/null', '-w', '%{http_code} %{num_connects}\\n'];
    const result = await curl(...write, url, '--next', ...write, url);
    expect(result.stdout).toBe('200 1\n200 0\n');
  });

  it('serves thirty at a time', async () => {
    const urls = Array.from({ length: 30 }, (_, index) => `http://10.9.0.2/bytes/${1000 + index}`);
    const args = urls.flatMap((url) => ['-o', '/dev/null', url]);
    const result = await curl(
      '-Z',
      '--parallel-immediate',
      '--parallel-max',
      '30',
      '-w',
      '%{http_code} %{size_download}\\n',
      ...args,
    );
    expect(result.code).toBe(0);
    const sizes = result.stdout.trim().split('\n').sort();
    expect(sizes).toEqual(urls.map((_, index) => `200 ${1000 + index}`).sort());
  });

  it('answers a port without a listener with RST: connection refused', async () => {
    const started = Date.now();
    const result = await curl('http://10.9.0.2:81/');
    expect(result.code).toBe(7);
    expect(Date.now() - started).toBeLessThan(5000);
  });

  it('answers what is no HTTP with 400, and unknown paths with 404', async () => {
    const strange = await namespace.exec('curl', ['-sS', '--max-time', '10', '-X', 'GET \u0001', 'http://10.9.0.2/']);
    expect(strange.stdout + strange.stderr).not.toContain('200 OK');
    const missing = await curl('-o', '/dev/null', '-w', '%{http_code}', 'http://10.9.0.2/nothing');
    expect(missing.stdout).toBe('404');
  });

  it('ss: the listener, its queue and backlog', async () => {
    const { code, stdout } = await woshou('ss', '-l');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Netid State +Recv-Q Send-Q +Local Address:Port +Peer Address:Port$/m);
    expect(stdout).toMatch(/^tcp +LISTEN +0 +511 +\*:80 +\*:\*$/m);
  });

  it('ss: a connection whose reader is slow has unacknowledged bytes and a timer', async () => {
    const slow = namespace.start('curl', [
      '-s',
      '--limit-rate',
      '50k',
      '-o',
      '/dev/null',
      'http://10.9.0.2/bytes/100000000',
    ]);
    try {
      await expect
        .poll(async () => (await woshou('ss', '-t')).stdout, { timeout: 15_000 })
        .toMatch(/^ESTAB +0 +[1-9]\d{3,}/m);
      const { stdout } = await woshou('ss', '-t', '-o', '-i');
      expect(stdout).toMatch(
        /^ESTAB +0 +[1-9]\d* +10\.9\.0\.2:80 +10\.9\.0\.1:\d+ +timer:\((?:on|persist),[\dmsec.in]+,\d+\)$/m,
      );
      expect(stdout).toMatch(
        /^\t ts sack \S+ wscale:\d+,10 rto:\d+\S* (?:backoff:\d+ )?rtt:[\d.]+\/[\d.]+ (?:ato:\d+ )?mss:1448 pmtu:1500 .*cwnd:\d+.* bytes_sent:\d+ (?:bytes_retrans:\d+ )?bytes_acked:\d+ bytes_received:\d+ segs_out:\d+ segs_in:\d+/m,
      );
      const json = JSON.parse((await woshou('ss', '-t', '--json')).stdout);
      expect(json).toEqual([
        expect.objectContaining({ state: 'ESTABLISHED', localPort: 80, remoteAddress: '10.9.0.1' }),
      ]);
    } finally {
      slow.kill();
    }
  });

  it('ss: the end that closes first waits in TIME-WAIT', async () => {
    await curl('-H', 'Connection: close', 'http://10.9.0.2/bytes/1');
    const { stdout } = await woshou('ss', '-t', '-a', '-o');
    expect(stdout).toMatch(/^TIME-WAIT +0 +0 +10\.9\.0\.2:80 +10\.9\.0\.1:\d+ +timer:\(timewait,5\dsec,0\)$/m);
    expect((await woshou('ss', '-t')).stdout).not.toContain('TIME-WAIT');
  });

  it('nstat: counters under the names of Linux', async () => {
    const { code, stdout } = await woshou('nstat');
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toBe('#woshou');
    const counters = new Map(
      [...stdout.matchAll(/^(\w+) +(\d+) +0\.0$/gm)].map(([, name, value]) => [name, Number(value)]),
    );
    expect(counters.get('TcpPassiveOpens')).toBeGreaterThan(30);
    expect(counters.get('TcpOutSegs')).toBeGreaterThan(14_000);
    expect(counters.get('TcpOutRsts')).toBeGreaterThan(0);
    expect(counters.get('IpExtInOctets')).toBeGreaterThan(5_000_000);
    expect(counters.has('TcpInCsumErrors')).toBe(false);
    expect(counters.has('TcpActiveOpens')).toBe(false);
    expect((await woshou('nstat', '-z')).stdout).toMatch(/^TcpActiveOpens +0 +0\.0$/m);
  });

  it('refuses to take an address that the kernel has on another interface', async () => {
    const { code, stdout, stderr } = await woshou('serve', '--tun', '--quiet');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('interface ws0 has the address 10.9.0.1 already');
    expect(stderr).toContain('--peer');
    expect(namespace.run('ip', ['-o', 'link'])).not.toContain('woshou');
  });

  it('goes on without its capture when the disk is full', async () => {
    // `ip netns exec` gives the program mounts of its own.
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    const cli = join(import.meta.dirname, '../../dist/bin/woshou.js');
    const network = '--address 10.9.7.2/24 --peer 10.9.7.1';
    const command = `mount -t tmpfs -o size=64k none "$1" && exec "$2" "$3" serve --tun --quiet ${network} --pcap "$1/x"`;
    const other = namespace.start('sh', ['-c', command, 'sh', disk, process.execPath, cli], env);
    await other.line(/^ready /);
    const { stdout } = await curl('http://10.9.7.2/bytes/1000000');
    expect(stdout.length).toBeGreaterThan(900_000);
    other.child.kill('SIGINT');
    const { code, stderr } = await other.ended;
    expect(code).toBe(0);
    expect(stderr.match(/no more packets are kept/g)?.length).toBe(1);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('ends on SIGINT: device and control socket are gone, and the wire was clean', async () => {
    // `ip netns exec` replaces itself by the program: the child is woshou.
    server.child.kill('SIGINT');
    const result = await server.ended;
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(namespace.run('ip', ['-o', 'link'])).not.toContain('ws0');
    expect(readdirSync(folder).filter((name) => name.endsWith('.sock'))).toEqual([]);
  });

  it('says what to do when nobody serves', async () => {
    const { code, stdout, stderr } = await woshou('ss');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('sudo woshou serve --tun');
  });

  // Skipped without tshark, and then the title says so.
  it.skipIf(noTshark !== null)(
    `tshark finds nothing damaged, hardly anything sent twice${noTshark === null ? '' : ` (skipped: ${noTshark})`}`,
    async () => {
      expect(await damagedFrames(capture, 'tcp.srcport==80')).toEqual([]);
      // Where the reader is slow a tail loss probe may repeat a segment; there is no loss that would need more.
      const repeated = await repeatedSegments(capture, 'tcp.srcport==80');
      expect(repeated.filter((line) => !/\[TCP (Spurious |Fast )?Retransmission\]/.test(line))).toEqual([]);
      expect(repeated.length).toBeLessThanOrEqual(10);
      const opened = await framesThatFit(capture, 'tcp.flags.syn==1 and tcp.flags.ack==1');
      expect(opened.length).toBeGreaterThan(30);
    },
    180_000,
  );
});
