/** All tests of a folder as modules that Node can load, the sources they share in common pieces. */
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { keepImportMeta } from '../../scripts/import-meta.mjs';

/** Where the module of each test file is; `generation` keeps what was loaded before apart. */
export async function bundleTests(root, files, generation) {
  const folder = join(root, `loaded-${generation}`);
  const bundle = await rolldown({
    input: Object.fromEntries(files.map((file, index) => [`test-${index}`, resolve(root, file)])),
    cwd: root,
    platform: 'node',
    external: (id) => !id.startsWith('.') && !id.startsWith('/'),
    logLevel: 'silent',
    plugins: [{ name: 'import-meta-of-the-source', transform: keepImportMeta }],
  });
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' });
  await bundle.close();
  return new Map(files.map((file, index) => [file, join(folder, `test-${index}.mjs`)]));
}
