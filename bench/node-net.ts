/** The same work on Node's own `net` over the kernel's loopback, for comparison in the same run. Both ends in this process. */
import { once } from 'node:events';
import net from 'node:net';

async function listening(onSocket: (socket: net.Socket) => void): Promise<[net.Server, number]> {
  const server = net.createServer({ noDelay: true }, onSocket).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return [server, (server.address() as net.AddressInfo).port];
}

export async function netBulk(seconds: number): Promise<number> {
  let received = 0;
  const [server, port] = await listening((socket) => socket.on('data', (data) => (received += data.length)));
  const client = net.connect({ port, host: '127.0.0.1', noDelay: true });
  await once(client, 'connect');
  const chunk = Buffer.alloc(65_536, 7);
  const start = process.hrtime.bigint();
  let elapsed = 0;
  while (elapsed < seconds) {
    if (!client.write(chunk)) await once(client, 'drain');
    elapsed = Number(process.hrtime.bigint() - start) / 1e9;
  }
  const rate = (received * 8) / elapsed;
  client.destroy();
  server.close();
  return rate;
}

export async function netRoundTrips(seconds: number): Promise<number> {
  const [server, port] = await listening((socket) => socket.on('data', (data) => socket.write(data)));
  const client = net.connect({ port, host: '127.0.0.1', noDelay: true });
  await once(client, 'connect');
  let count = 0;
  const start = process.hrtime.bigint();
  const rate = await new Promise<number>((resolve) => {
    client.on('data', () => {
      count++;
      const elapsed = Number(process.hrtime.bigint() - start) / 1e9;
      if (elapsed >= seconds) resolve(count / elapsed);
      else client.write('x');
    });
    client.write('x');
  });
  client.destroy();
  server.close();
  return rate;
}

export async function netConnects(seconds: number): Promise<number> {
  const [server, port] = await listening((socket) => {
    socket.on('error', () => undefined);
    socket.resume();
    socket.on('end', () => socket.end());
  });
  let count = 0;
  const start = process.hrtime.bigint();
  let elapsed = 0;
  while (elapsed < seconds) {
    const client = net.connect({ port, host: '127.0.0.1' });
    await once(client, 'connect');
    client.end();
    client.resume();
    await once(client, 'close');
    count++;
    elapsed = Number(process.hrtime.bigint() - start) / 1e9;
  }
  server.close();
  return count / elapsed;
}

export async function netIdleMemory(connections: number): Promise<number> {
  const gc = (globalThis as { gc?: () => void }).gc ?? (() => undefined);
  const kept: net.Socket[] = [];
  const [server, port] = await listening((socket) => {
    socket.on('data', () => socket.write(Buffer.alloc(1024)));
    kept.push(socket);
  });
  gc();
  const before = process.memoryUsage();
  for (let index = 0; index < connections; index++) {
    const client = net.connect({ port, host: '127.0.0.1' });
    await once(client, 'connect');
    client.write(Buffer.alloc(1024));
    await once(client, 'data');
    kept.push(client);
  }
  gc();
  const after = process.memoryUsage();
  for (const socket of kept) socket.destroy();
  server.close();
  return (after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / connections;
}
