/**
 * The two programs of a flow. Both write octets whose value follows from their place and look at every octet they read, so
 * that what arrives is known to be a prefix of what was written. Plain data, as all programs of simulated hosts.
 */

import type { Application, Host } from '../../src/sim/host.ts';
import type { EventSocket } from '../../src/sim/host-stack.ts';
import { ListenSocket } from '../../src/socket/listen-socket.ts';
import { StreamSocket } from '../../src/socket/stream-socket.ts';
import { TcpState } from '../../src/tcp/state.ts';
import type { FlowPlan } from './recipe.ts';

export const FIRST_PORT = 8_000;

/** A prime, so that no place looks like another a round number of octets away. */
const PERIOD = 65_521;
/** Two periods, so that any stretch of one period lies in one piece. */
const OCTETS = Buffer.from(
  Array.from({ length: PERIOD * 2 }, (_, at) => {
    const place = at % PERIOD;
    return (place * 31 + (place >> 8) * 7) & 255;
  }),
);
/** Where the server's stream starts in them. */
const SERVER_SALT = 7_001;

const KEEP_ALIVE = { idleMs: 20_000, intervalMs: 2_000, probes: 3 };

/** Says that a promise was broken; its text begins with which one. */
export class BrokenPromise extends Error {}

/** One end of a connection. */
export class FlowEnd {
  readonly plan: FlowPlan;
  readonly isClient: boolean;
  socket: StreamSocket;
  written = 0;
  /** Octets read and found right. */
  read = 0;
  hasShutDown = false;
  hasClosed = false;
  /** Its own doing. */
  hasAborted = false;
  /** The code of the error that ended it. */
  error: string | null = null;
  private readFromUs: number;
  private isWaiting = false;
  private readonly input: Uint8Array;

  constructor(plan: FlowPlan, isClient: boolean, socket: StreamSocket, nowUs: number) {
    this.plan = plan;
    this.isClient = isClient;
    this.socket = socket;
    this.readFromUs = nowUs + plan.readAfterMs * 1000;
    this.input = new Uint8Array(plan.readMax);
  }

  /** True when it closed in good order after everything was said in both directions. */
  get isComplete(): boolean {
    return this.hasClosed && !this.hasAborted && this.error === null;
  }

  get isOver(): boolean {
    return this.hasClosed || this.hasAborted || this.error !== null;
  }

  /** Does what can be done now. @throws BrokenPromise when an octet is not the one that was written */
  act(host: Host, application: Application): void {
    const { socket, plan } = this;
    if (this.isOver) return;
    this.readSome(host, application);
    if (socket.error !== null) {
      this.error = socket.error.code;
      socket.close();
      return;
    }
    this.writeSome();
    if (plan.kind === 'abort' && this.isClient && (this.written + this.read) * 2 > plan.up + plan.down) {
      socket.abort();
      this.hasAborted = true;
      return;
    }
    if (!this.hasShutDown && this.hasSaidAll && socket.state >= TcpState.synReceived) {
      socket.shutdownWrite();
      this.hasShutDown = true;
    }
    if (!this.hasShutDown || !socket.isReadEnded) return;
    socket.close();
    this.hasClosed = true;
    host.disown(socket);
  }

  private get hasSaidAll(): boolean {
    if (this.isClient) return this.written === this.plan.up;
    if (this.plan.kind === 'echo') return this.socket.isReadEnded && this.written === this.read;
    return this.written === this.plan.down;
  }

  /** Octets it may have written by now. */
  private get mayWrite(): number {
    const { plan, socket } = this;
    if (this.isClient) return plan.up;
    if (plan.kind === 'echo') return this.read;
    return plan.kind === 'half-close' && !socket.isReadEnded ? 0 : plan.down;
  }

  private writeSome(): void {
    const { socket, plan } = this;
    const salt = this.isClient ? 0 : SERVER_SALT;
    for (let left = this.mayWrite - this.written; left > 0 && !this.hasShutDown; left = this.mayWrite - this.written) {
      const length = Math.min(left, plan.writeMax, PERIOD);
      const count = socket.write(OCTETS, (this.written + salt) % PERIOD, length);
      this.written += count;
      if (count < length) return;
    }
  }

  private readSome(host: Host, application: Application): void {
    for (;;) {
      if (host.nowUs < this.readFromUs) {
        if (!this.isWaiting) host.setTimer(application, (this.readFromUs - host.nowUs) / 1000);
        this.isWaiting = true;
        return;
      }
      this.isWaiting = false;
      const count = this.socket.read(this.input);
      if (count === 0) return;
      this.compare(count);
      this.read += count;
      if (this.plan.readEveryMs > 0) this.readFromUs = host.nowUs + this.plan.readEveryMs * 1000;
    }
  }

  private compare(count: number): void {
    const { input } = this;
    const at = (this.read + (this.isClient ? SERVER_SALT : 0)) % PERIOD;
    if (OCTETS.compare(input, 0, count, at, at + count) === 0) return;
    const wrong = input.findIndex((octet, index) => octet !== OCTETS[at + index]);
    throw new BrokenPromise(`delivery: octet ${this.read + wrong} is not the one that was written`);
  }
}

function optionsOf(plan: FlowPlan) {
  return {
    noDelay: plan.noDelay,
    congestionControl: plan.control,
    ...(plan.receiveBuffer === 0 ? {} : { receiveBufferSize: plan.receiveBuffer }),
    ...(plan.sendBuffer === 0 ? {} : { sendBufferSize: plan.sendBuffer }),
  };
}

/** Opens its connection when its time has come. */
export class FlowClient implements Application {
  end: FlowEnd | null = null;
  private readonly plan: FlowPlan;
  private readonly address: string;
  private readonly port: number;

  constructor(plan: FlowPlan, address: string, port: number) {
    this.plan = plan;
    this.address = address;
    this.port = port;
  }

  onStart(host: Host): void {
    host.setTimer(this, this.plan.startMs);
  }

  onTimer(host: Host): void {
    this.end ??= this.open(host);
    this.end.act(host, this);
  }

  onEvent(host: Host, socket: EventSocket): void {
    if (this.end?.socket === socket) this.end.act(host, this);
  }

  private open(host: Host): FlowEnd {
    const { plan } = this;
    const socket = StreamSocket.connect(host.stack, {
      remoteAddress: this.address,
      remotePort: this.port,
      ...optionsOf(plan),
      // It would wait for the first octet.
      fastOpen: plan.fastOpen && plan.up > 0,
    });
    if (socket.error === null) socket.setKeepAlive(KEEP_ALIVE);
    host.own(socket, this);
    return new FlowEnd(plan, true, socket, host.nowUs);
  }
}

/** Listens for one flow. A SYN that is old may bring it more than one connection. */
export class FlowServer implements Application {
  readonly ends: FlowEnd[];
  private readonly plan: FlowPlan;
  private readonly port: number;
  private listener: ListenSocket | null = null;

  /** @param ends where its ends are kept, beyond a crash of its host */
  constructor(plan: FlowPlan, port: number, ends: FlowEnd[]) {
    this.plan = plan;
    this.port = port;
    this.ends = ends;
  }

  onStart(host: Host): void {
    this.listener = new ListenSocket(host.stack, {
      port: this.port,
      ...optionsOf(this.plan),
      ...(this.plan.fastOpen ? { fastOpen: 16 } : {}),
    });
    host.own(this.listener, this);
  }

  onTimer(host: Host): void {
    for (const end of this.ends) if (end.socket.stack === host.stack) end.act(host, this);
  }

  onEvent(host: Host, socket: EventSocket): void {
    if (socket !== this.listener) {
      this.ends.find((end) => end.socket === socket)?.act(host, this);
      return;
    }
    for (let accepted = this.listener.accept(); accepted !== null; accepted = this.listener.accept()) {
      host.own(accepted, this);
      const end = new FlowEnd(this.plan, false, accepted, host.nowUs);
      this.ends.push(end);
      if (accepted.error === null) accepted.setKeepAlive(KEEP_ALIVE);
      end.act(host, this);
    }
  }
}
