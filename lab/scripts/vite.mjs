/** Starts Vite on this folder with the lab's own copy of it: `dev` serves and opens nothing, `build` writes lab/dist. */
import { build, createServer } from 'vite';

const root = new URL('..', import.meta.url).pathname;
const [command, ...rest] = process.argv.slice(2);

if (command === 'build') {
  await build({ root, configFile: `${root}vite.config.js` });
} else {
  const port = Number(rest[0] ?? 5173);
  const server = await createServer({ root, configFile: `${root}vite.config.js`, server: { port } });
  await server.listen();
  server.printUrls();
}
