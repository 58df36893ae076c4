/**
 * The tests that mutants of src/tcp are held against: those that judge TCP by its segments and run in little time. Simulations are
 * left out, since a mutant that survives has to be tried by everything.
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'src/{tcp,stack}/**/*.test.ts',
      'src/socket/*.test.ts',
      'test/{requirements,tables,regressions}/**/*.test.ts',
      'test/matrix/matrix.test.ts',
      'test/scenarios/signatures.test.ts',
      'test/attacks/blind.test.ts',
      'test/drill/drill.test.ts',
      'test/properties/{hostile,reassembly,sequence}.test.ts',
    ],
    exclude: ['**/*.long.test.ts', 'src/tcp/congestion/{bbr-long,congestion-suite}.test.ts', '**/node_modules/**'],
    isolate: false,
    testTimeout: 20_000,
  },
});
