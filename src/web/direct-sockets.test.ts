/** Direct Sockets over a simulated network: what the specification's steps say, section by section. */
import { describe, expect, it } from 'vitest';
import { Network } from '../sim/index.ts';
import { createDirectSockets, type TCPSocket } from './index.ts';

function hosts() {
  const network = new Network({ seed: 23 });
  const a = network.host('a');
  const b = network.host('b');
  network.link(a, b, { delayMs: 5 });
  return { a: createDirectSockets(a), b: createDirectSockets(b), hostA: a };
}

async function connected(options = {}) {
  const { a, b, hostA } = hosts();
  const server = new b.TCPServerSocket('0.0.0.0', { localPort: 2000 });
  const { readable } = await server.opened;
  const reader = readable.getReader();
  const socket = new a.TCPSocket('b', 2000, options);
  const { value } = await reader.read();
  reader.releaseLock();
  return { a, b, hostA, server, socket, accepted: value as TCPSocket };
}

const octets = (words: string) => new TextEncoder().encode(words);
const nameOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fulfilled',
    (error: Error) => error.name,
  );

describe('TCPSocket', () => {
  // §1.1 steps 2 to 4, and Web IDL's [EnforceRange].
  it.each([
    [80, { keepAliveDelay: 999 }, /keepAliveDelay/],
    [80, { sendBufferSize: 0 }, /sendBufferSize/],
    [80, { receiveBufferSize: 0 }, /receiveBufferSize/],
    [80, { receiveBufferSize: 1.5 }, /receiveBufferSize/],
    [70_000, {}, /remotePort/],
    [80, { dnsQueryType: 'any' as 'ipv4' }, /dnsQueryType/],
  ])('throws TypeError for port %i and %j', (port, options, message) => {
    const { a } = hosts();
    expect(() => new a.TCPSocket('b', port, options)).toThrow(TypeError);
    expect(() => new a.TCPSocket('b', port, options)).toThrow(message);
  });

  it('tells both ends in opened, which are of the class of their host', async () => {
    const { a, b, socket, accepted } = await connected();
    const near = await socket.opened;
    const far = await accepted.opened;
    expect([near.remoteAddress, near.remotePort, near.localAddress]).toEqual(['10.0.1.2', 2000, '10.0.1.1']);
    expect([far.remoteAddress, far.remotePort, far.localPort]).toEqual(['10.0.1.1', near.localPort, 2000]);
    expect([socket instanceof a.TCPSocket, accepted instanceof b.TCPSocket]).toEqual([true, true]);
  });

  it('dnsQueryType chooses the family', async () => {
    const { a, b } = hosts();
    await new b.TCPServerSocket('::', { localPort: 2000 }).opened;
    expect((await new a.TCPSocket('b', 2000, { dnsQueryType: 'ipv6' }).opened).remoteAddress).toBe('fd00:0:0:1::2');
    expect((await new a.TCPSocket('b', 2000, { dnsQueryType: 'ipv4' }).opened).remoteAddress).toBe('10.0.1.2');
  });

  it('sets the options of the connection', async () => {
    const { hostA } = await connected({
      ...{ noDelay: true, keepAliveDelay: 5000, sendBufferSize: 70_000, receiveBufferSize: 90_000 },
    });
    const [tcb] = [...hostA.stack.tcp.connections];
    expect(tcb).toMatchObject({
      ...{ noDelay: true, receiveLimit: 90_000 },
      keepAlive: { idleMs: 5000, intervalMs: 5000 },
    });
  });

  it('opened and closed are rejected with NetworkError when there is no connection', async () => {
    const { a } = hosts();
    for (const [host, port] of [
      ['b', 2001],
      ['nowhere', 1],
      ['b', 0],
    ] as const) {
      const socket = new a.TCPSocket(host, port);
      expect([await nameOf(socket.opened), await nameOf(socket.closed)]).toEqual(['NetworkError', 'NetworkError']);
    }
  });

  // §1.6
  it('close: InvalidStateError before opened and while a stream is locked, else it ends both', async () => {
    const { a, socket, accepted } = await connected();
    expect(await nameOf(new a.TCPSocket('b', 2000).close())).toBe('InvalidStateError');
    const { readable } = await socket.opened;
    const reader = readable.getReader();
    expect(await nameOf(socket.close())).toBe('InvalidStateError');
    reader.releaseLock();
    await socket.close();
    await socket.closed;
    await socket.close();
    expect((await (await accepted.opened).readable.getReader().read()).done).toBe(true);
  });

  // §1.3: abort shuts down for writing; what was written before arrives.
  it('abort of writable ends our direction, and reading goes on', async () => {
    const { socket, accepted } = await connected();
    const near = await socket.opened;
    const far = await accepted.opened;
    const writer = near.writable.getWriter();
    await writer.write(octets('first'));
    await writer.abort('enough');
    expect(await new Response(far.readable).text()).toBe('first');
    const answer = far.writable.getWriter();
    await answer.write(octets('answer'));
    await answer.close();
    expect(await new Response(near.readable).text()).toBe('answer');
    await socket.closed;
  });

  it('abort gives up a write that waits for a peer who does not read', async () => {
    const { socket } = await connected({ sendBufferSize: 1000 });
    const writer = (await socket.opened).writable.getWriter();
    const writing = writer.write(new Uint8Array(4 << 20));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const aborting = writer.abort(new Error('too slow'));
    await expect(writing).rejects.toThrow('too slow');
    await aborting;
  });

  it('after cancel the peer may go on writing; nothing is kept', async () => {
    const { socket, accepted } = await connected();
    const near = await socket.opened;
    await near.readable.cancel();
    const writer = (await accepted.opened).writable.getWriter();
    for (let turn = 0; turn < 20; turn++) await writer.write(new Uint8Array(200_000));
    await writer.close();
    await near.writable.close();
    await Promise.all([socket.closed, accepted.closed]);
  });

  it('takes every BufferSource and refuses the rest', async () => {
    const { socket, accepted } = await connected();
    const { writable } = await socket.opened;
    const reader = (await accepted.opened).readable.getReader();
    const writer = writable.getWriter() as WritableStreamDefaultWriter<unknown>;
    await writer.write(new Uint16Array([0x0101]));
    await writer.write(new ArrayBuffer(2));
    await writer.write(new DataView(new ArrayBuffer(4), 1, 2));
    let count = 0;
    while (count < 6) count += (await reader.read()).value?.length ?? 0;
    await expect(writer.write('text')).rejects.toThrow(/TextEncoder/);
  });

  it('a reader released and taken again misses nothing', async () => {
    const { socket, accepted } = await connected();
    const { readable } = await accepted.opened;
    const first = readable.getReader({ mode: 'byob' });
    const lost = nameOf(first.read(new Uint8Array(100)));
    first.releaseLock();
    expect(await lost).toBe('TypeError');
    const writer = (await socket.opened).writable.getWriter();
    await writer.write(octets('all of it'));
    await writer.close();
    let text = '';
    for await (const chunk of readable as unknown as AsyncIterable<Uint8Array>) text += new TextDecoder().decode(chunk);
    expect(text).toBe('all of it');
  });
});

describe('TCPServerSocket', () => {
  // §4.1
  it.each([
    ['::', { localPort: 0 }, /localPort/],
    ['::', { backlog: 0 }, /backlog/],
    ['0.0.0.0', { ipv6Only: true }, /ipv6Only/],
    ['name', {}, /IP address/],
  ])('throws TypeError for %s and %j', (address, options, message) => {
    const { b } = hosts();
    expect(() => new b.TCPServerSocket(address, options)).toThrow(TypeError);
    expect(() => new b.TCPServerSocket(address, options)).toThrow(message);
  });

  it('draws a port, refuses a taken one with NetworkError', async () => {
    const { b } = hosts();
    const { localPort, localAddress } = await new b.TCPServerSocket('::').opened;
    expect(localPort).toBeGreaterThan(1023);
    expect(localAddress).toBe('::');
    const second = new b.TCPServerSocket('::', { localPort });
    expect([await nameOf(second.opened), await nameOf(second.closed)]).toEqual(['NetworkError', 'NetworkError']);
    expect(await nameOf(second.close())).toBe('InvalidStateError');
  });

  it('close waits for nobody, and nobody can connect any more', async () => {
    const { a, server } = await connected();
    const reader = (await server.opened).readable.getReader();
    expect(await nameOf(server.close())).toBe('InvalidStateError');
    const reading = reader.read();
    await reader.cancel();
    expect((await reading).done).toBe(true);
    await server.closed;
    expect(await nameOf(new a.TCPSocket('b', 2000).opened)).toBe('NetworkError');
  });
});

describe('UDPSocket', () => {
  // §2.1
  it.each([
    [{}, /localAddress/],
    [{ remoteAddress: 'b' }, /go together/],
    [{ localPort: 5 }, /localAddress/],
    [{ localAddress: '::', localPort: 0 }, /localPort/],
    [{ localAddress: '::', remoteAddress: 'b', remotePort: 5 }, /localAddress/],
    [{ localAddress: 'b' }, /IP address/],
    [{ localAddress: '::', dnsQueryType: 'ipv4' as const }, /dnsQueryType/],
    [{ localAddress: '0.0.0.0', ipv6Only: true }, /ipv6Only/],
    [{ localAddress: '::', receiveBufferSize: 0 }, /receiveBufferSize/],
  ])('throws TypeError for %j', (options, message) => {
    const { a } = hosts();
    expect(() => new a.UDPSocket(options)).toThrow(TypeError);
    expect(() => new a.UDPSocket(options)).toThrow(message);
  });

  it('connected and bound modes exchange messages', async () => {
    const { a, b } = hosts();
    const bound = await new b.UDPSocket({ localAddress: '::', localPort: 53 }).opened;
    const asking = await new a.UDPSocket({ remoteAddress: 'b', remotePort: 53 }).opened;
    expect([asking.remoteAddress, asking.remotePort, bound.remoteAddress]).toEqual(['10.0.1.2', 53, undefined]);
    await asking.writable.getWriter().write({ data: octets('q') });
    const { value } = await bound.readable.getReader().read();
    expect(value).toEqual({ data: octets('q'), remoteAddress: '10.0.1.1', remotePort: asking.localPort });
    await bound.writable.getWriter().write({ ...value, data: octets('r').buffer as ArrayBuffer });
    expect((await asking.readable.getReader().read()).value).toEqual({ data: octets('r') });
  });

  it('refuses addresses in connected mode, wants them in bound mode, fails with NetworkError', async () => {
    const { a } = hosts();
    const asking = await new a.UDPSocket({ remoteAddress: 'b', remotePort: 53 }).opened;
    const message = { data: octets('q'), remoteAddress: 'b', remotePort: 53 };
    await expect(asking.writable.getWriter().write(message)).rejects.toThrow(TypeError);
    const bound = await new a.UDPSocket({ localAddress: '::' }).opened;
    await expect(bound.writable.getWriter().write({ data: octets('q') })).rejects.toThrow(TypeError);
    const unknown = new a.UDPSocket({ remoteAddress: 'nowhere', remotePort: 53 });
    expect(await nameOf(unknown.opened)).toBe('NetworkError');
    const refused = new a.UDPSocket({ remoteAddress: 'b', remotePort: 54 });
    const { writable, readable } = await refused.opened;
    await writable.getWriter().write({ data: octets('q') });
    expect(await nameOf(readable.getReader().read())).toBe('NetworkError');
    expect(await nameOf(refused.closed)).toBe('NetworkError');
  });

  it('close ends both streams', async () => {
    const { a } = hosts();
    const socket = new a.UDPSocket({ localAddress: '0.0.0.0' });
    const { readable } = await socket.opened;
    const reader = readable.getReader();
    expect(await nameOf(socket.close())).toBe('InvalidStateError');
    reader.releaseLock();
    await socket.close();
    await socket.close();
  });
});
