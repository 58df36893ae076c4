/** The fast tests: what `npm test` runs. Long ones (*.long.test.ts) and those that need other programs (test/interop) have names of their own. */
import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{src,test,tools,bench}/**/*.test.ts'],
    exclude: [...configDefaults.exclude, '**/*.long.test.ts', 'test/interop/**', 'tools/package.test.ts'],
    passWithNoTests: true,
    testTimeout: 20_000,
    coverage: { provider: 'v8', include: ['src/**/*.ts'], exclude: ['**/*.test.ts'] },
  },
});
