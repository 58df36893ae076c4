/**
 * Two hosts in one page, joined by a path that loses one packet in twenty: an echo server in the shape of Direct Sockets, a client in
 * the shape of the sockets API. Nothing here is Node's: it runs in a browser, a worker, Deno and Bun as it stands.
 *
 * prints:
 * connected to 10.0.1.2:7
 * 262144 octets came back, 0 of them wrong
 * the server has closed
 */
import { Network } from 'woshou/sim';
import { createConnect, createDirectSockets } from 'woshou/web';

const network = new Network({ seed: 42 });
const alice = network.host('alice');
const bob = network.host('bob');
network.link(alice, bob, { delayMs: 20, loss: 0.05 });

async function echoOnce(): Promise<void> {
  const { TCPServerSocket } = createDirectSockets(bob);
  const server = new TCPServerSocket('::', { localPort: 7 });
  const connections = (await server.opened).readable.getReader();
  const { value: socket } = await connections.read();
  if (socket === undefined) return;
  const { readable, writable } = await socket.opened;
  await readable.pipeTo(writable);
  await connections.cancel();
}

const echoing = echoOnce();
const socket = createConnect(alice)('bob:7', { allowHalfOpen: true });
console.log('connected to', (await socket.opened).remoteAddress);

const sent = Uint8Array.from({ length: 1 << 18 }, (_, at) => at % 251);
const writer = socket.writable.getWriter();
const writing = writer.write(sent).then(() => writer.close());
const back = new Uint8Array(await new Response(socket.readable).arrayBuffer());
await writing;
console.log(`${back.length} octets came back, ${back.filter((octet, at) => octet !== sent[at]).length} of them wrong`);
await echoing;
console.log('the server has closed');
