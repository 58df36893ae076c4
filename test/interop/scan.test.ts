/**
 * `woshou scan` and nmap against the same kernel in a namespace, with open, closed, dropped and rejected ports: every kind of scan finds
 * the same, port by port and reason by reason. Our scanner is a station of its own on the Ethernet between (packet socket), and once a
 * host behind a TUN device.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NetworkNamespace, namespaceObstacle, type RunningProgram } from './namespace.ts';

const obstacle = namespaceObstacle(['nmap', 'iptables']);

const PORTS = '20-24,80,100-104,110-121';
const FILTERS = [
  '-p tcp --dport 100:104 -j DROP',
  '-p tcp --dport 110:112 -j REJECT --reject-with icmp-port-unreachable',
  '-p tcp --dport 113 -j REJECT --reject-with icmp-admin-prohibited',
  '-p tcp --dport 114 -j REJECT --reject-with icmp-host-prohibited',
  '-p tcp --dport 115 -j REJECT --reject-with tcp-reset',
  '-p udp --dport 100:101 -j DROP',
  '-p udp --dport 110 -j REJECT --reject-with icmp-admin-prohibited',
];

/** Listens on both families: TCP 22 and 80, UDP 111 (which says nothing) and 121 (which echoes). */
const SERVERS = `
const net = require('node:net'), dgram = require('node:dgram');
let left = 4;
const ready = () => { if (--left === 0) console.log('ready'); };
for (const port of [22, 80]) net.createServer((socket) => socket.on('error', () => {}).end()).listen(port, '::', ready);
for (const port of [111, 121]) {
  const socket = dgram.createSocket('udp6');
  if (port === 121) socket.on('message', (message, from) => socket.send('woshou', from.port, from.address));
  socket.bind(port, '::', ready);
}
process.stdin.on('end', () => process.exit()).resume();
`;

// Skipped, with the reason in the title, where no namespace can be made or nmap is missing.
describe.skipIf(obstacle !== null)(
  `woshou scan beside nmap${obstacle === null ? '' : ` (skipped: ${obstacle})`}`,
  () => {
    let target: NetworkNamespace;
    let station: NetworkNamespace;
    let servers: RunningProgram;
    let folder = '';

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'woshou-scan-'));
      target = NetworkNamespace.create();
      station = NetworkNamespace.create();
      station.run('ip', ['link', 'add', 'vs', 'type', 'veth', 'peer', 'name', 'vt', 'netns', target.name]);
      for (const [side, device, number] of [
        [target, 'vt', 1],
        [station, 'vs', 2],
      ] as const) {
        side.run('ip', ['address', 'add', `10.55.0.${number}/24`, 'dev', device]);
        side.run('ip', ['link', 'set', device, 'up']);
      }
      await target.addAddress('fd00:55::1/64', 'vt');
      await station.addAddress('fd00:55::2/64', 'vs');
      // Errors are not rationed here, so that UDP takes seconds; the simulator tests what rationing does.
      target.run('sysctl', ['-qw', 'net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0']);
      for (const rule of FILTERS) target.run('iptables', ['-A', 'INPUT', ...rule.split(' ')]);
      servers = target.start(process.execPath, ['-e', SERVERS]);
      await servers.line(/ready/);
    });

    afterAll(async () => {
      await servers?.finish();
      station?.delete();
      target?.delete();
      rmSync(folder, { recursive: true });
    });

    async function nmap(kind: string, address: string): Promise<string[]> {
      const file = join(folder, 'nmap.xml');
      const family = address.includes(':') ? ['-6'] : [];
      const { code, stderr } = await station.exec('nmap', [
        ...family,
        '-n',
        `-s${kind}`,
        '-p',
        PORTS,
        address,
        '-oX',
        file,
      ]);
      expect(stderr).toBe('');
      expect(code).toBe(0);
      return verdicts(file);
    }

    async function ours(kind: string, address: string): Promise<string[]> {
      const file = join(folder, 'woshou.xml');
      const own = address.includes(':') ? 'fd00:55::9/64' : '10.55.0.9/24';
      const args = ['scan', '-n', `-s${kind}`, '-p', PORTS, address, '-oX', file, '-e', 'vs', '--address', own];
      const { code, stderr } = await station.startCli(args).finish();
      expect(stderr).toBe('');
      expect(code).toBe(0);
      return verdicts(file);
    }

    it.each(['S', 'F', 'N', 'X', 'M', 'A', 'W', 'U'])('-s%s', async (kind) => {
      const found = await ours(kind, '10.55.0.1');
      expect(found.length).toBe(23);
      expect(found).toEqual(await nmap(kind, '10.55.0.1'));
    });

    it('-sT, where nmap has only the words of connect(2) for ICMP errors', async () => {
      const coarse: Readonly<Record<string, string>> = {
        'filtered port-unreach': 'closed conn-refused',
        'filtered admin-prohibited': 'filtered host-unreach',
        'filtered host-prohibited': 'filtered host-unreach',
      };
      const found = (await ours('T', '10.55.0.1')).map((line) => {
        const [port = '', ...rest] = line.split(' ');
        return `${port} ${coarse[rest.join(' ')] ?? rest.join(' ')}`;
      });
      expect(found).toEqual(await nmap('T', '10.55.0.1'));
    });

    it.each(['S', 'U'])('-s%s over IPv6', async (kind) => {
      expect(await ours(kind, 'fd00:55::1')).toEqual(await nmap(kind, 'fd00:55::1'));
    });

    it('looks for hosts by ARP', async () => {
      const { stdout } = await station
        .startCli(['scan', '-sn', '10.55.0.0/28', '-e', 'vs', '--address', '10.55.0.9/24', '--reason'])
        .finish();
      // The kernel of this side is not reached: frames leave by the wire.
      expect(stdout).toMatch(/Scan report for 10\.55\.0\.1\nHost is up, received arp-response/);
      expect(stdout).toContain('16 IP addresses (1 host up)');
    });

    it('finds the same from behind a TUN device, and the kernel sends no reset of its own', async () => {
      const { stdout, stderr, code } = await target.startCli(['scan', '-p', PORTS, '10.9.2.1', '--reason']).finish();
      expect([stderr, code]).toEqual(['', 0]);
      expect(stdout).toMatch(/22\/tcp +open +ssh +syn-ack/);
      expect(stdout).toMatch(/100\/tcp +filtered +\S+ +no-response/);
      expect(stdout).toMatch(/114\/tcp +filtered +\S+ +host-prohibited/);
      expect(target.run('ip', ['-o', 'link'])).not.toMatch(/ woshou\d+:/);
      expect(target.run('ss', ['-Htn', 'state', 'syn-recv'])).toBe('');
    });

    it('has IPv6 addresses at both ends of the TUN device', async () => {
      const { stdout, stderr, code } = await target.startCli(['scan', '-p', '22,23', 'fd00:9:2::1']).finish();
      expect([stderr, code]).toEqual(['', 0]);
      expect(stdout).toMatch(/22\/tcp +open/);
      expect(stdout).toMatch(/23\/tcp +closed/);
    });
  },
);

/** `22 open syn-ack` for every port, hidden ones too. */
function verdicts(file: string): string[] {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    isArray: (name) => LISTS.has(name),
  });
  const { nmaprun } = parser.parse(readFileSync(file, 'utf8')) as { nmaprun: { host: Host[] } };
  const { ports } = nmaprun.host[0] as Host;
  const found = new Map<number, string>();
  for (const { state, extrareasons } of ports.extraports ?? []) {
    for (const { reason, ports: list } of extrareasons) {
      for (const part of list.split(',')) {
        const [first = 0, last = first] = part.split('-').map(Number);
        for (let port = first; port <= last; port++) found.set(port, `${state} ${reason}`);
      }
    }
  }
  for (const { portid, state } of ports.port ?? []) found.set(Number(portid), `${state.state} ${state.reason}`);
  return [...found].sort(([a], [b]) => a - b).map(([port, verdict]) => `${port} ${verdict}`);
}

const LISTS = new Set(['host', 'port', 'extraports', 'extrareasons']);

interface Host {
  readonly ports: {
    readonly extraports?: {
      readonly state: string;
      readonly extrareasons: { readonly reason: string; readonly ports: string }[];
    }[];
    readonly port?: { readonly portid: string; readonly state: { readonly state: string; readonly reason: string } }[];
  };
}
