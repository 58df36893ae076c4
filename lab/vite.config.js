/** Builds the lab into static files that work under any path, with a service worker that keeps them for offline use. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { defineConfig } from 'vite';
import { textPlugins } from './scripts/texts.mjs';

const root = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const texts = textPlugins(root);

export default defineConfig({
  root,
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: { fs: { allow: ['..'] } },
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  worker: { format: 'es', plugins: () => [published(), texts.worker] },
  plugins: [published(), texts.page, offline()],
});

/** What is built for good takes the stack from dist/, as it is published: names of constants are numbers there, which are short and quick. */
function published() {
  return {
    name: 'published',
    apply: 'build',
    enforce: 'pre',
    resolveId(id, importer) {
      const [, path] = /^(?:\.\.\/)+src\/(.+)\.ts$/.exec(id) ?? [];
      return path !== undefined && importer?.startsWith(join(root, 'src')) ? join(root, '../dist', `${path}.js`) : null;
    },
  };
}

/** Writes `sw.js`: the list of files under a version that changes when any of them does. */
function offline() {
  return {
    name: 'offline',
    apply: 'build',
    generateBundle(_options, bundle) {
      const files = [
        './',
        './manifest.webmanifest',
        './icon.svg',
        ...Object.keys(bundle).filter((name) => !name.endsWith('.html')),
      ];
      const hash = createHash('sha256');
      for (const name of Object.keys(bundle).sort()) {
        const file = bundle[name];
        hash.update(name).update(file.type === 'chunk' ? file.code : file.source);
      }
      const version = hash.digest('hex').slice(0, 16);
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: serviceWorker(version, files) });
    },
  };
}

function serviceWorker(version, files) {
  return `const name = 'woshou-lab-${version}';
const files = ${JSON.stringify(files)};
self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(name).then((cache) => cache.addAll(files)).then(() => self.skipWaiting()));
});
self.addEventListener('activate', (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(
    names.filter((one) => one.startsWith('woshou-lab-') && one !== name).map((one) => caches.delete(one)),
  )).then(() => self.clients.claim()));
});
self.addEventListener('fetch', (event) => {
  if (event.request.method !== 'GET' || new URL(event.request.url).origin !== self.location.origin) return;
  event.respondWith(caches.match(event.request, { ignoreSearch: true }).then((hit) => hit ?? fetch(event.request)));
});
`;
}
