/** `woshou/dgram` beside `node:dgram` on the loopback: the same program sees the same events and the same errors. */
import nodeDgram from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Network } from '../sim/network.ts';
import { createDgram, type Dgram } from './index.ts';

function virtual(): Dgram {
  return createDgram(new Network({ seed: 7 }).host('here'));
}

type Story = (dgram: Dgram) => Promise<unknown>;

/** Ephemeral ports differ from run to run; everything else must not. */
function erase(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, inner) => {
      if (inner instanceof Error)
        return { ...inner, name: inner.name, message: inner.message.replace(/:\d{4,5}$/, ':P') };
      return typeof inner === 'number' && inner > 1023 && inner < 65_536 ? 'port' : inner;
    }),
  );
}

async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return 'nothing';
  } catch (error) {
    const { name, code, errno, syscall, message } = error as NodeJS.ErrnoException;
    return { name, code, errno, syscall, message };
  }
}

async function bound(dgram: Dgram, type: nodeDgram.SocketType, address: string): Promise<nodeDgram.Socket> {
  const socket = dgram.createSocket(type);
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}

/** A port nobody has. */
async function freePort(dgram: Dgram): Promise<number> {
  const socket = await bound(dgram, 'udp4', '127.0.0.1');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

const stories: Record<string, Story> = {
  'a datagram with its rinfo, and the callback of send': async (dgram) => {
    const server = await bound(dgram, 'udp4', '127.0.0.1');
    const client = dgram.createSocket('udp4');
    const sent = new Promise((resolve) => {
      client.send([Buffer.from('one '), 'two'], server.address().port, '127.0.0.1', (...args) => resolve(args));
    });
    const [message, rinfo] = await once(server, 'message');
    const result = [String(message), rinfo, await sent, client.address()];
    client.close();
    server.close();
    return result;
  },
  'an empty datagram and one sent by offset and length': async (dgram) => {
    const server = await bound(dgram, 'udp4', '127.0.0.1');
    const client = dgram.createSocket('udp4');
    const got: string[] = [];
    const done = new Promise<void>((resolve) => {
      server.on('message', (message) => {
        got.push(String(message));
        if (got.length === 2) resolve();
      });
    });
    client.send('', server.address().port, '127.0.0.1', () => {
      client.send(Buffer.from('abcdef'), 1, 3, server.address().port, '127.0.0.1');
    });
    await done;
    client.close();
    server.close();
    return got;
  },
  'IPv6 with its rinfo': async (dgram) => {
    const server = await bound(dgram, 'udp6', '::1');
    const client = dgram.createSocket('udp6');
    client.send('x', server.address().port, '::1');
    const [message, rinfo] = await once(server, 'message');
    const result = [String(message), rinfo, server.address()];
    client.close();
    server.close();
    return result;
  },
  'IPv4 peers of a socket for both families are mapped': async (dgram) => {
    const server = await bound(dgram, 'udp6', '::');
    const client = dgram.createSocket('udp4');
    client.send('x', server.address().port, '127.0.0.1');
    const [, rinfo] = await once(server, 'message');
    server.send('back', rinfo.port, rinfo.address);
    const [, answer] = await once(client, 'message');
    client.close();
    server.close();
    return [rinfo, answer];
  },
  'connect, remoteAddress, send without address, disconnect': async (dgram) => {
    const server = await bound(dgram, 'udp4', '127.0.0.1');
    const client = dgram.createSocket('udp4');
    client.connect(server.address().port, '127.0.0.1');
    await once(client, 'connect');
    const remote = client.remoteAddress();
    client.send('hello');
    const [message] = await once(server, 'message');
    const twice = await thrownBy(() => client.connect(5, '127.0.0.1'));
    const named = await thrownBy(() => client.send('x', 5, '127.0.0.1'));
    client.disconnect();
    const gone = [await thrownBy(() => client.remoteAddress()), await thrownBy(() => client.disconnect())];
    client.close();
    server.close();
    return [remote, String(message), twice, named, gone];
  },
  'port unreachable is ECONNREFUSED of a connected socket': async (dgram) => {
    const port = await freePort(dgram);
    const client = dgram.createSocket('udp4');
    client.connect(port, '127.0.0.1');
    await once(client, 'connect');
    client.send('anybody?');
    const [error] = await once(client, 'error');
    client.close();
    return { code: error.code, errno: error.errno, syscall: error.syscall, message: error.message };
  },
  'a port that is taken': async (dgram) => {
    const first = await bound(dgram, 'udp4', '127.0.0.1');
    const second = dgram.createSocket('udp4');
    second.bind(first.address().port, '127.0.0.1');
    const [error] = await once(second, 'error');
    first.close();
    second.close();
    return error;
  },
  'a port shared by reuseAddr': async (dgram) => {
    const first = dgram.createSocket({ type: 'udp4', reuseAddr: true });
    first.bind(0, '127.0.0.1');
    await once(first, 'listening');
    const second = dgram.createSocket({ type: 'udp4', reuseAddr: true });
    second.bind(first.address().port, '127.0.0.1');
    await once(second, 'listening');
    const same = first.address().port === second.address().port;
    first.close();
    second.close();
    return same;
  },
  'ipv6Only leaves IPv4 to others, a socket of both families does not': async (dgram) => {
    const result: unknown[] = [];
    for (const ipv6Only of [true, false]) {
      const six = dgram.createSocket({ type: 'udp6', ipv6Only });
      six.bind(0, '::');
      await once(six, 'listening');
      const four = dgram.createSocket('udp4');
      const heard = new Promise((resolve) => {
        four.on('listening', () => resolve('listening'));
        four.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      });
      four.bind(six.address().port, '0.0.0.0');
      result.push(await heard);
      six.close();
      four.close();
    }
    return result;
  },
  'an address that is not ours': async (dgram) => {
    const socket = dgram.createSocket('udp4');
    socket.bind(0, '192.0.2.77');
    const [error] = await once(socket, 'error');
    socket.close();
    return error;
  },
  'a datagram that is too long': async (dgram) => {
    const socket = dgram.createSocket('udp4');
    const result = await new Promise((resolve) => {
      socket.send(Buffer.alloc(70_000), 9, '127.0.0.1', (error) => resolve(error));
    });
    socket.close();
    return result;
  },
  'options, before and after bind': async (dgram) => {
    const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: 50_000 });
    const early = [
      await thrownBy(() => socket.setTTL(3)),
      await thrownBy(() => socket.setBroadcast(true)),
      await thrownBy(() => socket.getRecvBufferSize()),
      await thrownBy(() => socket.address()),
      await thrownBy(() => socket.setMulticastTTL(3)),
    ];
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    socket.setBroadcast(true);
    socket.setSendBufferSize(60_000);
    return [
      early,
      socket.setTTL(3),
      socket.setMulticastTTL(5),
      await thrownBy(() => socket.setMulticastLoopback(false)),
      socket.getRecvBufferSize(),
      socket.getSendBufferSize(),
      socket.getSendQueueSize(),
      socket.getSendQueueCount(),
      await thrownBy(() => socket.setTTL(0)),
      await thrownBy(() => socket.setTTL(256)),
      await thrownBy(() => socket.setMulticastTTL(1000)),
      await thrownBy(() => socket.addMembership('127.0.0.1')),
      await thrownBy(() => socket.addMembership('nonsense')),
      await thrownBy(() => socket.addMembership('224.0.0.200', '192.0.2.9')),
      await thrownBy(() => socket.dropMembership('224.0.0.200')),
      await thrownBy(() => socket.setMulticastInterface('nonsense')),
      await thrownBy(() => socket.setMulticastInterface('192.0.2.9')),
      await thrownBy(() => socket.bind(0)),
      socket.ref() === socket && socket.unref() === socket,
      socket.close() === socket,
      await thrownBy(() => socket.close()),
      await thrownBy(() => socket.send('x', 1)),
    ];
  },
  'wrong arguments': async (dgram) => {
    const socket = dgram.createSocket('udp4');
    const wrong = socket as unknown as { send(...args: unknown[]): void; bind(...args: unknown[]): void };
    const result = [
      await thrownBy(() => dgram.createSocket('udp5' as 'udp4')),
      await thrownBy(() => wrong.send('x')),
      await thrownBy(() => wrong.send('x', 70_000)),
      await thrownBy(() => wrong.send(5, 1)),
      await thrownBy(() => wrong.send('x', 1, 5)),
      await thrownBy(() => dgram.createSocket({ type: 'udp4', signal: 'no' as unknown as AbortSignal })),
    ];
    socket.close();
    return result;
  },
  'order of events': async (dgram) => {
    const log: string[] = [];
    const socket = dgram.createSocket({ type: 'udp4' }, () => log.push('message'));
    for (const name of ['listening', 'connect', 'close', 'error']) socket.on(name, () => log.push(name));
    const closed = once(socket, 'close');
    socket.bind(0, '127.0.0.1', () => {
      log.push('bound');
      const { port } = socket.address();
      socket.send('to myself', port, '127.0.0.1', () => log.push('sent'));
      socket.once('message', () => socket.close(() => log.push('closed')));
    });
    log.push('after bind');
    await closed;
    return log;
  },
  'an abort signal closes': async (dgram) => {
    const controller = new AbortController();
    const socket = dgram.createSocket({ type: 'udp4', signal: controller.signal });
    const closed = once(socket, 'close');
    socket.bind(0, '127.0.0.1', () => controller.abort());
    await closed;
    const born = dgram.createSocket({ type: 'udp4', signal: AbortSignal.abort() });
    return thrownBy(() => born.address());
  },
  'a look-up of its own': async (dgram) => {
    const asked: string[] = [];
    const socket = dgram.createSocket({
      type: 'udp4',
      lookup: ((name: string, _family: number, callback: (error: Error | null, address: string) => void) => {
        asked.push(name);
        process.nextTick(callback, name === 'nowhere' ? new Error('no such name') : null, '127.0.0.1');
      }) as never,
    });
    socket.bind(0, 'somewhere');
    await once(socket, 'listening');
    const error = await new Promise((resolve) => socket.send('x', 9, 'nowhere', resolve));
    socket.close();
    return [asked, (error as Error).message];
  },
};

describe('woshou/dgram behaves as node:dgram', () => {
  it.each(Object.keys(stories))('%s', async (name) => {
    const story = stories[name] as Story;
    const [theirs, ours] = await Promise.all([story(nodeDgram), story(virtual())]);
    expect(erase(ours)).toEqual(erase(theirs));
  });
});

describe('woshou/dgram between hosts', () => {
  function lan(): { a: Dgram; b: Dgram; c: Dgram } {
    const network = new Network({ seed: 8 });
    const hosts = ['a', 'b', 'c'].map((name) => network.host(name));
    network.switch(hosts, { delayMs: 3 });
    const [a, b, c] = hosts.map((host) => createDgram(host));
    return { a, b, c } as { a: Dgram; b: Dgram; c: Dgram };
  }

  it('finds hosts by name, and says ENOTFOUND as Node does', async () => {
    const { a, b } = lan();
    const server = b.createSocket('udp4').bind(53);
    const client = a.createSocket('udp4');
    client.send('x', 53, 'b');
    const [, rinfo] = await once(server, 'message');
    expect(rinfo).toMatchObject({ address: '10.0.1.1', family: 'IPv4', size: 1 });
    client.send('x', 53, 'nobody');
    const [error] = await once(client, 'error');
    expect(error).toMatchObject({ code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: 'nobody', errno: -3008 });
    client.close();
    server.close();
  });

  it('carries multicasts to members, to those of the sender too while multicast loopback is on', async () => {
    const { a, b, c } = lan();
    const heard: string[] = [];
    const member = async (dgram: Dgram, name: string): Promise<nodeDgram.Socket> => {
      const socket = dgram.createSocket('udp4');
      socket.bind(5353);
      await once(socket, 'listening');
      if (name !== 'c') socket.addMembership('239.1.2.3');
      socket.on('message', (message, rinfo) => heard.push(`${name} ${message} ${rinfo.address}`));
      return socket;
    };
    const sockets = [await member(a, 'a'), await member(b, 'b'), await member(c, 'c')];
    const sender = sockets[0] as nodeDgram.Socket;
    const quiet = once(sockets[1] as nodeDgram.Socket, 'message');
    sender.send('loud', 5353, '239.1.2.3');
    await quiet;
    sender.setMulticastLoopback(false);
    const again = once(sockets[1] as nodeDgram.Socket, 'message');
    sender.send('soft', 5353, '239.1.2.3');
    await again;
    expect(heard.sort()).toEqual(['a loud 10.0.1.1', 'b loud 10.0.1.1', 'b soft 10.0.1.1']);
    // RFC 1112 §6.1: with a TTL of 0 it stays on the host.
    sender.setMulticastLoopback(true);
    sender.setMulticastTTL(0);
    const own = once(sender, 'message');
    sender.send('home', 5353, '239.1.2.3');
    await own;
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard.filter((line) => line.includes('home'))).toEqual(['a home 10.0.1.1']);
    for (const socket of sockets) socket.close();
  });

  it('hears only the sources it asked for', async () => {
    const { a, b, c } = lan();
    const listener = c.createSocket('udp4').bind(7000);
    await once(listener, 'listening');
    listener.addSourceSpecificMembership('10.0.1.2', '232.1.1.1');
    const heard: string[] = [];
    listener.on('message', (message) => heard.push(String(message)));
    const [one, two] = [a.createSocket('udp4'), b.createSocket('udp4')];
    one.send('unwanted', 7000, '232.1.1.1');
    two.send('wanted', 7000, '232.1.1.1');
    await once(listener, 'message');
    one.send('direct', 7000, '10.0.1.3');
    await once(listener, 'message');
    expect(heard).toEqual(['wanted', 'direct']);
    expect(() => listener.dropSourceSpecificMembership('10.0.1.1', '232.1.1.1')).toThrow('EADDRNOTAVAIL');
    listener.dropSourceSpecificMembership('10.0.1.2', '232.1.1.1');
    for (const socket of [one, two, listener]) socket.close();
  });

  it('needs leave to broadcast', async () => {
    const { a, b } = lan();
    const server = b.createSocket('udp4').bind(9);
    await once(server, 'listening');
    const client = a.createSocket('udp4').bind();
    await once(client, 'listening');
    const refused = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
      client.send('x', 9, '255.255.255.255', resolve);
    });
    expect(refused).toMatchObject({ code: 'EACCES', syscall: 'send', address: '255.255.255.255', port: 9 });
    client.setBroadcast(true);
    client.send('x', 9, '255.255.255.255');
    await once(server, 'message');
    client.close();
    server.close();
  });

  it('is disposed of by await using', async () => {
    const { a } = lan();
    const socket = a.createSocket('udp4').bind();
    await once(socket, 'listening');
    const closed = once(socket, 'close');
    await socket[Symbol.asyncDispose]();
    await closed;
  });
});
