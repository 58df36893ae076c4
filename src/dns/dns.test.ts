/** `woshou/dns` beside `node:dns`: the same arguments are refused; resolvers and servers over links that lose and cut. */
import nodeDns, { type SoaRecord } from 'node:dns';
import { once } from 'node:events';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDgram } from '../dgram/index.ts';
import { createNet } from '../net/index.ts';
import { Network } from '../sim/network.ts';
import type { NetworkLinkOptions } from '../sim/network-options.ts';
import { framed } from './client.ts';
import { createDns, type Dns, type DnsOptions, type DnsServerOptions, serveDns, type ZoneTable } from './index.ts';
import { type DnsMessage, decodeMessage, encodeMessage, messageOf } from './message.ts';

const ZONE: ZoneTable = {
  'example.test': {
    SOA: { nsname: 'ns.example.test', hostmaster: 'root.example.test', serial: 7, minttl: 30 },
    NS: 'ns.example.test',
    MX: [
      { priority: 10, exchange: 'mail.example.test' },
      { priority: 20, exchange: 'mail2.example.test' },
    ],
    TXT: ['v=spf1 -all', ['two ', 'parts']],
    CAA: { tag: 'issue', value: 'ca.test' },
    A: '192.0.2.1',
    AAAA: ['2001:db8::1', '2001:db8::2'],
    ttl: 60,
  },
  'www.example.test': { CNAME: 'web.example.test' },
  'web.example.test': { A: ['192.0.2.10', '192.0.2.11'] },
  'four.example.test': { A: '192.0.2.4' },
  '_http._tcp.example.test': { SRV: { priority: 1, weight: 2, port: 8080, name: 'web.example.test' } },
  'naptr.example.test': {
    NAPTR: {
      order: 1,
      preference: 2,
      flags: 's',
      service: 'SIP+D2U',
      regexp: '',
      replacement: '_sip._udp.example.test',
    },
  },
  '*.wild.example.test': { A: '192.0.2.99' },
  'loop.example.test': { CNAME: 'pool.example.test' },
  'pool.example.test': { CNAME: 'loop.example.test' },
  'large.example.test': { TXT: Array.from({ length: 40 }, (_, index) => `${index} ${'x'.repeat(200)}`) },
  '10.2.0.192.in-addr.arpa': { PTR: 'web.example.test' },
  [`1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`]: { PTR: 'example.test' },
};

interface House {
  readonly network: Network;
  readonly dns: Dns;
  readonly server: Awaited<ReturnType<typeof serveDns>>;
}

async function house(
  link: NetworkLinkOptions = {},
  serving: DnsServerOptions = {},
  options: DnsOptions = {},
): Promise<House> {
  const network = new Network({ seed: 11 });
  const [client, name] = [network.host('client'), network.host('names')];
  network.link(client, name, { delayMs: 5, ...link });
  const server = await serveDns(name, ZONE, serving);
  server.unref();
  return { network, server, dns: createDns(client, { servers: ['10.0.1.2'], ...options }) };
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    return { resolved: await promise };
  } catch (error) {
    const { message, code, errno, syscall, hostname } = error as NodeJS.ErrnoException & { hostname?: string };
    return { message, code, errno, syscall, hostname };
  }
}

function thrownBy(call: () => unknown): unknown {
  try {
    call();
    return 'nothing';
  } catch (error) {
    const { name, code, message } = error as NodeJS.ErrnoException;
    return { name, code, message };
  }
}

describe('a resolver and a server', () => {
  it('gives every type of record the shape Node gives it', async () => {
    const { promises } = (await house()).dns;
    expect(await promises.resolve4('example.test', { ttl: true })).toEqual([{ address: '192.0.2.1', ttl: 60 }]);
    expect(await promises.resolve6('EXAMPLE.test.')).toEqual(['2001:db8::1', '2001:db8::2']);
    expect(await promises.resolve4('www.example.test')).toEqual(['192.0.2.10', '192.0.2.11']);
    expect(await promises.resolve4('anything.wild.example.test')).toEqual(['192.0.2.99']);
    expect(await promises.resolveCname('www.example.test')).toEqual(['web.example.test']);
    expect(await promises.resolveMx('example.test')).toEqual([
      { priority: 10, exchange: 'mail.example.test' },
      { priority: 20, exchange: 'mail2.example.test' },
    ]);
    expect(await promises.resolveTxt('example.test')).toEqual([['v=spf1 -all'], ['two ', 'parts']]);
    expect(await promises.resolveNs('example.test')).toEqual(['ns.example.test']);
    expect(await promises.resolveSrv('_http._tcp.example.test')).toEqual([
      { name: 'web.example.test', port: 8080, priority: 1, weight: 2 },
    ]);
    expect(await promises.resolveCaa('example.test')).toEqual([{ critical: 0, issue: 'ca.test' }]);
    expect(await promises.resolveNaptr('naptr.example.test')).toEqual([
      {
        order: 1,
        preference: 2,
        flags: 's',
        service: 'SIP+D2U',
        regexp: '',
        replacement: '_sip._udp.example.test',
      },
    ]);
    expect((await promises.resolveSoa('example.test')) satisfies SoaRecord).toMatchObject({
      nsname: 'ns.example.test',
      serial: 7,
      minttl: 30,
    });
    expect(await promises.resolvePtr('10.2.0.192.in-addr.arpa')).toEqual(['web.example.test']);
    expect(await promises.reverse('192.0.2.10')).toEqual(['web.example.test']);
    expect(await promises.reverse('2001:db8::1')).toEqual(['example.test']);
    expect(await promises.resolveAny('four.example.test')).toEqual([{ type: 'A', address: '192.0.2.4', ttl: 300 }]);
    expect(await promises.resolve('example.test', 'AAAA')).toEqual(['2001:db8::1', '2001:db8::2']);
  });

  it('fails with the codes of Node', async () => {
    const { dns } = await house();
    expect(await failure(dns.promises.resolve4('missing.example.test'))).toEqual({
      message: 'queryA ENOTFOUND missing.example.test',
      code: 'ENOTFOUND',
      errno: undefined,
      syscall: 'queryA',
      hostname: 'missing.example.test',
    });
    expect(await failure(dns.promises.resolve6('four.example.test'))).toMatchObject({ code: 'ENODATA' });
    expect(await failure(dns.promises.resolve4('loop.example.test'))).toMatchObject({ code: 'ESERVFAIL' });
    expect(await failure(dns.promises.resolve4('elsewhere.org'))).toMatchObject({ code: 'EREFUSED' });
    expect(await failure(dns.promises.reverse('192.0.2.200'))).toMatchObject({
      message: 'getHostByAddr EREFUSED 192.0.2.200',
    });
    expect(await failure(dns.promises.resolve4(`${'x'.repeat(70)}.test`))).toMatchObject({ code: 'EBADNAME' });
  });

  it('goes on by TCP when an answer is too long for UDP', async () => {
    const { dns, server } = await house();
    const texts = await dns.promises.resolveTxt('large.example.test');
    expect([texts.length, server.counters.udpQueries, server.counters.tcpQueries]).toEqual([40, 1, 1]);
  });

  it('asks again over a link that loses', async () => {
    const { dns, server } = await house({ loss: 0.4 });
    const names = Array.from({ length: 20 }, (_, index) => `host${index}.wild.example.test`);
    const found = await Promise.all(names.map((name) => dns.promises.resolve4(name).catch((error) => error.code)));
    const answered = found.filter((one) => Array.isArray(one)).length;
    // Four tries, each lost with 1 - 0.6 * 0.6: about one question in six stays without an answer.
    expect(answered).toBeGreaterThanOrEqual(12);
    expect(found.filter((one) => !Array.isArray(one)).every((code) => code === 'ETIMEOUT')).toBe(true);
    expect(server.counters.udpQueries).toBeGreaterThan(20);
  });

  it('times out after its tries, each twice as long, on the clock of the network', async () => {
    const { network, dns } = await house({ cut: true }, {}, { timeoutMs: 1000, tries: 3 });
    const startMs = network.nowMs;
    expect(await failure(dns.promises.resolve4('example.test'))).toMatchObject({
      message: 'queryA ETIMEOUT example.test',
      code: 'ETIMEOUT',
    });
    expect(network.nowMs - startMs).toBeGreaterThanOrEqual(7000);
    expect(network.nowMs - startMs).toBeLessThan(7100);
    expect(await failure(dns.promises.lookup('example.test'))).toMatchObject({ code: 'EAI_AGAIN', errno: -3001 });
  });

  it('says ECONNREFUSED where no server is, and takes the next server', async () => {
    const { dns } = await house({}, { port: 5353 });
    expect(await failure(dns.promises.resolve4('example.test'))).toMatchObject({ code: 'ECONNREFUSED' });
    dns.setServers(['10.0.1.2', '10.0.1.2:5353']);
    expect(dns.getServers()).toEqual(['10.0.1.2', '10.0.1.2:5353']);
    expect(await dns.promises.resolve4('example.test')).toEqual(['192.0.2.1']);
  });

  it('calls off what is under way', async () => {
    const { dns } = await house({ cut: true });
    const resolver = new dns.promises.Resolver();
    const asked = failure(resolver.resolve4('example.test'));
    setImmediate(() => resolver.cancel());
    expect(await asked).toMatchObject({ message: 'queryA ECANCELLED example.test' });
  });

  it('has resolvers of their own servers, settings and source', async () => {
    const { dns } = await house({}, { port: 5353 });
    const resolver = new dns.Resolver({ timeout: 100, tries: 1 });
    resolver.setServers(['10.0.1.2:5353']);
    resolver.setLocalAddress('10.0.1.1');
    const found = await new Promise((resolve) => resolver.resolve4('example.test', (...args) => resolve(args)));
    expect(found).toEqual([null, ['192.0.2.1']]);
    expect(dns.getServers()).toEqual(['10.0.1.2']);
  });

  it('forwards what it does not know', async () => {
    const network = new Network({ seed: 12 });
    const [client, near, far] = ['client', 'near', 'far'].map((name) => network.host(name));
    if (client === undefined || near === undefined || far === undefined) throw new Error('no hosts');
    network.switch([client, near, far], { delayMs: 2 });
    const servers = [
      await serveDns(far, ZONE),
      await serveDns(near, { 'near.test': { A: '192.0.2.50' } }, { forwardTo: ['10.0.1.3'] }),
    ];
    const dns = createDns(client, { servers: ['10.0.1.2'] });
    expect(await dns.promises.resolve4('near.test')).toEqual(['192.0.2.50']);
    expect(await dns.promises.resolve4('web.example.test')).toEqual(['192.0.2.10', '192.0.2.11']);
    expect(await failure(dns.promises.resolve4('no.example.test'))).toMatchObject({ code: 'ENOTFOUND' });
    expect(servers.map((server) => server.counters.forwarded)).toEqual([0, 2]);
    for (const server of servers) await server.close();
    expect(await failure(dns.promises.resolve4('near.test'))).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('hears nothing from others, and nothing that answers another question', async () => {
    const { network, dns } = await house({}, { port: 5353 }, { timeoutMs: 200, tries: 1 });
    const liar = createDgram(network.hostNamed('names')).createSocket('udp4').bind(53);
    await once(liar, 'listening');
    liar.on('message', (query, from) => {
      const answer = Buffer.from(query);
      answer[2] = 0x80;
      answer[0] = (answer[0] as number) ^ 1;
      liar.send(answer, from.port, from.address);
      liar.send('garbage', from.port, from.address);
    });
    expect(await failure(dns.promises.resolve4('example.test'))).toMatchObject({ code: 'ETIMEOUT' });
    liar.close();
  });
});

describe('a server and a resolver among garbage', () => {
  const octets = fc.uint8Array({ maxLength: 400 });
  const query = encodeMessage(messageOf({ id: 9, questions: [{ name: 'web.example.test', type: 'A', class: 'IN' }] }));
  const spoilt = fc
    .array(fc.tuple(fc.nat(query.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 })
    .map((changes) => {
      const bytes = query.slice();
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });

  it('answers on', async () => {
    const { network, server, dns } = await house();
    const client = network.hostNamed('client');
    const socket = createDgram(client).createSocket('udp4').bind();
    await once(socket, 'listening');
    const net = createNet(client);
    const seed = 20;
    for (const bytes of fc.sample(fc.oneof(octets, spoilt), { numRuns: 300, seed })) {
      await new Promise((resolve) => socket.send(bytes, 53, '10.0.1.2', resolve));
    }
    for (const bytes of fc.sample(fc.oneof(octets, spoilt), { numRuns: 30, seed })) {
      const connection = net.connect(53, '10.0.1.2');
      connection.on('error', () => {});
      connection.end(Buffer.concat([framed(bytes), bytes]));
      connection.resume();
      await once(connection, 'close');
    }
    expect(await dns.promises.resolve4('web.example.test')).toEqual(['192.0.2.10', '192.0.2.11']);
    expect(await dns.promises.resolveTxt('large.example.test')).toHaveLength(40);
    expect([server.counters.malformed > 100, server.counters.tcpQueries > 30]).toEqual([true, true]);
    socket.close();
  });

  it('does not believe what is no answer, by TCP either', async () => {
    const network = new Network({ seed: 14 });
    const [client, liar] = [network.host('client'), network.host('liar')];
    network.link(client, liar);
    const udp = createDgram(liar).createSocket('udp4').bind(53);
    // Always cut short.
    udp.on('message', (bytes, from) => {
      const { id, questions } = decodeMessage(bytes) as DnsMessage;
      const answer = messageOf({ id, questions, isResponse: true, isTruncated: true });
      udp.send(encodeMessage(answer), from.port, from.address);
    });
    const lies = fc.sample(octets, { numRuns: 20, seed: 21 });
    const tcp = createNet(liar).createServer((socket) => {
      socket.on('error', () => {});
      socket.end(framed(lies.pop() ?? new Uint8Array(3)));
    });
    tcp.listen(53);
    await once(tcp, 'listening');
    const dns = createDns(client, { servers: ['10.0.1.2'] });
    for (let count = lies.length; count > 0; count--) {
      expect(await failure(dns.promises.resolve4('example.test'))).toMatchObject({ code: 'EBADRESP' });
    }
    tcp.close();
    udp.close();
  });
});

describe('lookup', () => {
  it('knows the hosts of the network, itself and literals', async () => {
    const network = new Network({ seed: 13 });
    const [a, b] = [network.host('a'), network.host('b')];
    network.link(a, b);
    const dns = createDns(a);
    const { lookup } = dns.promises;
    expect(await lookup('b')).toEqual({ address: '10.0.1.2', family: 4 });
    expect(await lookup('b', { all: true })).toEqual([
      { address: '10.0.1.2', family: 4 },
      { address: 'fd00:0:0:1::2', family: 6 },
    ]);
    expect(await lookup('b', 6)).toEqual({ address: 'fd00:0:0:1::2', family: 6 });
    expect(await lookup('b', { all: true, order: 'ipv6first' } as object)).toMatchObject([
      { family: 6 },
      { family: 4 },
    ]);
    expect(await lookup('localhost', { family: 6 })).toEqual({ address: '::1', family: 6 });
    expect(await lookup('2001:db8::5')).toEqual({ address: '2001:db8::5', family: 6 });
    expect(await promisify(dns.lookup)('b')).toEqual({ address: '10.0.1.2', family: 4 });
    expect(await dns.promises.resolve4('b')).toEqual(['10.0.1.2']);
    expect(await dns.promises.reverse('10.0.1.2')).toEqual(['b']);
    expect(await dns.promises.lookupService('10.0.1.2', 80)).toEqual({ hostname: 'b', service: 'http' });
    expect(await failure(dns.promises.lookupService('192.0.2.1', 81))).toMatchObject({
      message: 'getnameinfo ENOTFOUND 192.0.2.1',
    });
    expect(await failure(lookup('nowhere.test'))).toMatchObject({
      message: 'getaddrinfo ENOTFOUND nowhere.test',
      errno: -3008,
    });
  });

  it('maps IPv4 addresses when asked to', async () => {
    const dns = createDns(new Network().host('x'), { zone: ZONE });
    const hints = dns.V4MAPPED;
    expect(await dns.promises.lookup('four.example.test', { family: 6, hints })).toEqual({
      address: '::ffff:192.0.2.4',
      family: 6,
    });
    expect(await failure(dns.promises.lookup('four.example.test', 6))).toMatchObject({ code: 'ENOTFOUND' });
    const all = await dns.promises.lookup('example.test', { family: 6, hints: hints | dns.ALL, all: true });
    expect(all.map((one) => one.address)).toEqual(['2001:db8::1', '2001:db8::2', '::ffff:192.0.2.1']);
  });

  it('orders by the default that was set', async () => {
    const dns = createDns(new Network().host('x'), { zone: ZONE });
    expect(dns.getDefaultResultOrder()).toBe(nodeDns.getDefaultResultOrder());
    dns.setDefaultResultOrder('ipv6first' as 'verbatim');
    expect(await dns.promises.lookup('example.test')).toEqual({ address: '2001:db8::1', family: 6 });
    dns.promises.setDefaultResultOrder('ipv4first');
    expect(await dns.promises.lookup('example.test')).toEqual({ address: '192.0.2.1', family: 4 });
  });
});

describe('arguments', () => {
  const none = (): void => {};
  it.each<[string, (dns: Dns) => unknown]>([
    ['a name that is a number', (dns) => dns.resolve4(5 as unknown as string, none)],
    ['no callback', (dns) => dns.resolve4('x', undefined as never)],
    ['an unknown type', (dns) => dns.resolve('x', 'NONSENSE' as 'A', none)],
    ['lookup of a number', (dns) => dns.lookup(5 as unknown as string, none)],
    ['lookup without callback', (dns) => dns.lookup('x', undefined as never)],
    ['a wrong family', (dns) => dns.lookup('x', { family: 5 as 4 }, none)],
    ['wrong hints', (dns) => dns.lookup('x', { hints: 7 }, none)],
    ['a wrong all', (dns) => dns.lookup('x', { all: 'yes' as unknown as true }, none)],
    ['reverse of a name', (dns) => dns.reverse('x', none)],
    ['a service of a name', (dns) => dns.lookupService('x', 1, none)],
    ['a service of no port', (dns) => dns.lookupService('127.0.0.1', 70_000, none)],
    ['servers that are none', (dns) => dns.setServers(['x'])],
    ['servers that are no list', (dns) => dns.setServers('1.1.1.1' as unknown as string[])],
    ['a wrong order', (dns) => dns.setDefaultResultOrder('random' as 'verbatim')],
    ['a wrong timeout', (dns) => new dns.Resolver({ timeout: -5 })],
    ['no tries', (dns) => new dns.Resolver({ tries: 0 })],
    ['a wrong local address', (dns) => new dns.Resolver().setLocalAddress('x')],
    ['a promise about a number', (dns) => dns.promises.resolve4(5 as unknown as string)],
  ])('%s is refused as Node refuses it', (_name, call) => {
    const ours = thrownBy(() => call(createDns(new Network().host('x'))));
    expect(ours).not.toBe('nothing');
    expect(ours).toEqual(thrownBy(() => call(nodeDns)));
  });

  it('has the functions and constants Node has', () => {
    const dns = createDns(new Network().host('x'));
    expect(Object.keys(dns).sort()).toEqual(Object.keys(nodeDns).sort());
    expect(Object.keys(dns.promises).sort()).toEqual(Object.keys(nodeDns.promises).sort());
    for (const [key, value] of Object.entries(nodeDns)) {
      const ours = (dns as unknown as Record<string, unknown>)[key];
      if (typeof value !== 'function' && typeof value !== 'object') expect([key, ours]).toEqual([key, value]);
      else expect([key, ours === value]).toEqual([key, false]);
    }
  });
});
