/**
 * How long a test takes: a thousand requests over ten minutes of virtual time, with fake timers of node:test, through
 * woshou/test. Run: `node scripts/ts.mjs bench/testkit.ts`.
 */
import { mock } from 'node:test';
import { Network } from '../src/test/index.ts';
import { echo, PromiseServer, PromiseSocket } from '../test/support/promise-sockets.ts';

const REQUESTS = 1000;
const EVERY_MS = 600;

const startMs = performance.now();
const startCpu = process.cpuUsage();
mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
const network = new Network({ name: 'bench' });
network.link(network.host('client'), network.host('server'), { delayMs: 10 });
network.useTimers(mock.timers);
const server = new PromiseServer(network.socketHost('server'), 80, echo);
let answered = 0;
for (let i = 0; i < REQUESTS; i++) {
  const socket = await PromiseSocket.connect(network.socketHost('client'), 'server', 80);
  socket.write(`request ${i}`);
  if ((await socket.read()) === `request ${i}`) answered++;
  socket.close();
  const restMs = (i + 1) * EVERY_MS - network.nowMs;
  await new Promise((resolve) => setTimeout(resolve, restMs));
}
server.close();
const { user, system } = process.cpuUsage(startCpu);
const cpuMs = ((user + system) / 1000).toFixed(0);
const virtualS = (network.nowMs / 1000).toFixed(1);
console.log(
  `${answered} requests, ${virtualS} s of virtual time, ${(performance.now() - startMs).toFixed(0)} ms (${cpuMs} ms of CPU), ${network.determinism}`,
);
network.dispose();
mock.timers.reset();
