/**
 * Fast Open between our stack and the kernel over a TUN device. `argv[2]`:
 * `server` answers each connection with what it said, and prints `early STATE OCTETS` with the state in which it could read;
 * `client ADDRESS` opens three connections one after the other to port 80 and says `hello`, and prints `opened ROUND BOOLEAN OCTETS`,
 * whether the octets on the SYN were taken and how many came back.
 * Prints `ready NAME` first and the Fast Open counters at the end, when stdin ends.
 */
import { SystemTime } from '../../../src/node/driver-time.ts';
import { Driver, type EventSocket, openTun, SystemRandom } from '../../../src/node/index.ts';
import { ListenSocket, StreamSocket } from '../../../src/socket/index.ts';
import { Stack } from '../../../src/stack/stack.ts';

const KEY = 'a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4';
const ROUNDS = 3;
const [role = '', server = ''] = process.argv.slice(2);
const device = await openTun({ name: 'ws0', addresses: ['10.9.0.1/24', 'fd00:9::1/64'] });
const time = new SystemTime();
const stack = new Stack({
  random: new SystemRandom(),
  epochUs: time.epochUs,
  settings: { tcp: { fastopen: 3 } },
});
stack.tcp.fastOpen.setKeys([KEY]);
const { id } = stack.addInterface({ name: 'ws0', capabilities: device.capabilities });
for (const address of ['10.9.0.2/24', 'fd00:9::2/64']) stack.addAddress(id, address);

const into = new Uint8Array(65_536);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

function echo(socket: StreamSocket): void {
  const { stateName } = socket;
  const length = socket.read(into);
  if (length > 0) {
    print(`early ${stateName} ${length}`);
    socket.write(into, 0, length);
  }
  if (socket.isReadEnded) socket.close();
}

class Caller {
  private round = 0;
  private socket: StreamSocket | null = null;

  next(): void {
    if (this.round === ROUNDS) return;
    this.round++;
    this.socket = StreamSocket.connect(stack, {
      remoteAddress: server,
      remotePort: 80,
      fastOpen: true,
      data: new TextEncoder().encode('hello'),
    });
    driver.kick();
  }

  news(socket: StreamSocket): void {
    const length = socket.read(into);
    if (length === 0 || socket !== this.socket) return;
    print(`opened ${this.round} ${socket.isSynDataAcked} ${length}`);
    socket.close();
    this.next();
  }
}

const caller = new Caller();
const driver: Driver<EventSocket> = new Driver<EventSocket>({
  stack,
  time,
  handler: {
    onEvent(socket) {
      if (socket instanceof ListenSocket) {
        for (let found = socket.accept(); found !== null; found = socket.accept()) echo(found);
      } else if (!(socket instanceof StreamSocket)) return;
      else if (role === 'client') caller.news(socket);
      else echo(socket);
    },
  },
});
driver.attachDevice(device, id);
if (role === 'server') new ListenSocket(stack, { port: 80, fastOpen: 16 });
process.stdin.resume().on('end', () => {
  for (const [name, value] of Object.entries(stack.counters.tcpExt)) {
    if (name.startsWith('TCPFastOpen') && value > 0) print(`${name} ${value}`);
  }
  print('end');
  driver.close();
});
print(`ready ${device.name}`);
// Duplicate address detection of our IPv6 address takes a second.
if (role === 'client') setTimeout(() => caller.next(), 2_000);
