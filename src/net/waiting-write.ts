/** A write on its way into a connection's send buffer, as far as there is room. */
import type { StreamSocket } from '../socket/stream-socket.ts';
import { TcpState } from '../tcp/state.ts';

/** `code` is null when all is well, else the name of an errno. */
export type Completion = (code: string | null) => void;

export class WaitingWrite {
  readonly done: Completion;
  private readonly chunks: readonly Uint8Array[];
  private index = 0;
  private offset = 0;

  constructor(chunks: readonly Uint8Array[], done: Completion) {
    this.chunks = chunks;
    this.done = done;
  }

  get isDone(): boolean {
    return this.index === this.chunks.length;
  }

  /** @returns octets taken now, -1 when the connection takes none any more */
  advance(socket: StreamSocket): number {
    const { chunks } = this;
    let total = 0;
    for (; this.index < chunks.length; this.index++, this.offset = 0) {
      const chunk = chunks[this.index];
      if (chunk === undefined || chunk.length === 0) continue;
      if (!takesOctets(socket)) return -1;
      const taken = socket.write(chunk, this.offset);
      total += taken;
      this.offset += taken;
      if (this.offset < chunk.length) break;
    }
    return total;
  }
}

/** Whether the connection still sends what is written. */
export function takesOctets({ tcb }: StreamSocket): boolean {
  return tcb !== null && !tcb.finQueued && tcb.error === null && isOpen(tcb.state);
}

export function isOpen(state: number): boolean {
  return state >= TcpState.established;
}
