/** The command line from arguments to exit code, without a process of its own. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fakeScreen } from '../../test/support/fake-screen.ts';
import { SCENES } from '../scenes/index.ts';
import type { Language } from './language.ts';
import { EXIT_USAGE, runProgram } from './program.ts';

async function run(args: readonly string[], language: Language = 'en') {
  const fake = fakeScreen(language);
  const code = await runProgram(args, fake.screen, '9.9.9');
  return { code, out: fake.out(), err: fake.err() };
}

describe('woshou', () => {
  it('prints its version', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, out: '9.9.9\n', err: '' });
  });

  it.each(['en', 'zh'] as const)('has help in %s for every command, no wider than the screen', async (language) => {
    for (const args of [
      ['--help'],
      ...['demo', 'race', 'drill', 'model', 'serve', 'connect', 'ss', 'nstat'].map((name) => [name, '--help']),
    ]) {
      const { code, out, err } = await run(args, language);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toMatch(language === 'zh' ? /^用法： woshou/ : /^Usage: woshou/);
      if (language === 'zh') expect(out).not.toMatch(/Options:|Commands:|Arguments:|display help/);
    }
  });

  it('says what is wrong with the command line, exit code 2', async () => {
    expect(await run(['demo', '--sed', '1'])).toMatchObject({
      code: EXIT_USAGE,
      err: expect.stringContaining('--seed'),
    });
    expect(await run(['frobnicate'])).toMatchObject({ code: EXIT_USAGE, err: expect.stringContaining('frobnicate') });
    expect(await run(['serve', '--port', '70000'], 'zh')).toMatchObject({
      code: EXIT_USAGE,
      err: expect.stringContaining('值不合适'),
    });
    expect((await run([])).code).toBe(EXIT_USAGE);
  });
});

describe('woshou demo', () => {
  it('lists every scene, in groups', async () => {
    const { code, out } = await run(['demo', '--list']);
    expect(code).toBe(0);
    for (const { id, title } of SCENES) {
      expect(out).toContain(id);
      expect(out.replace(/\s+/g, ' ')).toContain(title.en);
    }
    expect(JSON.parse((await run(['demo', '--list', '--json'])).out)).toHaveLength(SCENES.length);
  });

  it('refuses an unknown scene and names the nearest', async () => {
    const { code, out, err } = await run(['demo', 'three-way-handshak']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('three-way-handshake');
    expect((await run(['demo', 'three-way-handshak'], 'zh')).err).toContain('没有名为');
  });

  it('plays a scene: ladder, checked outcomes', async () => {
    const { code, out } = await run(['demo', 'three-way-handshake']);
    expect(code).toBe(0);
    expect(out).toMatch(/SYN-SENT │─ SYN seq=0/);
    expect(out).toMatch(/^ ✓ Both ends are ESTABLISHED$/m);
    expect(out).not.toContain('✗');
  });

  it('the same seed gives the same packets, another one others', async () => {
    const first = await run(['demo', 'three-way-handshake', '--json', '--seed', '7']);
    expect(await run(['demo', 'three-way-handshake', '--json', '--seed', '7'])).toEqual(first);
    expect((await run(['demo', 'three-way-handshake', '--json', '--seed', '8'])).out).not.toBe(first.out);
    expect(JSON.parse(first.out)).toMatchObject({
      id: 'three-way-handshake',
      seed: 7,
      ok: true,
      hosts: ['client', 'server'],
    });
  });

  it('writes the packets where it is told', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'woshou-demo-'));
    try {
      const file = join(folder, 'packets.pcapng');
      const { out } = await run(['demo', 'three-way-handshake', '--pcap', file]);
      expect(out).toContain(`tshark -r ${file}`);
      expect(readFileSync(file).readUInt32LE(0)).toBe(0x0a0d0d0a);
      expect(existsSync('woshou-three-way-handshake.pcapng')).toBe(false);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
