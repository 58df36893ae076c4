/**
 * Signed connections between our stack and the kernel over a TUN device: MD5 by TCP_MD5SIG, TCP-AO where this kernel has it
 * (Linux 6.7 with CONFIG_TCP_AO). The kernel is client and server, over IPv4 and IPv6, and meets a wrong and a missing key.
 */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { NetworkNamespace, namespaceObstacle } from './namespace.ts';

const KERNEL = 'test/interop/programs/signed-kernel.py';
const OURS = 'test/interop/programs/signed-stack.ts';
const obstacle = namespaceObstacle(['python3']);

/** Why this kernel cannot sign so, or null. */
function kindObstacle(kind: string): string | null {
  if (obstacle !== null) return obstacle;
  const answer = execFileSync('python3', [KERNEL, 'probe', kind, '127.0.0.1', '192.0.2.1', 'key'], {
    encoding: 'utf8',
  }).trim();
  return answer === 'yes' ? null : `this kernel does not sign with ${kind}: ${answer}`;
}

const FAMILIES = [
  { family: 'IPv4', theirs: '10.9.0.1', ours: '10.9.0.2' },
  { family: 'IPv6', theirs: 'fd00:9::1', ours: 'fd00:9::2' },
];

describe.each(['md5', 'ao'])('signatures with the kernel, %s', (kind) => {
  const missing = kindObstacle(kind);
  if (missing !== null) process.stdout.write(`signatures.test.ts: ${kind} is skipped: ${missing}\n`);

  // Skipped, with the reason in the title and printed, where no namespace can be made or the kernel lacks the option.
  describe.skipIf(missing !== null)(missing === null ? 'over a TUN device' : `skipped: ${missing}`, () => {
    it.each(FAMILIES)('the kernel serves, $family', async ({ theirs, ours }) => {
      await NetworkNamespace.with(async (namespace) => {
        // The device is made by our program, so the server can only be bound to every address at first.
        const server = namespace.start('python3', [
          KERNEL,
          'serve',
          kind,
          theirs.includes(':') ? '::' : '0.0.0.0',
          ours,
          'hush',
        ]);
        await server.line(/^listening$/);
        const client = namespace.startScript(OURS, ['connect', kind, 'hush', theirs]);
        expect(await client.line(/^done /)).toBe('done same');
        expect(await server.line(/^echoed /)).toBe('echoed 200000');
        expect(zeros(await server.line(/^counted /))).toEqual([]);
        expect(zeros((await client.finish()).stdout)).toEqual([]);
      });
    });

    it.each(FAMILIES)('the kernel connects, $family', async ({ theirs, ours }) => {
      await NetworkNamespace.with(async (namespace) => {
        const server = namespace.startScript(OURS, ['serve', kind, 'hush']);
        await server.line(/^ready$/);
        const client = namespace.start('python3', [KERNEL, 'connect', kind, ours, ours, 'hush']);
        expect(await client.line(/^(same|different|failed)/)).toBe('same');
        expect(await server.line(/^done /)).toBe('done echoed 200000');
        expect(zeros(await client.line(/^counted /))).toEqual([]);
        expect(zeros((await server.finish()).stdout)).toEqual([]);
        expect(theirs).not.toBe(ours);
      });
    });

    it.each([
      ['a wrong key', 'other', kind === 'md5' ? 'TCPMD5Failure' : 'TCPAOBad'],
      ['no key', '-', kind === 'md5' ? 'TCPMD5NotFound' : 'TCPAORequired'],
    ])('neither lets the other in with %s', async (_what, key, counter) => {
      await NetworkNamespace.with(async (namespace) => {
        const kernel = namespace.start('python3', [KERNEL, 'serve', kind, '0.0.0.0', '10.9.0.2', 'hush']);
        await kernel.line(/^listening$/);
        const client = namespace.startScript(OURS, ['connect', kind, key, '10.9.0.1']);
        await client.line(/^ready$/);
        await expect(client.line(/^done /, 2500)).rejects.toThrow('2500 ms passed');
        const counted = namespace.run('sh', ['-c', 'cat /proc/net/netstat']);
        expect(counterIn(counted, counter)).toBeGreaterThan(0);
        await client.finish();
      });
      await NetworkNamespace.with(async (namespace) => {
        const server = namespace.startScript(OURS, ['serve', kind, 'hush']);
        await server.line(/^ready$/);
        const client = namespace.start('python3', [KERNEL, 'connect', kind, '10.9.0.2', '10.9.0.2', key]);
        expect(await client.line(/^(same|different|failed)/)).toBe('failed: timed out');
        expect((await server.finish()).stdout).toMatch(new RegExp(`${counter}=[1-9]`));
      });
    });
  });
});

/** Counters of failures that are not 0 in a line `counted NAME=VALUE …`. */
function zeros(text: string): string[] {
  return [...text.matchAll(/\b(TCP(?:MD5\w+|AO(?!Good)\w+))=([1-9]\d*)/g)].map((found) => found[0]);
}

/** A value of /proc/net/netstat. */
function counterIn(netstat: string, name: string): number {
  const [names = '', values = ''] = netstat.split('\n').filter((line) => line.startsWith('TcpExt:'));
  return Number(values.split(' ')[names.split(' ').indexOf(name)]);
}
