/**
 * OpenSSH's client and server with our stack between them: as the server's end of the wire (the kernel's ssh connects to us) and
 * as the client's (we connect to the kernel's sshd). Octets both ways by hash, many sessions, a copy of a file, and how it ends.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { damagedFrames, noTshark, repeatedSegments } from '../support/tshark.ts';
import { NetworkNamespace, namespaceObstacle, type RunningProgram, type RunResult } from './namespace.ts';
import { explainedRepeats, Station } from './station.ts';

const obstacle = namespaceObstacle(['ssh', 'sshd', 'scp', 'ssh-keygen']);
const OCTETS = 3_000_000;
const SSHD_PORT = 2200;
/** Where ssh connects to, and so which end of the wire is ours. */
const WAYS = {
  'our stack listens': ['10.9.0.2', 22],
  'our stack connects': ['127.0.0.1', 2201],
  'our stack listens, IPv6': ['fd00:9::2', 22],
  'our stack connects, IPv6': ['127.0.0.1', 2202],
} as const;
const WAYS_IPV4 = Object.entries(WAYS).slice(0, 2);

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

// Skipped, with the reason in the title, where no namespace or device can be made or OpenSSH is missing.
describe.skipIf(obstacle !== null)(`OpenSSH${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, () => {
  const data = randomBytes(OCTETS);
  let namespace: NetworkNamespace;
  let folder: string;
  let station: Station;
  let sshd: RunningProgram;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'woshou-ssh-'));
    writeFileSync(join(folder, 'data'), data);
    namespace = NetworkNamespace.create();
    for (const name of ['host', 'user', 'stranger']) {
      namespace.run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
    }
    writeFileSync(join(folder, 'sshd_config'), serverConfiguration(folder));
    // It wants a folder of its own in /run: this one is seen by it alone, for `ip netns exec` gives it mounts of its own.
    const command = 'mount -t tmpfs none /run && mkdir /run/sshd && exec "$(command -v sshd)" -D -e -f "$1"';
    sshd = namespace.start('sh', ['-c', command, 'sh', join(folder, 'sshd_config')]);
    await namespace.untilListening(SSHD_PORT);
    station = await Station.start(namespace, { pcap: join(folder, 'wire.pcapng') });
    await station.carryIn(22, ['127.0.0.1', SSHD_PORT]);
    await station.carryOut(2201, ['10.9.0.1', SSHD_PORT]);
    await station.carryOut(2202, ['fd00:9::1', SSHD_PORT]);
  });

  afterAll(() => {
    namespace?.delete();
    rmSync(folder, { recursive: true, force: true });
  });

  function options(key = 'user'): string[] {
    const settings = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'BatchMode=yes'];
    return ['-F', 'none', '-i', join(folder, key), ...settings.flatMap((setting) => ['-o', setting])];
  }

  function sshCommand([host, port]: readonly [string, number], command: string, key = 'user'): string[] {
    return ['ssh', ...options(key), '-p', String(port), `root@${host}`, command];
  }

  /** Runs a command over there, with a file as its input. */
  function ssh(way: readonly [string, number], command: string, key = 'user'): Promise<RunResult> {
    const shell = ['-c', 'exec "$@" < "$0"', join(folder, 'data'), ...sshCommand(way, command, key)];
    return namespace.exec('sh', shell, 60_000);
  }

  it.each(Object.entries(WAYS))(
    '%s: octets to a command and back at the same time, every one right',
    async (_, way) => {
      const client = sshCommand(way, 'cat');
      const both = ['-c', 'exec "$@" < "$0" | sha256sum', join(folder, 'data'), ...client];
      expect(await namespace.exec('sh', both, 60_000)).toEqual({ code: 0, stdout: `${hashOf(data)}  -\n`, stderr: '' });
    },
  );

  it('four sessions at a time', async () => {
    const results = await Promise.all(Object.values(WAYS).map((way) => ssh(way, 'sha256sum; exit 3')));
    const right = { code: 3, stdout: `${hashOf(data)}  -\n`, stderr: '' };
    expect(results).toEqual(results.map(() => right));
  });

  it.each(WAYS_IPV4)('%s: scp takes a file there and another back', async (_, [host, port]) => {
    const there = `root@${host}:${join(folder, 'copied')}`;
    const copy = (from: string, to: string): Promise<RunResult> =>
      namespace.exec('scp', ['-q', ...options(), '-P', String(port), from, to], 60_000);
    expect(await copy(join(folder, 'data'), there)).toMatchObject({ code: 0, stderr: '' });
    expect(await copy(there, join(folder, 'fetched'))).toMatchObject({ code: 0, stderr: '' });
    expect(hashOf(readFileSync(join(folder, 'fetched')))).toBe(hashOf(data));
    for (const name of ['copied', 'fetched']) rmSync(join(folder, name));
  });

  it.each(WAYS_IPV4)('%s: a key that is not known is refused', async (_, way) => {
    const { code, stderr } = await ssh(way, 'true', 'stranger');
    expect([code, stderr]).toEqual([255, expect.stringContaining('Permission denied (publickey)')]);
  });

  it.each(WAYS_IPV4)('%s: the server’s end is killed in mid-session, and the client is told', async (_, way) => {
    const { code, stderr } = await ssh(way, 'kill -9 "$PPID"; exec sleep 60');
    expect([code, stderr]).toEqual([255, expect.stringMatching(/closed by remote host|Connection reset|Broken pipe/)]);
  });

  it('all of them end', async () => {
    const counters = await station.counters();
    expect(counters.Tcp?.InCsumErrors).toBe(0);
    expect(await station.end()).toMatchObject({ code: 0, stderr: '' });
    sshd.child.kill('SIGTERM');
    await sshd.ended;
    expect(namespace.run('ip', ['-o', 'link'])).not.toContain('ws0');
    if (noTshark === null) {
      const ours = 'ip.src==10.9.0.2 or ipv6.src==fd00:9::2';
      expect(await damagedFrames(join(folder, 'wire.pcapng'), ours)).toEqual([]);
      expect((await repeatedSegments(join(folder, 'wire.pcapng'), ours)).length).toBeLessThanOrEqual(
        explainedRepeats(counters),
      );
    } else console.log(`the wire was not looked at: ${noTshark}`);
  });
});

function serverConfiguration(folder: string): string {
  // A home without the start-up files of the user's shell: what those print would come back as the command's own words.
  return [
    `SetEnv HOME=${folder}`,
    `Port ${SSHD_PORT}`,
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'user.pub')}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'PrintMotd no',
    'MaxStartups 20',
    'Subsystem sftp internal-sftp',
    '',
  ].join('\n');
}
