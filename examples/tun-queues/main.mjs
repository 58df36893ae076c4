/**
 * A server on all processors: one TUN device with several queues, a worker with a stack and a copy of the server for each.
 * `sudo node main.mjs [queues]`, then `curl http://10.9.0.2/` a few times: connections spread, each stays with its worker.
 * Ends with its standard input.
 */
import { openTunQueues } from 'woshou/node';

const queues = await openTunQueues({
  application: new URL('./server.mjs', import.meta.url),
  addresses: ['10.9.0.1/24'],
  queues: Number(process.argv[2] ?? 2),
  data: { address: '10.9.0.2/24' },
});
console.log(`ready ${queues.name} ${queues.workers.length}`);
process.stdin.resume().on('end', async () => {
  await queues.close();
  console.log('closed');
});
