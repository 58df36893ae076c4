/** Names that need no question mean the same to every front end. */
import { describe, expect, it } from 'vitest';
import { createDgram } from '../dgram/index.ts';
import { createDns } from '../dns/index.ts';
import { createNet } from '../net/index.ts';
import { Network } from '../sim/network.ts';
import { resolve } from '../web/host.ts';
import { knownAddresses } from './known-addresses.ts';

const known: Readonly<Record<string, readonly string[]>> = { printer: ['10.0.0.9'], localhost: ['10.0.0.1', '::1'] };
const host = { addressesOf: (name: string): readonly string[] => known[name] ?? [] };

describe('knownAddresses', () => {
  it.each([
    ['printer', ['10.0.0.9']],
    ['nobody', []],
    ['localhost', ['127.0.0.1', '::1', '10.0.0.1']],
    ['LocalHost', ['127.0.0.1', '::1']],
    ['a.localhost', ['127.0.0.1', '::1']],
    ['notlocalhost', []],
  ])('%s is %j', (name, addresses) => {
    expect(knownAddresses(host, name)).toEqual(addresses);
  });
});

describe('localhost', () => {
  it.each(['other', 'localhost'])('is the loopback to every module, on a host called %s', async (name) => {
    const network = new Network({ seed: 3 });
    const here = network.host(name);
    network.link(here, network.host('peer'));
    const found: string[] = [resolve({ addressesOf: () => [] } as never, 'localhost')[0] ?? ''];
    const net = createNet(here);
    const server = net.createServer((socket) => socket.end()).listen(0);
    await new Promise((done) => server.once('listening', done));
    const client = net.connect({ port: (server.address() as { port: number }).port, host: 'localhost', family: 4 });
    await new Promise((done) => client.once('connect', done));
    found.push(client.remoteAddress ?? '');
    client.destroy();
    server.close();
    const socket = createDgram(here).createSocket('udp4');
    await new Promise<void>((done) => socket.connect(9, 'localhost', done));
    found.push(socket.remoteAddress().address);
    socket.close();
    const { promises } = createDns(here);
    found.push((await promises.lookup('localhost', { family: 4 })).address);
    expect(found).toEqual(Array(4).fill('127.0.0.1'));
  });
});
