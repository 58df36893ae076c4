/**
 * A host of ours beside other programs, told on standard input what to do, a line each; it ends with its input.
 *   in PORT HOST PORT    listens on our stack; each connection is carried on to HOST PORT of the kernel
 *   out PORT HOST PORT   listens on the kernel's 127.0.0.1; each connection is carried on to HOST PORT over our stack
 *   echo PORT            answers with what it hears, over TCP and UDP
 *   fetch URL            asks with node:http over our stack: `N: fetched STATUS OCTETS SHA256` or `N: failed CODE`
 *   exchange HOST PORT OCTETS  sends octets to an echo: `N: exchanged OCTETS true` when they all came back, or `N: failed CODE`
 *   counters             `N: counters JSON`, of the stack
 * `argv[2]` is a JSON object, `StationOptions`. Prints `ready NAME`, and `done COMMAND` for what only begins. N counts the questions.
 */
import { createHash, randomBytes } from 'node:crypto';
import { Agent, get } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { TunHost } from '../../../src/cli/tun-host.ts';
import { createDgram } from '../../../src/dgram/index.ts';
import { AddressState } from '../../../src/ip/interface.ts';
import { describeCounters } from '../../../src/stack/describe.ts';

/** How the host is set up: what kind of device (as `woshou serve --device` says), whose addresses, where packets are kept. */
export interface StationOptions {
  readonly kind?: string;
  readonly addresses?: readonly string[];
  readonly peers?: readonly string[];
  readonly pcap?: string;
  /** A bad line: share of packets lost each way (0 to 1), delay one way. */
  readonly line?: { readonly loss: number; readonly delayMs: number };
}

const options = JSON.parse(process.argv[2] ?? '{}') as StationOptions;
const host = await TunHost.open({
  name: 'station',
  kind: options.kind ?? 'tun',
  device: 'ws0',
  addresses: options.addresses ?? ['10.9.0.2/24', 'fd00:9::2/64'],
  peers: options.peers ?? ['10.9.0.1/24', 'fd00:9::1/64'],
  profile: 'linux',
  pcap: options.pcap,
  line: options.line,
  onCaptureFailed: fail,
  onGone: fail,
});
/** One connection for all requests to a server, as browsers have it. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
Object.assign(agent, { createConnection: (to: { host: string; port: number }) => host.net.connect(to) });

function fail(error: Error): void {
  process.stderr.write(`${error.stack}\n`);
}

/** Both ways; an end is passed on as an end, a reset as a reset. */
function carry(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.setNoDelay(true);
    from.on('error', () => to.resetAndDestroy());
    from.pipe(to);
  }
}

function fetch(url: string, answer: (line: string) => void): void {
  const request = get(url, { agent }, (response) => {
    const hash = createHash('sha256');
    let count = 0;
    response.on('data', (data: Buffer) => {
      hash.update(data);
      count += data.length;
    });
    response.on('end', () => answer(`fetched ${response.statusCode} ${count} ${hash.digest('hex')}`));
    response.on('error', (error: NodeJS.ErrnoException) => answer(`failed ${error.code}`));
  });
  request.on('error', (error: NodeJS.ErrnoException) => answer(`failed ${error.code}`));
}

function exchange(to: { host: string; port: number }, octets: number, answer: (line: string) => void): void {
  const sent = randomBytes(octets);
  const back = createHash('sha256');
  let count = 0;
  const socket = host.net.connect({ ...to, allowHalfOpen: true });
  socket.on('data', (data: Buffer) => {
    back.update(data);
    count += data.length;
  });
  socket.on('end', () => {
    socket.destroy();
    answer(`exchanged ${count} ${back.digest('hex') === createHash('sha256').update(sent).digest('hex')}`);
  });
  socket.on('error', (error: NodeJS.ErrnoException) => answer(`failed ${error.code}`));
  socket.end(sent);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

let asked = 0;
/** How to answer the question that came in now. */
function numbered(): (line: string) => void {
  const nth = ++asked;
  return (line) => say(`${nth}: ${line}`);
}

function obey(line: string): void {
  const [command = '', first = '', ...others] = line.split(' ');
  const to = { host: others[0] ?? '', port: Number(others[1]), allowHalfOpen: true };
  const done = (): void => say(`done ${line}`);
  if (command === 'in') {
    host.net.createServer({ allowHalfOpen: true }, (socket) => carry(socket, connect(to))).listen(Number(first), done);
  } else if (command === 'out') {
    const server = createServer({ allowHalfOpen: true }, (socket) => carry(socket, host.net.connect(to)));
    server.unref().listen(Number(first), '127.0.0.1', done);
  } else if (command === 'echo') {
    const echo = host.net.createServer({ allowHalfOpen: true }, (socket) => socket.on('error', () => {}).pipe(socket));
    echo.listen(Number(first), done);
    const datagrams = createDgram(host.sockets).createSocket('udp6');
    datagrams.on('message', (data, { port, address }) => datagrams.send(data, port, address)).bind(Number(first));
  } else if (command === 'fetch') fetch(first, numbered());
  else if (command === 'exchange') exchange({ host: first, port: Number(others[0]) }, Number(others[1]), numbered());
  else if (command === 'counters') numbered()(`counters ${JSON.stringify(describeCounters(host.stack))}`);
  else fail(new Error(`what is '${line}'?`));
}

createInterface({ input: process.stdin })
  .on('line', obey)
  .on('close', () => {
    host.close();
    process.exit();
  });

/** On Ethernet our IPv6 addresses are ours only after a second in which nobody has objected. */
function tellWhenUsable(): void {
  const addresses = host.stack.ip.interfaces.flatMap((one) => one.addresses);
  if (addresses.some(({ state }) => state === AddressState.tentative)) setTimeout(tellWhenUsable, 20);
  else say(`ready ${host.device.name}`);
}

tellWhenUsable();
