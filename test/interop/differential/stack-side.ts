/** Our stack with the profile `linux` as a side: virtual time, on the bench of the requirement tests. */
import { StateError } from '../../../src/base/errors.ts';
import { ListenSocket, StreamSocket } from '../../../src/socket/index.ts';
import { Bench, text } from '../../requirements/bench.ts';
import { SETTINGS } from './known-differences.ts';
import type { ArrivedPacket, CallArguments, CallResult, Side } from './side.ts';

/** Between a packet that came and the next thing, as on the kernel's side: the way through the pipe. */
const STEP_MS = 0.5;

export class StackSide implements Side {
  private readonly bench = new Bench({ profile: 'linux', settings: { tcp: SETTINGS } });
  private listener: ListenSocket | null = null;
  private socket: StreamSocket | null = null;
  private sinceUs = 0;

  async give(packet: Uint8Array): Promise<void> {
    this.bench.run(STEP_MS);
    this.sinceUs = this.bench.nowUs;
    this.bench.give(packet);
  }

  async call(name: string, args: CallArguments = {}): Promise<CallResult> {
    this.bench.run(STEP_MS);
    this.sinceUs = this.bench.nowUs;
    try {
      return this.perform(name, args);
    } catch (error) {
      if (error instanceof StateError) return this.socket?.error?.code ?? 'EPIPE';
      throw error;
    } finally {
      this.bench.run(0);
    }
  }

  async wait(ms: number): Promise<ArrivedPacket[]> {
    this.bench.run(ms);
    return this.bench
      .takePackets()
      .map(({ bytes, segment }) => ({ bytes, delayMs: ((segment?.timeUs ?? this.sinceUs) - this.sinceUs) / 1000 }));
  }

  async end(): Promise<void> {}

  private perform(name: string, args: CallArguments): CallResult {
    const number = (key: string): number => Number(args[key] ?? 0);
    const receive = number('receiveBuffer') > 0 ? { receiveBufferSize: number('receiveBuffer') } : {};
    switch (name) {
      case 'listen':
        this.listener = new ListenSocket(this.bench.stack, {
          port: number('port'),
          backlog: Number(args.backlog ?? 16),
          ...receive,
        });
        return null;
      case 'accept':
        this.socket = this.listener?.accept() ?? null;
        return this.socket === null ? 'EAGAIN' : null;
      case 'closeListener':
        this.listener?.close();
        return null;
      case 'connect':
        this.socket = StreamSocket.connect(this.bench.stack, {
          localPort: number('port'),
          remoteAddress: String(args.address),
          remotePort: number('remotePort'),
          ...receive,
        });
        for (const option of OPTIONS) if (args[option] !== undefined) this.set(option, number(option));
        return this.socket.error?.code ?? 'EINPROGRESS';
      case 'set':
        return this.set(String(args.name), number('value'));
      default:
        return this.performOnSocket(name, number('length'));
    }
  }

  private performOnSocket(name: string, length: number): CallResult {
    const { socket } = this;
    if (socket === null) return 'no socket';
    switch (name) {
      case 'send':
        return socket.write(text(length));
      case 'sendUrgent':
        return socket.writeUrgent(text(length));
      case 'read': {
        const count = socket.read(new Uint8Array(length));
        if (count > 0) return count;
        if (socket.error !== null) return socket.error.code;
        return socket.isReadEnded ? 0 : 'EAGAIN';
      }
      case 'shutdown':
        socket.shutdownWrite();
        return null;
      case 'close':
        socket.close();
        this.socket = null;
        return null;
      case 'error':
        return socket.error?.code ?? null;
      case 'state':
        return socket.stateName;
      default:
        throw new Error(`no such call: ${name}`);
    }
  }

  private set(name: string, value: number): CallResult {
    const { socket } = this;
    if (socket === null) return 'no socket';
    if (name === 'noDelay') socket.noDelay = value !== 0;
    else if (name === 'cork') socket.cork = value !== 0;
    else if (name === 'lingerMs') socket.lingerMs = value;
    else if (name === 'userTimeoutMs') socket.userTimeoutMs = value;
    else if (name === 'keepAliveMs') socket.setKeepAlive({ idleMs: value, intervalMs: value, probes: 2 });
    else throw new Error(`no such option: ${name}`);
    return null;
  }
}

const OPTIONS = ['noDelay', 'userTimeoutMs'];
