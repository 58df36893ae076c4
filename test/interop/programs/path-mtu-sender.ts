/**
 * Our stack behind a TUN device (10.9.0.2 and fd00:9::2, the kernel's side .1 and ::1) sends octets to port 5001 of `argv[2]`,
 * `argv[3]` of them, with mtu_probing `argv[4]`. Prints `ready`, and at the end or after `argv[5]` milliseconds a line of JSON.
 */
import { SocketEvent, Stack, StreamSocket } from '../../../src/index.ts';
import { Driver } from '../../../src/node/driver.ts';
import { SystemTime } from '../../../src/node/driver-time.ts';
import { SystemRandom } from '../../../src/node/random.ts';
import { openTun } from '../../../src/node/tun.ts';
import { Tcb } from '../../../src/tcp/index.ts';

const [, , address = '', length = '', probing = '', limitMs = ''] = process.argv;
const CHUNK = new Uint8Array(65_536).fill(119);
let left = Number(length);
/** The send MSS as last seen while data was on its way. */
let mss = 0;

const device = await openTun({ name: 'ws0', addresses: ['10.9.0.1/24', 'fd00:9::1/64'], offload: false });
const time = new SystemTime();
const stack = new Stack({
  name: 'sender',
  random: new SystemRandom(),
  epochUs: time.epochUs,
  settings: { tcp: { mtu_probing: Number(probing) }, ip: { dadTransmits: 0 } },
});
const driver = new Driver({ stack, handler: { onEvent: (_socket, events) => progress(events) }, time });
const { id } = stack.addInterface({ name: device.name, capabilities: device.capabilities });
for (const own of ['10.9.0.2/24', 'fd00:9::2/64']) stack.addAddress(id, own);
for (const any of ['0.0.0.0/0', '::/0']) stack.addRoute(any, null, id);
driver.attachDevice(device, id);

const startMs = performance.now();
const socket = StreamSocket.connect(stack, { remoteAddress: address, remotePort: 5001 });
const timer = setTimeout(report, Number(limitMs));
driver.kick();
process.stdout.write('ready\n');

function progress(events: number): void {
  if (socket.error !== null) {
    report();
    return;
  }
  for (let taken = 1; left > 0 && taken > 0; left -= taken)
    taken = socket.write(CHUNK, 0, Math.min(left, CHUNK.length));
  for (const entry of stack.tcp.connections) if (entry instanceof Tcb) mss = entry.sendMss;
  if (left === 0 && (events & SocketEvent.readEnd) === 0) socket.shutdownWrite();
  if ((events & SocketEvent.readEnd) !== 0) report();
}

function report(): void {
  clearTimeout(timer);
  const { tcpExt } = stack.counters;
  const { TCPTimeouts, TCPSynRetrans, TCPMTUPSuccess, TCPMTUPFail, TCPLossProbes } = tcpExt;
  const ms = Math.round(performance.now() - startMs);
  const result = { ms, mss, left: left + socket.unacknowledgedLength, error: socket.error?.code ?? null };
  const counted = { TCPTimeouts, TCPSynRetrans, TCPMTUPSuccess, TCPMTUPFail, TCPLossProbes };
  process.stdout.write(`${JSON.stringify({ ...result, ...counted })}\n`);
  driver.close();
}
