/** A device with two queues, a worker for each (examples/tun-queues): connections spread, each stays where it began, bytes are right. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { NetworkNamespace, namespaceObstacle } from './namespace.ts';

const obstacle = namespaceObstacle();

/**
 * Sixty connections at once, each with requests on it that send random bytes and get them back; between two of them the kernel
 * has had time to forget what it learned of the flow. Prints for each the workers that answered, and whether the bytes were right.
 */
const CLIENT = `
const http = require('node:http');
const { randomBytes } = require('node:crypto');
const pauseMs = Number(process.argv[1]);
const post = (agent, body) => new Promise((resolve, reject) => {
  const request = http.request({ agent, host: '10.9.0.2', method: 'POST', headers: { 'content-length': body.length } }, (response) => {
    const parts = [];
    response.on('data', (part) => parts.push(part));
    response.on('end', () => resolve([response.headers.worker, Buffer.concat(parts).equals(body)]));
  });
  request.on('error', reject);
  request.end(body);
});
const talk = async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const answers = [];
  for (let count = 0; count < 3; count++) {
    answers.push(await post(agent, randomBytes(50_000 + count * 777)));
    if (count === 1) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  agent.destroy();
  return answers;
};
Promise.all(Array.from({ length: 60 }, talk)).then((all) => console.log(JSON.stringify(all)));
`;

// Skipped, with the reason in the title, where no namespace or device can be made.
describe.skipIf(obstacle !== null)(
  `queues of a TUN device${obstacle === null ? '' : ` (skipped: ${obstacle})`}`,
  () => {
    it('spreads sixty connections over two workers, keeps each with its worker, also after a pause', async () => {
      await NetworkNamespace.with(async (namespace) => {
        const program = namespace.start(process.execPath, ['examples/tun-queues/main.mjs', '2']);
        expect(await program.line(/^ready /)).toBe('ready woshou0 2');
        // Flows are forgotten after three seconds without a packet; servers let a connection be for five.
        const { stdout, stderr } = await namespace.exec(process.execPath, ['-e', CLIENT, '3500'], 60_000);
        expect(stderr).toBe('');
        const connections = JSON.parse(stdout) as [string, boolean][][];
        expect(connections.flat().filter(([, isRight]) => !isRight)).toEqual([]);
        const workers = connections.map((answers) => new Set(answers.map(([worker]) => worker)));
        expect(workers.filter(({ size }) => size !== 1)).toEqual([]);
        const byWorker = [0, 1].map((index) => workers.filter((names) => names.has(String(index))).length);
        expect(byWorker[0]).toBeGreaterThan(5);
        expect(byWorker[1]).toBeGreaterThan(5);
        const result = await program.finish();
        expect(result).toMatchObject({ code: 0, stderr: '' });
        expect(result.stdout).toContain('closed');
        expect(namespace.run('ip', ['-o', 'link'])).not.toContain('woshou0');
      });
    });

    it('ends with an error when the application cannot be loaded, and leaves no device', async () => {
      await NetworkNamespace.with(async (namespace) => {
        const program = `
        import { openTunQueues } from 'woshou/node';
        await openTunQueues({ application: new URL('file:///no/such/file.mjs'), queues: 2, name: 'ws7' });
        setTimeout(() => {}, 60_000);`;
        const { code, stderr } = await namespace.exec(process.execPath, ['--input-type=module', '-e', program]);
        expect(code).not.toBe(0);
        expect(stderr).toContain('file.mjs');
        expect(namespace.run('ip', ['-o', 'link'])).not.toContain('ws7');
      });
    });

    it('is refused outside of a worker', () => {
      const program = `import { takeTunQueue } from 'woshou/node'; takeTunQueue();`;
      const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
      expect(stderr).toContain('this thread has no queue; start it with openTunQueues');
    });
  },
);
