/** `woshou drill` from arguments to exit code: plain lines, TAP, JUnit. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeScreen } from '../../test/support/fake-screen.ts';
import { runProgram } from './program.ts';

const GOOD = '0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 < S 5:5(0) win 9 <mss 1460>\n+0 > R. 0:0(0) ack 1\n';
const BAD = GOOD.replace('ack 1', 'ack 7');
const BROKEN = '0 socket(\n';

let folder = '';
let files: Readonly<Record<'good' | 'bad' | 'broken', string>>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'woshou-drill-'));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  files = { good: write('good.pkt', GOOD), bad: write('bad<&>.pkt', BAD), broken: write('broken.pkt', BROKEN) };
});

afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ code: number; lines: string[] }> {
  const fake = fakeScreen('en');
  const code = await runProgram(['drill', ...args], fake.screen, '9.9.9');
  return { code, lines: fake.out().trimEnd().split('\n') };
}

describe('woshou drill', () => {
  it('counts what passes, exit code 0', async () => {
    const { code, lines } = await run(files.good, files.good);
    expect({ code, lines }).toEqual({ code: 0, lines: [`✓ ${files.good}`, `✓ ${files.good}`, '2 pass of 2'] });
  });

  it('says where a script has failed, exit code 1', async () => {
    const { code, lines } = await run(files.good, files.bad);
    expect(code).toBe(1);
    expect(lines).toContain(`  ${files.bad}:3:1: another packet than expected: ack`);
    expect(lines).toContain('      ack: expected 7, got 1');
    expect(lines.at(-1)).toBe('1 pass of 2');
  });

  it('shows what is no script, exit code 2, and runs the others', async () => {
    const { code, lines } = await run(files.broken, files.good);
    expect(code).toBe(2);
    expect(lines.some((line) => line.includes('broken.pkt:2:1'))).toBe(true);
    expect(lines.at(-1)).toBe('1 pass of 2');
  });

  it.each([
    [['--tolerance_usecs=1', '--mtu', '1400', '--strict_segments']],
    [['--ip_version=ipv4', '--local_ip=192.168.0.1/16', '--send_omit_free', '-DX=1', '--define=Y=2']],
    [['--bind_port=8080', '--connect_port', '8080', '--non_fatal=packet,syscall', '--speed=10000']],
  ])('takes options as scripts have them on their first lines: %s', async (args) => {
    const { code, lines } = await run(...args, files.good);
    expect({ code, lines }).toEqual({ code: 0, lines: [`✓ ${files.good}`, '1 pass of 1'] });
  });

  it('only reads with --dry_run, and names an option with a wrong value', async () => {
    expect((await run('--dry_run', files.bad)).code).toBe(0);
    const { code, lines } = await run('--mtu=huge', files.good);
    expect(code).toBe(1);
    expect(lines[1]).toContain('--mtu=huge: must be a number from 68 to 65535');
  });

  it('goes on after a file that cannot be read, exit code 2', async () => {
    const { code, lines } = await run(join(folder, 'none.pkt'), files.good);
    expect(code).toBe(2);
    expect(lines[1]).toMatch(/^ {2}cannot be read: ENOENT/);
    expect(lines.slice(2)).toEqual([`✓ ${files.good}`, '1 pass of 2']);
  });

  it('speaks TAP', async () => {
    const { code, lines } = await run('--tap', files.good, files.bad);
    expect(code).toBe(1);
    expect(lines.slice(0, 3)).toEqual(['TAP version 14', '1..2', `ok 1 - ${files.good}`]);
    expect(lines[3]).toBe(`not ok 2 - ${files.bad}`);
    expect(lines.at(-1)).toBe('# 1 pass of 2');
  });

  it('writes JUnit', async () => {
    const report = join(folder, 'report.xml');
    await run('--junit', report, files.good, files.bad, files.broken);
    const xml = readFileSync(report, 'utf8');
    expect(xml).toContain('tests="3" failures="1" errors="1"');
    expect(xml).toContain('bad&lt;&amp;&gt;.pkt:3:1');
    expect(xml.match(/<testcase /g)).toHaveLength(3);
  });

  it('defines words and sets options', async () => {
    const script = join(folder, 'defined.pkt');
    writeFileSync(script, `${GOOD}+0 close(FD) = 0\n`);
    expect((await run(script)).code).not.toBe(0);
    expect((await run('-D', 'FD=3', script)).code).toBe(0);
    expect((await run('-D', 'FD=3', '--set', 'local_ip=1', script)).lines.join('\n')).toContain('--local_ip=1');
    await expect(run('-D', 'FD', script)).rejects.toThrow('NAME=value');
  });

  it('draws the ladder when asked', async () => {
    const { lines } = await run('--verbose', files.good);
    expect(lines.some((line) => /> R\. 0:0\(0\) ack 1 +R\. 0:0\(0\) ack 1 win 0$/.test(line))).toBe(true);
  });
});
