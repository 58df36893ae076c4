/**
 * Our side of test/interop/signatures.test.ts: a stack on a TUN device, 10.9.0.2 and fd00:9::2, with a signed socket on port 179.
 * `serve KIND KEY` echoes what comes; `connect KIND KEY SERVER` sends 200,000 octets and compares what comes back. KEY `-`: none.
 * Prints `ready`, `done …` when it is over, and at the end of stdin what was counted.
 */
import { ListenSocket, type SocketWithEvents, Stack, StreamSocket, type TcpAuthOptions } from '../../../src/index.ts';
import { Driver, NodeTcpAuth, openTun, SystemRandom } from '../../../src/node/index.ts';

const [what = '', kind = 'md5', key = '-', server = ''] = process.argv.slice(2);
const LENGTH = 200_000;
const sent = Uint8Array.from({ length: LENGTH }, (_, index) => (index * 7 + (index >> 8)) & 255);
const received = new Uint8Array(LENGTH + 1);
let sentLength = 0;
let receivedLength = 0;

function authOf(): { auth?: TcpAuthOptions } {
  const octets = Uint8Array.from(Buffer.from(key));
  if (key === '-') return {};
  return { auth: kind === 'md5' ? { md5: [{ key: octets }] } : { ao: [{ key: octets, sendId: 61, receiveId: 84 }] } };
}

const device = await openTun({ name: 'ws0', addresses: ['10.9.0.1/24', 'fd00:9::1/64'] });
const stack = new Stack({
  name: 'ours',
  random: new SystemRandom(),
  auth: new NodeTcpAuth(),
  settings: { ip: { dadTransmits: 0 } },
});
const driver = new Driver<SocketWithEvents>({ stack, handler: { onEvent } });
const { id } = stack.addInterface({ name: device.name, capabilities: device.capabilities });
stack.addAddress(id, '10.9.0.2/24');
stack.addAddress(id, 'fd00:9::2/64');
driver.attachDevice(device, id);

function onEvent(socket: SocketWithEvents): void {
  if (socket instanceof ListenSocket) {
    for (let made = socket.accept(); made !== null; made = socket.accept()) echo(made);
  } else if (socket instanceof StreamSocket) {
    if (what === 'serve') echo(socket);
    else exchange(socket);
  }
}

/** What was read and could not be written yet. */
let held = new Uint8Array(0);

function echo(socket: StreamSocket): void {
  if (socket.error !== null) {
    say(`done ${socket.error.code}`);
    return;
  }
  const chunk = new Uint8Array(65_536);
  for (;;) {
    if (held.length > 0) {
      held = held.slice(socket.write(held));
      if (held.length > 0) return;
    }
    const count = socket.read(chunk);
    if (count === 0) break;
    receivedLength += count;
    held = chunk.slice(0, count);
  }
  if (!socket.isReadEnded || socket.stateName === 'CLOSED') return;
  socket.close();
  say(`done echoed ${receivedLength}`);
}

function exchange(socket: StreamSocket): void {
  if (socket.error !== null) {
    say(`done ${socket.error.code}`);
    return;
  }
  if (sentLength < LENGTH && socket.stateName === 'ESTABLISHED') {
    sentLength += socket.write(sent, sentLength);
    if (sentLength === LENGTH) socket.shutdownWrite();
  }
  receivedLength += socket.read(received, receivedLength);
  if (!socket.isReadEnded || socket.stateName === 'CLOSED') return;
  const isSame = receivedLength === LENGTH && Buffer.compare(received.subarray(0, LENGTH), sent) === 0;
  socket.close();
  say(isSame ? 'done same' : `done different: ${receivedLength} octets`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.stdin.resume().on('end', () => {
  const counted = Object.entries(stack.counters.tcpExt).filter(([name]) => /^TCP(MD5|AO)/.test(name));
  say(`counted ${counted.map(([name, value]) => `${name}=${value}`).join(' ')}`);
  driver.close();
});
if (what === 'serve') new ListenSocket(stack, { port: 179, ...authOf() });
else {
  StreamSocket.connect(stack, { remoteAddress: server, remotePort: 179, ...authOf() });
  driver.kick();
}
say('ready');
