/** Node streams over our sockets: every byte, back-pressure both ways, half-close, failure. */
import { describe, expect, it } from 'vitest';
import { StackPair } from '../../test/support/stack-pair.ts';
import { ListenSocket, StreamSocket } from '../socket/index.ts';
import { StreamDuplex } from './stream-duplex.ts';

/** Two stacks whose time passes whenever somebody kicks. */
class Wire {
  readonly pair = new StackPair();
  private isRunning = false;

  kick(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    setImmediate(() => {
      this.isRunning = false;
      this.run(50_000);
    });
  }

  run(us: number): void {
    const { pair } = this;
    pair.run(pair.nowUs + us);
    for (const stack of [pair.a, pair.b]) {
      for (let socket = stack.pollEvent(); socket !== null; socket = stack.pollEvent()) {
        const events = socket.takeEvents();
        if (socket instanceof StreamSocket && socket.context instanceof StreamDuplex)
          socket.context.eventsArrived(events);
      }
    }
    pair.flush();
  }

  connect(): [StreamDuplex, StreamDuplex] {
    const listener = new ListenSocket(this.pair.b, { port: 80 });
    const client = new StreamDuplex(
      StreamSocket.connect(this.pair.a, { remoteAddress: '10.0.0.2', remotePort: 80 }),
      this,
    );
    this.run(1000);
    const accepted = listener.accept();
    if (accepted === null) throw new Error('nothing to accept');
    return [client, new StreamDuplex(accepted, this)];
  }
}

describe('StreamDuplex', () => {
  it('carries a megabyte and the end, then closes both ways', async () => {
    const [client, server] = new Wire().connect();
    const data = Buffer.alloc(1 << 20, 'woshou');
    server.pipe(server);
    client.end(data);
    const chunks: Buffer[] = [];
    for await (const chunk of client) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).equals(data)).toBe(true);
    expect(client.socket.stateName).toBe('TIME-WAIT');
  });

  it('does not read what nobody asks for: the window closes', async () => {
    const wire = new Wire();
    const [client, server] = wire.connect();
    let written = 0;
    client.write(Buffer.alloc(4 << 20), () => {
      written = 1;
    });
    for (let round = 0; round < 20; round++) await new Promise((resolve) => setTimeout(resolve, 1));
    wire.run(1_000_000);
    expect(written).toBe(0);
    expect(client.socket.tcb?.sndWnd).toBeLessThan(1448);
    server.resume();
    wire.run(10_000_000);
    wire.kick();
    await expect.poll(() => written).toBe(1);
  });

  it('fails when the peer resets', async () => {
    const wire = new Wire();
    const [client, server] = wire.connect();
    const failed = new Promise<Error & { code?: string }>((resolve) => client.once('error', resolve));
    server.on('error', () => {});
    server.destroy(new Error('enough'));
    expect((await failed).code).toBe('ECONNRESET');
    expect(client.destroyed).toBe(true);
  });
});
