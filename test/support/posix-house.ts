/** The socket interface of POSIX over two stacks. */
import { expect } from 'vitest';
import { POSIX as P, type PosixCall, PosixSockets } from '../../src/socket/posix/index.ts';
import { type PairOptions, StackPair } from './stack-pair.ts';

/** Where `House` listens. */
export const SERVER = { address: '10.0.0.2', port: 80 };

/** A socket interface on each of two hosts: 10.0.0.1 and 10.0.0.2. */
export class House {
  readonly pair: StackPair;
  readonly a: PosixSockets;
  readonly b: PosixSockets;

  constructor(options: PairOptions = {}) {
    this.pair = new StackPair(options);
    this.a = new PosixSockets(this.pair.a);
    this.b = new PosixSockets(this.pair.b);
  }

  run(ms = 1): void {
    const untilUs = this.pair.nowUs + ms * 1000;
    while (this.pair.nowUs < untilUs) {
      const next = Math.min(untilUs, this.pair.nowUs + 1000);
      this.pair.run(next);
      this.a.settle(next);
      this.b.settle(next);
      this.pair.flush();
    }
  }

  stream(side: PosixSockets, flags = 0): number {
    return side.socket(P.AF_INET, P.SOCK_STREAM | flags, P.IPPROTO_TCP).result;
  }

  listener(flags = 0, before: (fd: number) => void = () => {}): number {
    const fd = this.stream(this.b, flags);
    before(fd);
    expect(this.b.bind(fd, { address: '0.0.0.0', port: 80 })).toMatchObject({ result: 0 });
    expect(this.b.listen(fd, 5)).toMatchObject({ result: 0, isDone: true });
    return fd;
  }

  /** A connection, client's and server's descriptor. */
  connected(prepare: (fd: number) => void = () => {}, prepareListener: (fd: number) => void = () => {}) {
    const listening = this.listener(0, prepareListener);
    const client = this.stream(this.a);
    prepare(client);
    const connect = this.a.connect(client, SERVER);
    const accept = this.b.accept(listening);
    this.run();
    expect([connect.isDone, connect.result, accept.isDone]).toEqual([true, 0, true]);
    return { client, server: accept.result, listening };
  }
}

export const text = (value: string) => new TextEncoder().encode(value);
/** What a call returned: its errno, its result, or that it waits. */
export const answer = (call: PosixCall) => (call.isDone ? (call.errno ?? call.result) : 'pending');
export const u8 = (length: number) => new Uint8Array(length);
