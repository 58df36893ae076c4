/** `woshou model` from arguments to exit code. */
import { describe, expect, it } from 'vitest';
import { fakeScreen } from '../../test/support/fake-screen.ts';
import { runProgram } from './program.ts';

async function run(args: readonly string[], language: 'en' | 'zh' = 'en') {
  const fake = fakeScreen(language);
  const code = await runProgram(['model', ...args], fake.screen, '9.9.9');
  return { code, out: fake.out(), err: fake.err() };
}

describe('woshou model', () => {
  it('finds nothing wrong with TCP on the smallest wire', async () => {
    const { code, out } = await run(['--wire', '1']);
    expect(code).toBe(0);
    expect(out).toMatch(/no fault in anything that can happen/);
    expect(out).toMatch(/1843 situations/);
  });

  it.each(['en', 'zh'] as const)('draws the ghost of a two-way handshake in %s, exit code 1', async (language) => {
    const { code, out } = await run(['--wire', '1', '--handshake', 'two'], language);
    expect(code).toBe(1);
    expect(out).toMatch(/─ SYN 1 #1 ─+▶│ ESTABLISHED/);
    expect(out).toMatch(language === 'zh' ? /幽灵连接/ : /a ghost/);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
  });

  it('says the same as JSON', async () => {
    const { code, out } = await run(['--wire', '1', '--handshake', 'two', '--json']);
    const data = JSON.parse(out) as { result: string; fault: string; trace: { name: string }[] };
    expect(code).toBe(1);
    expect(data).toMatchObject({ result: 'fault', fault: 'ghost' });
    expect(data.trace.map(({ name }) => name)).toEqual([
      'client open SYN 1/1',
      'client close',
      'client deliver SYN 1/1',
    ]);
  });

  it('refuses what it does not know, exit code 2', async () => {
    expect((await run(['--handshake', 'four'])).code).toBe(2);
    expect((await run(['--seek', 'happiness'])).err).toMatch(/happiness/);
  });

  it('gives up after as many situations as it was told, exit code 3', async () => {
    expect((await run(['--worlds', '50'])).code).toBe(3);
  });
});
