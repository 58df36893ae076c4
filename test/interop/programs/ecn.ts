/**
 * ECN between our stack and the kernel over a TUN device whose wire marks: every eighth ECN-capable packet towards us and from us
 * becomes CE. `argv[2]` is setting `ecn`; `argv[3]` `send ADDRESS` connects to port 5001 there and sends two megabytes, `receive`
 * listens on port 5001 and reads. Prints `ready NAME`, and at the end of the connection a line of JSON.
 */
import type { Slot } from '../../../src/base/slot.ts';
import { readEcn, writeEcn } from '../../../src/link/ecn-field.ts';
import type { Device, DeviceReceiver } from '../../../src/node/device.ts';
import { SystemTime } from '../../../src/node/driver-time.ts';
import { Driver, type EventSocket, openTun, SystemRandom } from '../../../src/node/index.ts';
import { ListenSocket, SocketEvent, StreamSocket } from '../../../src/socket/index.ts';
import { Stack } from '../../../src/stack/stack.ts';
import { type EcnState, Tcb } from '../../../src/tcp/index.ts';
import { FrameView } from '../../../src/wire/frame-view.ts';
import { Ecn } from '../../../src/wire/ip-packet.ts';

const MARK_EVERY = 8;
const [ecn = '1', role = '', server = ''] = process.argv.slice(2);

/** A TUN device and a wire that marks. */
class MarkingDevice implements Device, DeviceReceiver {
  readonly inner: Device;
  readonly name: string;
  readonly capabilities;
  readonly mac = null;
  marked = 0;
  private receiver: DeviceReceiver | null = null;
  private slot: Slot | null = null;
  private readonly view = new FrameView();
  private capable = 0;

  constructor(inner: Device) {
    this.inner = inner;
    this.name = inner.name;
    this.capabilities = inner.capabilities;
  }

  get statistics(): Device['statistics'] {
    return this.inner.statistics;
  }

  get isClosed(): boolean {
    return this.inner.isClosed;
  }

  start(receiver: DeviceReceiver): void {
    this.receiver = receiver;
    this.inner.start(this);
  }

  framesArrived(slots: readonly Slot[], count: number): void {
    for (const slot of slots.slice(0, count)) this.mark(slot);
    this.receiver?.framesArrived(slots, count);
  }

  transmitReady(): void {
    this.receiver?.transmitReady();
  }

  deviceFailed(error: Error): void {
    this.receiver?.deviceFailed(error);
  }

  transmitSlot(): Slot | null {
    this.slot = this.inner.transmitSlot();
    return this.slot;
  }

  commit(): void {
    if (this.slot !== null) this.mark(this.slot);
    this.inner.commit();
  }

  flush(): void {
    this.inner.flush();
  }

  ref(): void {
    this.inner.ref();
  }

  unref(): void {
    this.inner.unref();
  }

  close(): void {
    this.inner.close();
  }

  private mark(slot: Slot): void {
    const { view } = this;
    if (!view.look(slot, 'ip') || readEcn(view) === Ecn.notEct) return;
    if (this.capable++ % MARK_EVERY === MARK_EVERY - 1 && writeEcn(view, Ecn.ce)) this.marked++;
  }
}

const CHUNK = new Uint8Array(65_536).fill(119);
let left = 2_000_000;
let received = 0;
const device = new MarkingDevice(
  await openTun({ name: 'ws0', addresses: ['10.9.0.1/24', 'fd00:9::1/64'], offload: false }),
);
const time = new SystemTime();
const stack = new Stack({
  random: new SystemRandom(),
  epochUs: time.epochUs,
  settings: { tcp: { ecn: Number(ecn) }, ip: { dadTransmits: 0 } },
});
const { id } = stack.addInterface({ name: 'ws0', capabilities: device.capabilities });
for (const address of ['10.9.0.2/24', 'fd00:9::2/64']) stack.addAddress(id, address);
/** Of the connection, while there is one. */
let state: EcnState | null = null;
let deliveredCe = 0;
let ssthresh = 0;

function look(): void {
  for (const entry of stack.tcp.connections) {
    if (!(entry instanceof Tcb)) continue;
    state = entry.ecn ?? state;
    deliveredCe = entry.deliveredCe;
    ssthresh = entry.ssthresh;
  }
}

function report(): void {
  const { TCPSackRecovery } = stack.counters.tcpExt;
  const counted = { TCPSackRecovery, marked: device.marked, received, deliveredCe, ssthresh };
  const agreed = { mode: state?.mode ?? 0, isEctSeen: state?.isEctSeen ?? false, ...counted };
  process.stdout.write(`${JSON.stringify(agreed)}\n`);
  driver.close();
}

function sendOn(socket: StreamSocket, events: number): void {
  for (let taken = 1; left > 0 && taken > 0; left -= taken)
    taken = socket.write(CHUNK, 0, Math.min(left, CHUNK.length));
  if (left === 0 && (events & SocketEvent.readEnd) === 0) socket.shutdownWrite();
  if (events & SocketEvent.readEnd) report();
}

function readOn(socket: StreamSocket): void {
  for (let count = socket.read(CHUNK); count > 0; count = socket.read(CHUNK)) received += count;
  if (!socket.isReadEnded) return;
  look();
  socket.close();
  whenGone(report);
}

/** After the peer has acknowledged our FIN. */
function whenGone(then: () => void): void {
  const isThere = [...stack.tcp.connections].some((entry) => entry instanceof Tcb);
  if (isThere) setTimeout(whenGone, 5, then);
  else then();
}

const driver: Driver<EventSocket> = new Driver<EventSocket>({
  stack,
  time,
  handler: {
    onEvent(socket, events) {
      look();
      if (socket instanceof ListenSocket) {
        for (let found = socket.accept(); found !== null; found = socket.accept()) readOn(found);
      } else if (!(socket instanceof StreamSocket)) return;
      else if (role === 'send') sendOn(socket, events);
      else readOn(socket);
    },
  },
});
driver.attachDevice(device, id);
if (role === 'receive') new ListenSocket(stack, { port: 5001 });
else StreamSocket.connect(stack, { remoteAddress: server, remotePort: 5001 });
driver.kick();
process.stdout.write(`ready ${device.name}\n`);
