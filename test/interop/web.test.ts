/**
 * nginx and wget: our client fetches from nginx, nginx as a reverse proxy fetches from our server, wget fetches from both; what
 * arrives is compared by its hash, what went over the wire is read by tshark.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { damagedFrames, noTshark, repeatedSegments } from '../support/tshark.ts';
import { NetworkNamespace, namespaceObstacle, type RunningProgram } from './namespace.ts';
import { explainedRepeats, Station } from './station.ts';

const obstacle = namespaceObstacle(['nginx', 'wget', 'curl']);
const OCTETS = 4_000_000;
/** Our server, our client, and the kernel beside our client. */
const OURS = '10.9.0.2';
const CLIENT = ['10.9.4.2/24', 'fd00:94::2/64'];
const KERNEL = ['10.9.4.1/24', 'fd00:94::1/64'];

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Everything it writes stays in its folder. */
function configuration(folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/tmp;`,
  );
  return `
    daemon off; user root; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
    events {}
    http {
      ${temporary.join(' ')}
      log_format short '$request_uri $status $connection_requests'; access_log ${folder}/access.log short;
      sendfile on; tcp_nopush on; reset_timedout_connection on;
      upstream ours { server ${OURS}:80; keepalive 2; }
      server {
        listen 8080; listen [::]:8080; root ${folder}/files;
        location = /cut { return 444; }
        location = /bye { keepalive_timeout 0; return 200 bye; }
        location /through/ { proxy_pass http://ours/; proxy_http_version 1.1; proxy_set_header Connection ''; proxy_buffering off; }
      }
    }`;
}

// Skipped, with the reason in the title, where no namespace or device can be made or a program is missing.
describe.skipIf(obstacle !== null)(`nginx and wget${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, () => {
  const data = randomBytes(OCTETS);
  let namespace: NetworkNamespace;
  let folder: string;
  let station: Station;
  let server: RunningProgram;
  let nginx: RunningProgram;
  /** How many segments each of our stacks may have sent again. */
  const again = { client: 0, server: 0 };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'woshou-web-'));
    for (const name of ['files', 'tmp']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'files', 'data'), data);
    writeFileSync(join(folder, 'nginx.conf'), configuration(folder));
    namespace = NetworkNamespace.create();
    station = await Station.start(namespace, {
      addresses: CLIENT,
      peers: KERNEL,
      pcap: join(folder, 'client.pcapng'),
    });
    const args = ['serve', '-q', '--tun', 'ws1', '--ipv6', '--pcap', join(folder, 'server.pcapng')];
    server = namespace.startCli(args, { XDG_RUNTIME_DIR: folder });
    await server.line(/^ready /);
    nginx = namespace.start('nginx', ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')]);
    await namespace.untilListening(8080);
  });

  afterAll(() => {
    namespace?.delete();
    rmSync(folder, { recursive: true, force: true });
  });

  async function wget(...args: string[]): Promise<{ code: number; stderr: string }> {
    return namespace.exec('wget', ['--no-config', '--tries=1', '--timeout=60', ...args], 90_000);
  }

  /** A counter of our server's. */
  async function counted(name: string): Promise<number> {
    const { stdout } = await namespace.startCli(['nstat', '-z'], { XDG_RUNTIME_DIR: folder }).ended;
    return Number(new RegExp(`^${name} +(\\d+)`, 'm').exec(stdout)?.[1]);
  }

  it.each(['10.9.4.1', '[fd00:94::1]'])(
    'nginx to our client: four megabytes from %s, every one right',
    async (host) => {
      const found = await station.fetch(`http://${host}:8080/data`);
      expect(found).toEqual({ status: 200, octets: OCTETS, hash: hashOf(data) });
    },
  );

  it('nginx closes after an answer, and the next request opens anew', async () => {
    const hello = { status: 200, octets: 3, hash: hashOf(Buffer.from('bye')) };
    const before = (await station.counters()).Tcp?.ActiveOpens ?? 0;
    expect(await station.fetch('http://10.9.4.1:8080/bye')).toEqual(hello);
    expect(await station.fetch('http://10.9.4.1:8080/bye')).toEqual(hello);
    expect(((await station.counters()).Tcp?.ActiveOpens ?? 0) - before).toBeGreaterThan(0);
    expect(readFileSync(join(folder, 'access.log'), 'utf8')).toMatch(/^\/bye 200 1$/m);
  });

  it('nginx resets: the request fails, and the reset is counted', async () => {
    const before = (await station.counters()).Tcp?.EstabResets ?? 0;
    expect(await station.fetch('http://10.9.4.1:8080/cut')).toBe('ECONNRESET');
    expect(((await station.counters()).Tcp?.EstabResets ?? 0) - before).toBe(1);
  });

  it('a port of the kernel without a listener: connection refused', async () => {
    expect(await station.fetch('http://10.9.4.1:8081/')).toBe('ECONNREFUSED');
  });

  it('our server to nginx to curl: four megabytes, over connections that nginx keeps', async () => {
    const direct = join(folder, 'direct');
    const through = join(folder, 'through');
    for (const [file, url] of [
      [direct, `http://${OURS}/bytes/${OCTETS}`],
      [through, `http://127.0.0.1:8080/through/bytes/${OCTETS}`],
    ] as const) {
      const result = await namespace.exec('curl', ['-sS', '--max-time', '60', '-o', file, url], 90_000);
      expect(result).toMatchObject({ code: 0, stderr: '' });
    }
    expect(readFileSync(direct).length).toBe(OCTETS);
    expect(hashOf(readFileSync(through))).toBe(hashOf(readFileSync(direct)));
    const many = Array.from({ length: 5 }, () => [
      '-o',
      '/dev/null',
      'http://127.0.0.1:8080/through/bytes/1000',
    ]).flat();
    expect(await namespace.exec('curl', ['-sS', ...many])).toMatchObject({ code: 0, stderr: '' });
    // One of curl's own, and hardly more of nginx's.
    expect(await counted('TcpPassiveOpens')).toBeLessThanOrEqual(3);
  });

  it.each([OURS, '[fd00:9::2]'])('wget from our server at %s: one connection for two files', async (host) => {
    const urls = [`http://${host}/bytes/${OCTETS}`, `http://${host}/bytes/1000`];
    const { code, stderr } = await wget('-P', join(folder, 'got'), ...urls);
    expect([code, stderr]).toEqual([0, expect.stringContaining('Reusing existing connection')]);
    const got = readFileSync(join(folder, 'got', String(OCTETS)));
    expect(got.length).toBe(OCTETS);
    expect(got.findIndex((octet, index) => octet !== index % 251)).toBe(-1);
    rmSync(join(folder, 'got'), { recursive: true });
  });

  it('wget posts to our server and gets it back', async () => {
    const [file, posted] = [join(folder, 'back'), join(folder, 'posted')];
    // It reads nothing before everything is sent: more than the buffers hold would never come to an end.
    writeFileSync(posted, data.subarray(0, 100_000));
    const { code } = await wget('--post-file', posted, '-O', file, `http://${OURS}/echo`);
    expect(code).toBe(0);
    expect(readFileSync(file).equals(readFileSync(posted))).toBe(true);
  });

  it('wget asks for what is not there: 404', async () => {
    const { code, stderr } = await wget('-O', '/dev/null', `http://${OURS}/nothing`);
    expect([code, stderr]).toEqual([8, expect.stringContaining('ERROR 404')]);
  });

  it('all of them end, the devices are gone', async () => {
    again.client = explainedRepeats(await station.counters());
    again.server = explainedRepeats({
      Tcp: { RetransSegs: await counted('TcpRetransSegs') },
      TcpExt: {
        TCPLossProbes: await counted('TcpExtTCPLossProbes'),
        TCPTimeouts: await counted('TcpExtTCPTimeouts'),
      },
    });
    expect(await station.end()).toMatchObject({ code: 0, stderr: '' });
    server.child.kill('SIGINT');
    expect(await server.ended).toMatchObject({ code: 0, stderr: '' });
    nginx.child.kill('SIGQUIT');
    expect((await nginx.ended).code).toBe(0);
    expect(readFileSync(join(folder, 'error.log'), 'utf8')).toBe('');
    expect(namespace.run('ip', ['-o', 'link'])).not.toMatch(/ws[01]/);
  });

  // Skipped without tshark, and then the title says so.
  it.skipIf(noTshark !== null)(
    `tshark finds both wires clean: nothing sent again but by a timer that is counted${noTshark === null ? '' : ` (skipped: ${noTshark})`}`,
    async () => {
      for (const [name, ours] of [
        ['client', 'ip.src==10.9.4.2 or ipv6.src==fd00:94::2'],
        ['server', 'ip.src==10.9.0.2 or ipv6.src==fd00:9::2'],
      ] as const) {
        const file = join(folder, `${name}.pcapng`);
        expect(await damagedFrames(file, ours)).toEqual([]);
        expect((await repeatedSegments(file, ours)).length).toBeLessThanOrEqual(again[name]);
      }
    },
  );
});
