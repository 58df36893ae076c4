/**
 * One runner, eight kinds of tests, chosen by mode:
 * the default runs the fast ones (`npm test`), `--mode coverage` the same with lines counted, `--mode long` the *.long.test.ts, `--mode interop` those that need other
 * programs or root (test/interop), `--mode platforms` those in a browser, Deno and Bun (test/platforms), `--mode package` the packed
 * tarball (tools/package), `--mode libraries` other people's libraries on virtual hosts (test/libraries), `--mode lab` the lab in a
 * browser (test/lab).
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

const long = '**/*.long.test.ts';
const interop = 'test/interop/**';
const packed = 'tools/package/**';
const platforms = 'test/platforms/**';
const libraries = 'test/libraries/**';
const lab = 'test/lab/**';
/**
 * Pure tests: nothing of the platform is looked at or changed, no module has a state of its own, so that a process may run many files. Long
 * simulations are better off in a fresh one: V8 has seen nothing else.
 */
const pure = [
  'src/{base,capture,cli,detect,dns,drill,icmp,ip,link,model,scan,scenes,socket,stack,tcp,udp,wire}/**/*.test.ts',
  'test/{attacks,drill,matrix,model,properties,regressions,requirements,scenarios,tables}/**/*.test.ts',
  'lab/src/**/*.test.ts',
  'src/web/**/!(stand-in).test.ts',
];
const fast = {
  include: ['{src,test,tools,bench,lab}/**/*.test.ts', 'examples/testing/vitest/**/*.test.mjs'],
  exclude: [long, interop, packed, platforms, libraries, lab],
};
const kinds: Record<string, { include: string[]; exclude: string[]; timeoutMs: number }> = {
  test: { ...fast, timeoutMs: 20_000 },
  // Counting makes some tests several times slower.
  coverage: { ...fast, timeoutMs: 300_000 },
  long: { include: [`{src,test,tools,bench}/${long}`], exclude: [interop], timeoutMs: 600_000 },
  interop: { include: ['test/interop/**/*.test.ts'], exclude: [], timeoutMs: 120_000 },
  platforms: { include: ['test/platforms/**/*.test.ts'], exclude: [], timeoutMs: 120_000 },
  libraries: { include: ['test/libraries/**/*.test.ts'], exclude: [], timeoutMs: 60_000 },
  lab: { include: ['test/lab/**/*.test.ts'], exclude: [], timeoutMs: 120_000 },
  package: { include: ['tools/package/**/*.test.ts'], exclude: [], timeoutMs: 180_000 },
};

/** Node imports the modules itself (ADR 58): in vitest's own every name of another module is looked up each time it is used. */
const native = {
  experimental: { viteModuleRunner: false, nodeLoader: false },
  execArgv: ['--import', pathToFileURL(join(import.meta.dirname, 'scripts/strip-types.mjs')).href],
};
/** Lines are counted in vitest's modules only. */
const counted = { experimental: { viteModuleRunner: true }, execArgv: [] };

export default defineConfig(({ mode }) => {
  const kind = kinds[mode];
  if (!kind) throw new Error(`--mode ${mode}: known are ${Object.keys(kinds).join(', ')}`);
  const isFast = mode === 'test' || mode === 'coverage';
  // Said to the projects too: what they extend is this file again, in mode `test`.
  const shared = {
    testTimeout: kind.timeoutMs,
    hookTimeout: kind.timeoutMs,
    ...(mode === 'coverage' ? counted : native),
  };
  return {
    test: {
      passWithNoTests: true,
      ...(!isFast && { include: kind.include, exclude: [...configDefaults.exclude, ...kind.exclude] }),
      ...(isFast && {
        projects: [
          { extends: true, test: { ...shared, name: 'pure', include: pure, exclude: [long], isolate: false } },
          {
            extends: true,
            test: {
              ...shared,
              name: 'others',
              include: kind.include,
              exclude: [...configDefaults.exclude, ...kind.exclude, ...pure],
            },
          },
        ],
      }),
      ...shared,
      // On Node 20 a file may end before vitest has noted which modules it has.
      onUnhandledError: ({ message }): boolean => !message.includes('"ensureModuleGraphEntry"'),
      // By default one processor is left free, which on two of them is half the machine.
      maxWorkers: availableParallelism(),
      coverage: {
        enabled: mode === 'coverage',
        provider: 'v8',
        include: ['src/**/*.ts'],
        exclude: ['**/*.test.ts'],
        reporter: ['text', 'html', 'json'],
        // What was reached is told even when a test has failed.
        reportOnFailure: true,
      },
    },
  };
});
