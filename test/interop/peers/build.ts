/** Other stacks as programs, compiled from Debian's packages where those are installed. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hasCommand } from '../namespace.ts';

/** A program, or why there is none. */
export type Built = { readonly program: string } | { readonly missing: string };

/** lwIP from liblwip-dev, with its TAP device; `folder` takes what is compiled. */
export function buildLwip(folder: string): Built {
  if (!hasCommand('cc')) return { missing: 'no C compiler: apt-get install gcc libc6-dev' };
  if (!existsSync('/usr/include/lwip')) return { missing: 'lwIP is not installed: apt-get install liblwip-dev' };
  const program = join(folder, 'lwip-peer');
  const from = join(import.meta.dirname, 'lwip.c');
  return compile(program, 'cc', ['-O2', '-o', program, from, '-I/usr/include/lwip', '-llwip', '-lpthread'], {});
}

/** gVisor from golang-go and golang-gvisor-gvisor-dev; takes a minute. */
export function buildGvisor(folder: string): Built {
  if (!hasCommand('go') || !existsSync('/usr/share/gocode/src/gvisor.dev')) {
    return { missing: 'gVisor is not installed: apt-get install golang-go golang-gvisor-gvisor-dev' };
  }
  const program = join(folder, 'gvisor-peer');
  const settings = { GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '-buildvcs=false' };
  const args = ['build', '-o', program, join(import.meta.dirname, 'gvisor', 'main.go')];
  return compile(program, 'go', args, { ...settings, GOCACHE: join(folder, 'go') });
}

function compile(program: string, compiler: string, args: readonly string[], env: NodeJS.ProcessEnv): Built {
  try {
    execFileSync(compiler, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    return { program };
  } catch (error) {
    const { stderr } = error as { stderr?: Buffer };
    return { missing: `it does not compile: ${String(stderr ?? error).trim()}` };
  }
}
