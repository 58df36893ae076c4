/**
 * Our end of bench:tun: a stack on a TUN device at 10.9.0.2 with the servers of `bulk-server.ts` (port 9000) and HTTP on
 * `woshou/net` (port 80), on bare sockets (port 81), and a server of 1 KB bodies (port 83). `argv[2]` is JSON, see `StackSideOptions`.
 */
import { createServer, type RequestListener } from 'node:http';
import { Stack } from 'woshou';
import { createNet } from 'woshou/net';
import { DriverHost, openTun, SystemRandom, SystemTime } from 'woshou/node';
import { HttpResponse, serve } from 'woshou/web';
import { PatternBody } from '../../src/cli/http-site.ts';
import { BulkServer } from './bulk-server.ts';
import { HttpServer } from './http-server.ts';
import { answerSite } from './node-site.ts';
import { serveUntilEnd } from './server-life.ts';

/** How the stack is joined to the device. */
export interface StackSideOptions {
  readonly offload: boolean | 'software';
  readonly mtu: number;
  /** `koffi`, `addon`, or `block`: koffi, with the thread asleep in poll(2). */
  readonly driver: 'koffi' | 'addon' | 'block';
  /** What answers on port 83 as `woshou serve` does: `woshou/web` (default), or `node:http` on `woshou/net`. */
  readonly site?: 'web' | 'net';
}

const options = JSON.parse(process.argv[2] ?? '{}') as StackSideOptions;
const device = await openTun({
  name: 'ws0',
  mtu: options.mtu,
  offload: options.offload,
  addresses: ['10.9.0.1/24'],
  addon: options.driver === 'addon',
  watch: options.driver === 'block' ? 'block' : 'auto',
});
const time = new SystemTime();
const stack = new Stack({ name: 'bench', random: new SystemRandom(), epochUs: time.epochUs });
const bulk = new BulkServer(stack);
const hello = new HttpServer(stack);
const host = new DriverHost({
  stack,
  time,
  handler: {
    onEvent(socket) {
      if (!hello.onEvent(socket)) bulk.onEvent(socket);
    },
  },
});
const { id } = stack.addInterface({ name: device.name, capabilities: device.capabilities });
stack.addAddress(id, '10.9.0.2/24');
host.driver.attachDevice(device, id);
host.ref();
const net = createNet(host);
serveOnNet(80, (_request, response) => response.end('hello, world\n'));
if (options.site === 'net') serveOnNet(83, answerSite);
else {
  serve(host, { port: 83 }, ({ url }) => {
    const [, size = '0'] = /\/bytes\/(\d+)$/.exec(url) ?? [];
    const headers = { 'content-type': 'application/octet-stream' };
    return new HttpResponse(new PatternBody(Number(size)).from(0), { headers });
  });
}

function serveOnNet(port: number, answer: RequestListener): void {
  const site = createServer(answer);
  net.createServer({ noDelay: true, allowHalfOpen: true }, (socket) => site.emit('connection', socket)).listen(port);
}

serveUntilEnd(() => {
  host.driver.close();
  const { tcp, tcpExt } = stack.counters;
  const { RetransSegs, InSegs, OutSegs } = tcp;
  return { ...device.statistics, RetransSegs, InSegs, OutSegs, TCPTimeouts: tcpExt.TCPTimeouts };
});
