/**
 * Our end of a measured flow: the stack and the event-loop driver over a TUN device of its own in the sender's namespace.
 * The kernel there passes the packets on to the device of the path and back, so that both senders meet the same path.
 * Orders and answers are lines of JSON, as with kernel-end.py.
 */
import { createInterface } from 'node:readline';
import { Driver, openTun, SystemTime } from '../../src/node/index.ts';
import { SystemRandom } from '../../src/node/random.ts';
import { SocketEvent, StreamSocket } from '../../src/socket/index.ts';
import { setTcpSetting } from '../../src/stack/profile.ts';
import { Stack } from '../../src/stack/stack.ts';
import { Tcb } from '../../src/tcp/index.ts';
import { inFlight } from '../../src/tcp/recovery/reduction.ts';
import { controlNames, MTU } from './cells.ts';
import type { FlowSample, SenderResult, SendOrder } from './flow.ts';
import { runAhead } from './priority.ts';

const CHUNK = 64 * 1024;

class Sender {
  private readonly time = new SystemTime();
  private readonly stack: Stack;
  private readonly driver: Driver<{ takeEvents(): number }>;
  private readonly chunk = new Uint8Array(CHUNK);
  private socket: StreamSocket | null = null;
  private onConnected: () => void = () => {};
  private onEnded: () => void = () => {};

  constructor() {
    this.stack = new Stack({ name: 'sender', random: new SystemRandom(), epochUs: this.time.epochUs });
    this.driver = new Driver({
      stack: this.stack,
      time: this.time,
      handler: {
        onEvent: (socket, events) => {
          if (socket === this.socket) this.event(this.socket, events);
        },
      },
    });
  }

  async open(name: string): Promise<void> {
    const device = await openTun({ name, mtu: MTU, addresses: ['10.9.1.1/24'], offload: false });
    const { id } = this.stack.addInterface({ name, capabilities: device.capabilities });
    this.stack.addAddress(id, '10.9.1.2/24');
    this.stack.addRoute('0.0.0.0/0', '10.9.1.1', id);
    this.driver.attachDevice(device, id);
  }

  async send(order: SendOrder): Promise<SenderResult> {
    if (!controlNames().includes(order.control)) {
      throw new Error(`our stack has no congestion control ${order.control}`);
    }
    const cpu = process.cpuUsage();
    const { tcp: counters, tcpExt } = this.stack.counters;
    const extBefore: Record<string, number> = { ...tcpExt };
    const before = { out: counters.OutSegs, again: counters.RetransSegs, timeouts: tcpExt.TCPTimeouts };
    setTcpSetting(this.stack.settings.tcp, 'congestion_control', order.control);
    const startUs = this.time.nowUs();
    const connected = new Promise<void>((resolve) => (this.onConnected = resolve));
    const ended = new Promise<void>((resolve) => (this.onEnded = resolve));
    const socket = StreamSocket.connect(this.stack, {
      remoteAddress: order.address,
      remotePort: order.port,
      sendBufferSize: order.bufferBytes,
    });
    this.socket = socket;
    this.driver.kick();
    const late = setTimeout(() => this.onEnded(), (order.seconds + 2) * 1000);
    await Promise.race([connected, ended]);
    const handshakeMs = (this.time.nowUs() - startUs) / 1000;
    const tcb = this.stack.tcp.connections.size > 0 ? this.connection() : null;
    const samples: FlowSample[] = [];
    const last = { minRttUs: 0, detail: {} };
    const sample = (): void => {
      if (tcb === null) return;
      const retransmitted = counters.RetransSegs - before.again;
      samples.push(sampleOf(tcb, this.time.nowUs() - startUs, retransmitted, tcpExt.TCPTimeouts - before.timeouts));
      last.minRttUs = tcb.minRttUs;
    };
    sample();
    const sampling = setInterval(sample, order.sampleMs);
    await ended;
    clearInterval(sampling);
    clearTimeout(late);
    socket.abort();
    this.driver.kick();
    const { user, system } = process.cpuUsage(cpu);
    const retransmitted = counters.RetransSegs - before.again;
    return {
      handshakeMs,
      minRttUs: last.minRttUs,
      segmentsOut: counters.OutSegs - before.out + retransmitted,
      retransmitted,
      timeouts: tcpExt.TCPTimeouts - before.timeouts,
      detail: { ...difference({ ...tcpExt }, extBefore), droppedFrames: this.driver.droppedFrames },
      samples,
      cpuSeconds: (user + system) / 1e6,
    };
  }

  private connection(): Tcb | null {
    for (const entry of this.stack.tcp.connections)
      if (entry instanceof Tcb && entry.user === this.socket) return entry;
    return null;
  }

  private event(socket: StreamSocket, events: number): void {
    if ((events & (SocketEvent.error | SocketEvent.closed)) !== 0) {
      // What else is told of it in this round is no reason to write.
      this.socket = null;
      this.onEnded();
      return;
    }
    if ((events & SocketEvent.connected) !== 0) this.onConnected();
    while (socket.write(this.chunk) === CHUNK);
  }
}

function difference(after: Record<string, number>, before: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]));
}

function sampleOf(tcb: Tcb, elapsedUs: number, retransmitted: number, timeouts: number): FlowSample {
  const { sendMss } = tcb;
  return {
    ms: Math.round(elapsedUs / 1000),
    cwnd: Math.round(tcb.cwnd / sendMss),
    ssthresh: tcb.ssthresh === 0x7fffffff ? 0x7fffffff : Math.round(tcb.ssthresh / sendMss),
    srttUs: tcb.srttUs,
    state: tcb.caState,
    inFlight: Math.round(inFlight(tcb) / sendMss),
    pacingBps: Math.min(tcb.pacingRate * 8, 1e12),
    retransmitted,
    timeouts,
    ackedBytes: (tcb.sndUna - tcb.iss - 1) >>> 0,
  };
}

runAhead();
const sender = new Sender();
await sender.open('stack');
process.stdout.write(`${JSON.stringify({ ready: 'sender' })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const result = await sender.send(JSON.parse(line) as SendOrder);
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
process.exit(0);
