/**
 * Our stack under the eyes of nmap and the crafted packets of hping3: every probe gets the answer that RFC 9293 gives and Linux
 * gives, nothing is told that need not be, and a flood does not keep others out. All of it on a wire of its own.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NetworkNamespace, namespaceObstacle } from './namespace.ts';
import { Station } from './station.ts';

const obstacle = namespaceObstacle(['nmap', 'hping3']);
/** Open is 7, over TCP and UDP. */
const PORTS = '7,81,82';

/** Says so many lines and reads them back, one connection for each; prints how many were right. */
const VISITOR = `
const { connect } = require('node:net');
let right = 0;
const visit = (left) => {
  if (left === 0) return console.log('right ' + right);
  const socket = connect({ host: '10.9.0.2', port: 7 }, () => socket.end('visit ' + left));
  let text = '';
  socket.on('data', (data) => { text += data; }).on('error', (error) => console.log(error.code));
  socket.on('close', () => { if (text === 'visit ' + left) right++; visit(left - 1); });
};
visit(20);
`;

// Skipped, with the reason in the title, where no namespace or device can be made or a program is missing.
describe.skipIf(obstacle !== null)(`probes${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, () => {
  let namespace: NetworkNamespace;
  let station: Station;

  beforeAll(async () => {
    namespace = NetworkNamespace.create();
    station = await Station.start(namespace);
    await station.echo(7);
  });

  afterAll(() => namespace?.delete());

  describe('nmap', () => {
    async function nmap(...args: string[]): Promise<string> {
      const { code, stdout, stderr } = await namespace.exec('nmap', ['-n', '--reason', ...args], 90_000);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return stdout;
    }

    async function verdicts(kind: string, address: string): Promise<string[]> {
      const family = address.includes(':') ? ['-6'] : [];
      const text = await nmap(...family, '-Pn', `-s${kind}`, '-p', PORTS, address);
      return [...text.matchAll(/^(\d+)\/\w+ +(\S+) +\S+ +(\S+)/gm)].map(([, port, state, reason]) =>
        [port, state, reason].join(' '),
      );
    }

    const closed = ['81 closed reset', '82 closed reset'];
    const silent = ['7 open|filtered no-response', ...closed];
    it.each([
      ['S', '10.9.0.2', ['7 open syn-ack', ...closed]],
      ['S', 'fd00:9::2', ['7 open syn-ack', ...closed]],
      ['T', '10.9.0.2', ['7 open syn-ack', '81 closed conn-refused', '82 closed conn-refused']],
      ['A', '10.9.0.2', ['7 unfiltered reset', '81 unfiltered reset', '82 unfiltered reset']],
      ['W', '10.9.0.2', ['7 closed reset', ...closed]],
      ['M', '10.9.0.2', ['7 closed reset', ...closed]],
      ['U', '10.9.0.2', ['7 open udp-response', '81 closed port-unreach', '82 closed port-unreach']],
      ['U', 'fd00:9::2', ['7 open udp-response', '81 closed port-unreach', '82 closed port-unreach']],
    ])('-s%s %s', async (kind, address, expected) => {
      expect(await verdicts(kind, address)).toEqual(expected);
    });

    it('-sF, -sN, -sX: an open port says nothing', async () => {
      const found = await Promise.all(['F', 'N', 'X'].map((kind) => verdicts(kind, '10.9.0.2')));
      expect(found).toEqual([silent, silent, silent]);
    });

    it.each([['-PE'], ['-PS81'], ['-PS7'], ['-PA7'], ['-PU81']])('-sn %s: the host is up', async (probe) => {
      expect(await nmap('-sn', '--send-ip', probe, '10.9.0.2')).toContain('Host is up');
    });

    it('-O: sequence numbers nobody can guess, identifications that tell nothing', async () => {
      const text = await nmap('-Pn', '-v', '-O', '--max-os-tries', '1', '-p', PORTS, '10.9.0.2');
      const difficulty = Number(/TCP Sequence Prediction: Difficulty=(\d+)/.exec(text)?.[1]);
      // nmap's own word for 260 and more of them is "Good luck!"; it is a logarithm of how they spread.
      expect(difficulty).toBeGreaterThan(200);
      expect(text).toContain('IP ID Sequence Generation: All zeros');
    });
  });

  describe('hping3', () => {
    async function hping(...args: string[]): Promise<string> {
      const { stdout, stderr } = await namespace.exec('hping3', ['-n', ...args, '10.9.0.2'], 30_000);
      return stdout + stderr;
    }

    it.each([
      ['SYN to an open port', ['-S', '-p', '7'], 'sport=7 flags=SA'],
      ['SYN with urgent data and PSH to an open port', ['-S', '-U', '-P', '-p', '7'], 'sport=7 flags=SA'],
      ['SYN to a closed port', ['-S', '-p', '81'], 'sport=81 flags=RA seq=0 win=0'],
      ['ACK to an open port', ['-A', '-p', '7'], 'sport=7 flags=R seq=0 win=0'],
      ['SYN and ACK to an open port', ['-S', '-A', '-p', '7'], 'sport=7 flags=R seq=0 win=0'],
      ['FIN, PSH, URG to a closed port', ['-F', '-P', '-U', '-p', '81'], 'sport=81 flags=RA seq=0 win=0'],
      ['data without a flag to a closed port', ['-d', '40', '-p', '81'], 'sport=81 flags=RA seq=0 win=0'],
      ['a SYN with timestamps', ['-S', '-p', '7', '--tcp-timestamp'], 'TCP timestamp: tcpts='],
      ['an echo request', ['--icmp'], 'icmp_seq=0'],
      ['a datagram to an open port', ['-2', '-p', '7', '-d', '100'], 'len=128 ip=10.9.0.2'],
      ['a datagram to a closed port', ['-2', '-p', '81'], 'ICMP Port Unreachable'],
      ['an echo request in fragments', ['--icmp', '-d', '2000', '-f', '-m', '600'], 'icmp_seq=0'],
    ])('%s', async (_, args, answer) => {
      expect(await hping('-c', '1', ...args)).toContain(answer);
    });

    it('what deserves no answer gets none', async () => {
      const probes = {
        'FIN to an open port': ['-F', '-p', '7'],
        'no flag at all to an open port': ['-p', '7'],
        'RST to a closed port': ['-R', '-p', '81'],
        'a SYN with a wrong checksum': ['-S', '-b', '-p', '7'],
        'a segment whose header is said to be shorter than a header': ['-S', '-O', '2', '-p', '7'],
        'a last fragment alone': ['--icmp', '-g', '1480'],
      };
      // At once: each of them waits a second for an answer.
      const said = await Promise.all(Object.values(probes).map((args) => hping('-c', '1', ...args)));
      const silent = Object.keys(probes).filter((_, index) =>
        said[index]?.includes('1 packets transmitted, 0 packets'),
      );
      expect(silent).toEqual(Object.keys(probes));
    });

    it('a SYN flood from invented addresses: others are served all the same, by cookies', async () => {
      const before = (await station.counters()).TcpExt?.SyncookiesSent ?? 0;
      const packets = ['--rand-source', '-S', '-p', '7', '-i', 'u100', '-q'];
      const flood = namespace.start('hping3', ['-n', ...packets, '10.9.0.2']);
      try {
        await expect
          .poll(async () => (await station.counters()).TcpExt?.SyncookiesSent ?? 0, { timeout: 30_000, interval: 200 })
          .toBeGreaterThan(before + 1000);
        const visitor = await namespace.exec(process.execPath, ['-e', VISITOR], 60_000);
        expect(visitor.stdout).toBe('right 20\n');
      } finally {
        flood.child.kill('SIGINT');
        await flood.ended;
      }
      expect((await station.counters()).TcpExt?.SyncookiesRecv).toBeGreaterThan(0);
    });
  });

  it('ends, and the device is gone', async () => {
    expect(await station.end()).toMatchObject({ code: 0, stderr: '' });
    expect(namespace.run('ip', ['-o', 'link'])).not.toContain('ws0');
  });
});
