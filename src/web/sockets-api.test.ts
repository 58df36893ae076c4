/** connect() of the sockets API over a simulated network that runs by itself. */
import { describe, expect, it } from 'vitest';
import { Network } from '../sim/index.ts';
import { createConnect, createDirectSockets, type Socket, SocketError, type TCPSocket } from './index.ts';

interface Pair {
  readonly client: Socket;
  readonly server: TCPSocket;
}

function hosts(options = {}) {
  const network = new Network({ seed: 11 });
  const a = network.host('a');
  const b = network.host('b');
  network.link(a, b, { delayMs: 5, ...options });
  return { network, a, b };
}

async function pair(options = {}): Promise<Pair> {
  const { a, b } = hosts();
  const listener = new (createDirectSockets(b).TCPServerSocket)('::', { localPort: 80 });
  const accepting = (await listener.opened).readable.getReader();
  const client = createConnect(a)('b:80', options);
  const { value: server } = await accepting.read();
  if (server === undefined) throw new Error('nobody connected');
  return { client, server };
}

async function text(readable: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(readable).text();
}

const octets = (words: string) => new TextEncoder().encode(words);

describe('connect', () => {
  it('gives streams that work before the handshake, and says who is connected', async () => {
    const { client, server } = await pair({ allowHalfOpen: true });
    const writer = client.writable.getWriter();
    await writer.write(octets('hello'));
    await writer.close();
    const { readable, writable } = await server.opened;
    expect(await text(readable)).toBe('hello');
    const answer = writable.getWriter();
    await answer.write(octets('world'));
    await answer.close();
    expect(await text(client.readable)).toBe('world');
    expect(await client.opened).toEqual({
      remoteAddress: '10.0.1.2:80',
      localAddress: expect.stringMatching(/^10\.0\.1\.1:\d+$/),
      alpn: null,
    });
    await client.closed;
  });

  it('closes our direction when the peer has ended, unless half-open connections are allowed', async () => {
    const { client, server } = await pair();
    const { writable, readable } = await server.opened;
    await writable.getWriter().close();
    expect(await text(client.readable)).toBe('');
    await client.closed;
    expect(await text(readable)).toBe('');
    await server.closed;
  });

  it('rejects opened and closed with SocketError when nobody listens', async () => {
    const { a } = hosts();
    const socket = createConnect(a)({ hostname: 'b', port: 81 });
    const error = await socket.opened.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SocketError);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as SocketError).message).toMatch(/^SocketError: b:81: connection refused.*ECONNREFUSED/);
    await expect(socket.closed).rejects.toBe(error);
    await expect(socket.readable.getReader().read()).rejects.toBe(error);
    await expect(socket.writable.getWriter().write(octets('x'))).rejects.toBe(error);
  });

  it('names a host that is not known', async () => {
    const { a } = hosts();
    await expect(createConnect(a)('nowhere:80').opened).rejects.toThrow(/a knows no address of 'nowhere'/);
  });

  it.each([
    ['b', /name:port/],
    ['b:0', /1 to 65535/],
    ['b:70000', /1 to 65535/],
    [{ hostname: '', port: 80 }, /no host name/],
  ])('throws SocketError for %j', (address, message) => {
    const { a } = hosts();
    expect(() => createConnect(a)(address)).toThrow(SocketError);
    expect(() => createConnect(a)(address)).toThrow(message);
  });

  it('close gives the reason to pending reads, and to opened while it is pending', async () => {
    const { client } = await pair();
    const reading = client.readable.getReader().read();
    const reason = new Error('enough');
    expect(await client.close(reason)).toBeUndefined();
    await expect(reading).rejects.toBe(reason);
    const { a } = hosts();
    const early = createConnect(a)('b:80');
    await early.close(reason);
    await expect(early.opened).rejects.toBe(reason);
  });

  it('aborting writable resets the connection', async () => {
    const { client, server } = await pair();
    const { readable } = await server.opened;
    await client.writable.abort(new Error('spoilt'));
    await expect(text(readable)).rejects.toMatchObject({ name: 'NetworkError' });
    await expect(server.closed).rejects.toMatchObject({ name: 'NetworkError' });
  });

  it('waits for the send buffer, and the window for the reader', async () => {
    const { client, server } = await pair();
    const { readable } = await server.opened;
    const writer = client.writable.getWriter();
    const size = 4 << 20;
    let isWritten = false;
    const writing = writer.write(new Uint8Array(size).fill(7)).then(() => {
      isWritten = true;
    });
    // Everything that can move without a reader has moved when the network has nothing left to do.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(isWritten).toBe(false);
    const reader = readable.getReader({ mode: 'byob' });
    let count = 0;
    let buffer = new ArrayBuffer(100_000);
    while (count < size) {
      const { value } = await reader.read(new Uint8Array(buffer));
      if (value === undefined) break;
      count += value.length;
      expect(value[0]).toBe(7);
      buffer = value.buffer as ArrayBuffer;
    }
    await writing;
    expect(count).toBe(size);
    await client.close();
  });

  it('refuses TLS without a hook, and upgrades with one', async () => {
    const { client } = await pair();
    expect(() => client.startTls()).toThrow(/secureTransport 'starttls'/);
    const { a, b } = hosts();
    expect(() => createConnect(a)('b:80', { secureTransport: 'on' })).toThrow(/'tls' hook/);
    expect(() => createConnect(a)('b:80', { secureTransport: 'starttls' }).startTls()).toThrow(/'tls' hook/);
    const listener = new (createDirectSockets(b).TCPServerSocket)('::', { localPort: 443 });
    const accepting = (await listener.opened).readable.getReader();
    const flip = () =>
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => controller.enqueue(chunk.map((octet) => octet ^ 255)),
      });
    const connect = createConnect(a, {
      tls: (plain, { serverName }) => {
        const out = flip();
        out.readable.pipeTo(plain.writable).catch(() => {});
        expect(serverName).toBe('b');
        return {
          readable: plain.readable.pipeThrough(flip()),
          writable: out.writable,
          opened: Promise.resolve({ alpn: 'x' }),
        };
      },
    });
    const plain = connect('b:443', { secureTransport: 'starttls', allowHalfOpen: true });
    const { value: server } = await accepting.read();
    const secure = plain.startTls();
    expect(plain.upgraded).toBe(true);
    expect((await secure.opened).alpn).toBe('x');
    const writer = secure.writable.getWriter();
    await writer.write(octets('ab'));
    await writer.close();
    const seen = await new Response((await server?.opened)?.readable).arrayBuffer();
    expect([...new Uint8Array(seen)]).toEqual([0x61 ^ 255, 0x62 ^ 255]);
  });
});
