/**
 * Two stacks of user space and no kernel's TCP at all: ours on a TAP device, another stack (lwIP, gVisor) on a second one, a bridge
 * between. Octets both ways by hash, over both families, with us as client and as server; resets, refusals, a line that loses.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { damagedFrames, noTshark, repeatedSegments } from '../support/tshark.ts';
import { NetworkNamespace, namespaceObstacle, type RunningProgram } from './namespace.ts';
import { type Built, buildGvisor, buildLwip } from './peers/build.ts';
import { explainedRepeats, Station } from './station.ts';

const OCTETS = 2_000_000;
const THEIRS = ['10.9.0.3', 'fd00:9::3'];
const ECHO = 7;
const RESETTING = 8;

const PEERS: readonly [name: string, build: (folder: string) => Built][] = [
  ['lwIP', buildLwip],
  ['gVisor', buildGvisor],
];

const folder = mkdtempSync(join(tmpdir(), 'woshou-peers-'));
const obstacle = namespaceObstacle();

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Waits until a bridge carries frames between two devices, for the second of which a program still has to come. */
function joinDevices(namespace: NetworkNamespace): void {
  namespace.run('ip', ['link', 'add', 'bridge0', 'type', 'bridge']);
  namespace.run('ip', ['link', 'set', 'bridge0', 'up']);
  namespace.run('ip', ['tuntap', 'add', 'dev', 'peer0', 'mode', 'tap']);
  for (const device of ['peer0', 'ws0']) namespace.run('ip', ['link', 'set', device, 'master', 'bridge0', 'up']);
}

for (const [name, build] of PEERS) {
  const made = obstacle === null ? build(folder) : { missing: obstacle };
  const missing = 'missing' in made ? made.missing : null;
  // Skipped, with the reason in the title, where no namespace can be made or the peer is not installed.
  describe.skipIf(missing !== null)(`${name}${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
    const sent = join(folder, 'sent');
    const heard = join(folder, 'heard');
    const wire = join(folder, 'wire.pcapng');
    let namespace: NetworkNamespace;
    let station: Station;
    let other: RunningProgram;
    let asked = 0;

    async function start(options: { line?: { loss: number; delayMs: number }; pcap?: string }): Promise<void> {
      namespace = NetworkNamespace.create();
      station = await Station.start(namespace, { kind: 'tap', peers: [], ...options });
      await station.echo(ECHO);
      joinDevices(namespace);
      other = namespace.start('program' in made ? made.program : '', ['tap', 'peer0', ...THEIRS]);
      asked = 0;
      await other.line(/^ready$/);
    }

    /** The peer connects, sends the file `sent`, and keeps what it hears. */
    async function converse(host: string, port: number): Promise<string> {
      other.child.stdin?.write(`connect ${host} ${port} ${sent} ${heard}\n`);
      asked++;
      await expect.poll(() => answers().length, { timeout: 60_000, interval: 20 }).toBe(asked);
      return answers().at(-1) ?? '';
    }

    function answers(): string[] {
      return other.stdout().match(/^(done|failed) .*(?=\n)/gm) ?? [];
    }

    beforeAll(async () => {
      writeFileSync(sent, randomBytes(OCTETS));
      await start({ pcap: wire });
    });

    afterAll(() => namespace?.delete());

    it.each(THEIRS)('we connect to %s: two megabytes there and back, every one right', async (address) => {
      expect(await station.exchange(address, ECHO, OCTETS)).toBe(`exchanged ${OCTETS} true`);
    });

    it.each(['10.9.0.2', 'fd00:9::2'])('it connects to us at %s: every octet there and back', async (address) => {
      expect(await converse(address, ECHO)).toBe(`done ${OCTETS}`);
      expect(hashOf(heard)).toBe(hashOf(sent));
    });

    it('four of our connections and one of its own at the same time', async () => {
      const ours = [...THEIRS, ...THEIRS].map((address) => station.exchange(address, ECHO, 500_000));
      const theirs = converse('10.9.0.2', ECHO);
      expect(await Promise.all(ours)).toEqual(ours.map(() => 'exchanged 500000 true'));
      expect([await theirs, hashOf(heard)]).toEqual([`done ${OCTETS}`, hashOf(sent)]);
    });

    it.each(THEIRS)('it resets, at %s: our socket is told', async (address) => {
      expect(await station.exchange(address, RESETTING, 200_000)).toBe('ECONNRESET');
    });

    it('nobody listens: refused both ways', async () => {
      expect(await station.exchange('10.9.0.3', 81, 1)).toBe('ECONNREFUSED');
      expect(await converse('10.9.0.2', 81)).toMatch(/^failed (104|111|.*refused)/);
    });

    it('the wire was clean: nothing sent again but by a timer that is counted', async () => {
      const counters = await station.counters();
      expect(counters.Tcp?.InCsumErrors).toBe(0);
      expect(await station.end()).toMatchObject({ code: 0, stderr: '' });
      if (noTshark !== null) {
        console.log(`the wire was not looked at: ${noTshark}`);
        return;
      }
      expect(await damagedFrames(wire)).toEqual([]);
      const ours = 'ip.src==10.9.0.2 or ipv6.src==fd00:9::2';
      expect((await repeatedSegments(wire, ours)).length).toBeLessThanOrEqual(explainedRepeats(counters));
    });

    it('over a line that loses one packet in a hundred, both ways, every octet right', async () => {
      namespace.delete();
      await start({ line: { loss: 0.01, delayMs: 1 } });
      writeFileSync(sent, randomBytes(300_000));
      expect(await station.exchange('10.9.0.3', ECHO, 300_000)).toBe('exchanged 300000 true');
      expect(await converse('10.9.0.2', ECHO)).toBe('done 300000');
      expect(hashOf(heard)).toBe(hashOf(sent));
      expect(await station.end()).toMatchObject({ code: 0, stderr: '' });
    });
  });
}
