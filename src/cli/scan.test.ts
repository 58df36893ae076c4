/** `woshou scan` in the simulator: every kind of scan over every kind of port, outputs, complaints with their place, both languages. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeScreen } from '../../test/support/fake-screen.ts';
import type { Language } from './language.ts';
import { EXIT_USAGE, runProgram } from './program.ts';
import { ScanArgumentProblem, scanRequestOf, techniquesOf } from './scan-arguments.ts';
import type { ScanCommandOptions } from './scan-options.ts';
import { widthOf } from './text-layout.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'woshou-scan-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function scan(line: string, language: Language = 'en'): Promise<{ code: number; out: string; err: string }> {
  const { screen, out, err } = fakeScreen(language);
  const code = await runProgram(['scan', '--sim', ...line.split(' ').filter(Boolean)], screen, '0');
  return { code, out: out(), err: err() };
}

const HOST = '--sim-host=web:@open=22,80@udp=53@drop=25@reject=26@prohibit=27';

async function table(kind: string, more = ''): Promise<string[]> {
  const { screen, out } = fakeScreen();
  const args = ['scan', HOST.replaceAll('@', ' '), `-s${kind}`, '-p', '22,25-28,53,80', '--reason', 'web'];
  await runProgram([...args, ...more.split(' ').filter(Boolean)], screen, '0');
  return out()
    .split('\n')
    .filter((line) => /^\d+\/(?:tcp|udp)/.test(line))
    .map((line) => line.split(/\s+/))
    .map(([port = '', state = '', , reason = '']) => `${port} ${state} ${reason}`);
}

it('says of hosts that keep silent what to do, once', async () => {
  expect((await scan('--sim-host=web: 10.9.9.9 -p 80')).out).toMatch(/no host answered.*-Pn\n.*0 hosts up/);
  expect((await scan('--sim-host=web: 10.9.9.9 -p 80', 'zh')).out).toContain('没有主机应答');
  expect((await scan('--sim-host=web: 10.9.9.9 -p 80 -Pn')).out).not.toContain('no host answered');
  expect((await scan('--sim-host=web: web -p 80')).out).not.toContain('no host answered');
});

describe.each(['', '-6'])('each scan %s', (family) => {
  const prohibited = 'admin-prohibited';
  it.each([
    ['S', ['open syn-ack', 'filtered no-response', 'filtered port-unreach', `filtered ${prohibited}`, 'closed reset']],
    [
      'T',
      [
        'open syn-ack',
        'filtered no-response',
        'filtered port-unreach',
        `filtered ${prohibited}`,
        'closed conn-refused',
      ],
    ],
    [
      'F',
      [
        'open|filtered no-response',
        'open|filtered no-response',
        'filtered port-unreach',
        `filtered ${prohibited}`,
        'closed reset',
      ],
    ],
    [
      'N',
      [
        'open|filtered no-response',
        'open|filtered no-response',
        'filtered port-unreach',
        `filtered ${prohibited}`,
        'closed reset',
      ],
    ],
    [
      'X',
      [
        'open|filtered no-response',
        'open|filtered no-response',
        'filtered port-unreach',
        `filtered ${prohibited}`,
        'closed reset',
      ],
    ],
    [
      'M',
      ['closed reset', 'open|filtered no-response', 'filtered port-unreach', `filtered ${prohibited}`, 'closed reset'],
    ],
    [
      'A',
      [
        'unfiltered reset',
        'filtered no-response',
        'filtered port-unreach',
        `filtered ${prohibited}`,
        'unfiltered reset',
      ],
    ],
    ['W', ['closed reset', 'filtered no-response', 'filtered port-unreach', `filtered ${prohibited}`, 'closed reset']],
  ] as const)('-s%s', async (kind, [open, drop, reject, prohibit, closed]) => {
    expect(await table(kind, family)).toEqual([
      `22/tcp ${open}`,
      `25/tcp ${drop}`,
      `26/tcp ${reject}`,
      `27/tcp ${prohibit}`,
      `28/tcp ${closed}`,
      `53/tcp ${closed}`,
      `80/tcp ${open}`,
    ]);
  });

  it('-sU', async () => {
    const lines = await table('U', family);
    expect(lines).toContain('53/udp open udp-response');
    expect(lines).toContain('22/udp closed port-unreach');
    expect(lines).toContain('25/udp open|filtered no-response');
  });

  it('sees through loss', async () => {
    const { out } = await scan(`${family} --loss 10 --seed 3 -p 1-1024 web`);
    expect(out).toMatch(/22\/tcp +open[\s\S]*80\/tcp +open[\s\S]*443\/tcp +open/);
    expect(Number(/(\d+) closed/.exec(out)?.[1])).toBeGreaterThan(1015);
  });
});

describe('hosts', () => {
  it('are looked for, and their ports left alone, with -sn', async () => {
    const { code, out } = await scan('-sn');
    expect(code).toBe(0);
    expect(out).toContain('Scan report for web (10.0.1.2)');
    expect(out).not.toMatch(/PORT|tcp/);
    expect(out).toContain('255 IP addresses (5 hosts up)');
  });

  it('that are down are told with -v only', async () => {
    const { screen, out } = fakeScreen();
    const args = ['scan', '--sim-host', 'a: open=1', '--sim-host', 'b: down', '-v', '-p1', 'a', 'b'];
    expect(await runProgram(args, screen, '0')).toBe(0);
    expect(out()).toContain('Scan report for b (10.0.1.3) [host down, no-response]');
    expect((await scan('-sn 10.0.1.200')).out).not.toContain('Scan report');
  });

  it('are left out with --exclude', async () => {
    expect((await scan('-sn --exclude 10.0.1.3-255')).out).toContain('(1 host up)');
  });
});

describe('ports', () => {
  it.each([
    ['--top-ports 3', ['22,80,443']],
    ['--top-ports 2 -p 80-90', ['80,88']],
    ['-sSU --top-ports 1 -p T:21-22,U:53-60', ['22', '53']],
  ])('%s', async (line, services) => {
    const { code, out } = await scan(`${line} -oX - web`);
    expect(code).toBe(0);
    expect([...out.matchAll(/ services="([^"]*)"/g)].map(([, list]) => list)).toEqual(services);
  });

  it('-F scans a hundred', async () => {
    expect((await scan('-F -oX - web')).out).toContain('numservices="100"');
  });
});

describe('outputs', () => {
  it('write XML that an XML library reads, with every port in it', async () => {
    const file = join(folder, 'a<b>.xml');
    await scan(`-p 1-1024 web -oX ${file}`);
    const text = readFileSync(file, 'utf8');
    expect(XMLValidator.validate(text)).toBe(true);
    const { nmaprun } = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(text) as {
      nmaprun: { host: { ports: { port: { portid: string; state: { state: string } }[] } } };
    };
    expect(nmaprun).toMatchObject({
      scanner: 'nmap',
      xmloutputversion: '1.05',
      scaninfo: { type: 'syn', protocol: 'tcp', numservices: '1024', services: '1-1024' },
      host: {
        status: { state: 'up', reason: 'arp-response', reason_ttl: '0' },
        hostnames: { hostname: { name: 'web', type: 'user' } },
        ports: {
          extraports: {
            state: 'closed',
            count: '1021',
            extrareasons: { reason: 'reset', proto: 'tcp', ports: '1-21,23-79,81-442,444-1024' },
          },
        },
      },
      runstats: { hosts: { up: '1', down: '0', total: '1' }, finished: { exit: 'success' } },
    });
    const ports = nmaprun.host.ports.port;
    expect(ports.map(({ portid, state }) => `${portid} ${state.state}`)).toEqual(['22 open', '80 open', '443 open']);
  });

  it('write JSON', async () => {
    const { out } = await scan('-p 22-24 web -oJ -');
    expect(JSON.parse(out)).toMatchObject({
      scanner: 'woshou',
      hosts: [
        {
          address: '10.0.1.2',
          name: 'web',
          ports: [{ port: 22, protocol: 'tcp', state: 'open', service: 'ssh' }],
          summary: expect.arrayContaining([expect.objectContaining({ state: 'closed', ports: '23-24' })]),
        },
      ],
    });
  });

  it('write the text as it is on the screen, without colours', async () => {
    const file = join(folder, 'a.txt');
    const { out } = await scan(`-p 22-24 web -oN ${file}`);
    expect(readFileSync(file, 'utf8')).toBe(out);
  });

  it('say it when a file cannot be written, and exit with 1', async () => {
    const { code, err } = await scan(`-p 22 web -oX ${join(folder, 'no', 'where.xml')}`);
    expect([code, /cannot write/.test(err)]).toEqual([1, true]);
  });
});

describe('what is wrong', () => {
  it.each([
    ['-p 22,80x web', '22,80x', '     ^'],
    ['-p 1,30-20 web', '1,30-20', '  ^^^^^'],
    ['10.0.1.256', '10.0.1.256', '       ^^^'],
  ])('%s: is shown at its place', async (line, expression, carets) => {
    const { code, err } = await scan(line);
    expect(code).toBe(EXIT_USAGE);
    expect(err).toContain(`\n  ${expression}\n  ${carets}\n`);
    expect(err).toContain('fix:');
  });

  it.each([
    '-sQ web',
    '-sSF web',
    '-sS -sn web',
    '-T7 web',
    '-PX web',
    '--max-retries x web',
    '--scan-delay 1y web',
    '-p U:53 web',
    'nobody',
  ])('%s', async (line) => {
    for (const language of ['en', 'zh'] as const) {
      const { code, err } = await scan(line, language);
      expect(code).toBe(EXIT_USAGE);
      expect(err).toContain(language === 'en' ? 'fix:' : '办法：');
    }
  });

  const options = {
    s: [],
    T: '3',
    simHost: [],
    seed: 1,
    loss: 0,
    delay: 0,
    address: '',
    peer: '',
  } as ScanCommandOptions;

  it('asks for the word where others may live, also behind a name', async () => {
    const resolve = async (): Promise<string[]> => ['10.0.0.1', '203.0.113.5'];
    await expect(scanRequestOf(['203.0.113.5'], options)).rejects.toThrow(/neither private/);
    await expect(scanRequestOf(['10.0.0.0/15'], options)).rejects.toThrow(/more than a \/16/);
    await expect(scanRequestOf(['some.example'], options, resolve)).rejects.toThrow(/203\.0\.113\.5/);
    await expect(scanRequestOf(['some.example/24'], options, async () => ['172.31.255.1'])).resolves.toBeTruthy();
    const authorized = await scanRequestOf(['some.example'], { ...options, iAmAuthorized: true }, resolve);
    expect([authorized.targets.length, authorized.names.get('203.0.113.5')]).toEqual([2, 'some.example']);
    const unknown = async (): Promise<string[]> => Promise.reject(new Error('ENOTFOUND'));
    await expect(scanRequestOf(['none.example'], options, unknown)).rejects.toThrow(ScanArgumentProblem);
  });

  it.each([
    ['-F -p 22 web', '-F and -p both say which ports'],
    ['-F --top-ports 5 web', '-F and --top-ports both say which ports'],
    ['--top-ports 0 web', "--top-ports: '0' is no number from 1 to 65535"],
    ['--top-ports many web', "--top-ports: 'many' is no number from 1 to 65535"],
  ])('%s: says why', async (line, complaint) => {
    const { code, err } = await scan(line);
    expect(code).toBe(EXIT_USAGE);
    expect(err).toContain(complaint);
  });

  it('takes letters together or apart', () => {
    expect(techniquesOf({ s: ['SU'] })).toEqual(['syn', 'udp']);
    expect(techniquesOf({ s: ['S', 'U'] })).toEqual(['syn', 'udp']);
    expect(techniquesOf({ s: [] })).toEqual(['syn']);
  });
});

describe('explanations', () => {
  it.each([
    ['en', 'LISTEN answers a SYN', 'CLOSED resets every segment'],
    ['zh', 'LISTEN 状态收到 SYN', 'CLOSED 状态对除 RST'],
  ] as const)('in %s say what was sent, what came, what it means', async (language, open, closed) => {
    const { out } = await scan('--explain -p 22,23 web', language);
    expect(out).toMatch(/10\.0\.1\.2 22\/tcp\n → [^\n]*SYN[^\n]*\n(?: {3}[^\n]*\n)* ← [^\n]*SYN,ACK/);
    expect(out.replace(/\n\s+/g, ' ')).toContain(open);
    expect(out.replace(/\n\s+/g, ' ')).toContain(closed);
    expect(out).toContain('RFC 9293');
    for (const line of out.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(80);
  });

  it.each(['F', 'N', 'X', 'M', 'A', 'W', 'U', 'T'])('know -s%s', async (kind) => {
    const { out } = await scan(`--explain -s${kind} -p 22,23 web`);
    expect(out).toMatch(/ = \S+/);
    expect(out).not.toMatch(/undefined| = [a-z|]+: *\n/);
  });
});

describe('columns', () => {
  it('stand in line in Chinese too', async () => {
    const { out } = await scan('-p 22-24 --reason web', 'zh');
    const rows = out.split('\n').filter((line) => /^(?:\d+\/tcp|端口)/.test(line));
    expect(rows).toHaveLength(4);
    const starts = rows.map((row) => widthOf(row.slice(0, row.search(/(?:ssh|unknown|telnet|服务)/))));
    expect(new Set(starts).size).toBe(1);
  });
});
