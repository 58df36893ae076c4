/** Honest clients of the flooded server: one connection after the other, each asks, waits for the answer, and leaves. */
import type { Application, EventSocket, Host } from '../sim/index.ts';
import { SocketEvent, StreamSocket } from '../socket/index.ts';

/** How a visit ended; milliseconds from its start. */
export interface Visit {
  readonly startMs: number;
  /** Null: given up. */
  readonly tookMs: number | null;
}

interface Open {
  readonly startMs: number;
  hasAsked: boolean;
}

const QUESTION = Uint8Array.from('woshou', (character) => character.charCodeAt(0));

/** The visitors of one host. */
export class FloodVisitors implements Application {
  readonly visits: Visit[] = [];
  private readonly address: string;
  private readonly port: number;
  private readonly everyMs: number;
  private readonly patienceMs: number;
  private readonly open = new Map<StreamSocket, Open>();
  private readonly buffer = new Uint8Array(64);

  constructor(address: string, port: number, everyMs: number, patienceMs: number) {
    this.address = address;
    this.port = port;
    this.everyMs = everyMs;
    this.patienceMs = patienceMs;
  }

  onStart(host: Host): void {
    host.setTimer(this, this.everyMs);
  }

  onTimer(host: Host): void {
    for (const [socket, { startMs }] of this.open) {
      if (host.nowMs - startMs < this.patienceMs) break;
      this.end(host, socket, null);
    }
    const socket = StreamSocket.connect(host.stack, { remoteAddress: this.address, remotePort: this.port });
    this.open.set(socket, { startMs: host.nowMs, hasAsked: false });
    host.own(socket, this);
    host.setTimer(this, this.everyMs);
  }

  onEvent(host: Host, socket: EventSocket, events: number): void {
    if (!(socket instanceof StreamSocket)) return;
    const visit = this.open.get(socket);
    if (visit === undefined) return;
    if ((events & (SocketEvent.error | SocketEvent.closed)) !== 0) {
      this.end(host, socket, null);
      return;
    }
    if (!visit.hasAsked && (events & (SocketEvent.connected | SocketEvent.writable)) !== 0) {
      visit.hasAsked = socket.write(QUESTION) === QUESTION.length;
    }
    if (socket.read(this.buffer) >= QUESTION.length) this.end(host, socket, host.nowMs - visit.startMs);
  }

  /** Those that began in [fromMs, toMs). */
  during(fromMs: number, toMs: number): Visit[] {
    return this.visits.filter(({ startMs }) => startMs >= fromMs && startMs < toMs);
  }

  private end(host: Host, socket: StreamSocket, tookMs: number | null): void {
    const visit = this.open.get(socket);
    if (visit === undefined) return;
    this.open.delete(socket);
    this.visits.push({ startMs: visit.startMs, tookMs });
    host.disown(socket);
    if (tookMs === null) socket.abort();
    else socket.close();
  }
}
