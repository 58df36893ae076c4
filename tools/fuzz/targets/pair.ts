/**
 * Two stacks on a wire of the input's choice: calls of both users, frames lost, spoilt by a bit, held back and given again, time.
 * What is read is a prefix of what was written; every frame that is sent is sound; when the wire is healed and both users have
 * closed, nothing is left.
 */
import { WoshouError } from '../../../src/base/errors.ts';
import { Slot } from '../../../src/base/slot.ts';
import { ListenSocket, StreamSocket } from '../../../src/socket/index.ts';
import { Tcb } from '../../../src/tcp/index.ts';
import { octetAt } from '../../../test/support/rough-pair.ts';
import { type FrameFilter, StackPair } from '../../../test/support/stack-pair.ts';
import { tcbTrouble } from '../../../test/support/tcb-watch.ts';
import { readPacket } from '../../../test/support/wire-reader.ts';
import { InputReader, must, type Target } from '../target.ts';

const OPERATIONS_MAX = 60;
const HELD_MAX = 32;
const MINUTE_US = 60_000_000;

export const PAIR_TARGET: Target = {
  name: 'pair',
  covers: ['src/tcp/'],
  maxLength: 240,
  isText: false,
  seeds: () => [
    Uint8Array.of(0, 0, 1, 10, 0, 5, 3, 2, 10, 0, 5, 2, 3, 200, 4, 0, 4, 1, 5, 4),
    Uint8Array.of(1, 3, 0, 255, 5, 2, 1, 255, 5, 3, 2, 100, 3, 100, 6, 3, 5, 1, 7, 0, 5, 5),
    Uint8Array.of(2, 9, 0, 90, 6, 1, 5, 4, 0, 200, 6, 2, 5, 4, 2, 0, 3, 0, 4, 0, 5, 6, 4, 1, 5, 7),
  ],
  run: (bytes) => new Pair(new InputReader(bytes)).play(),
};

class User {
  socket: StreamSocket | null = null;
  written = 0;
  read = 0;
  readonly salt: number;

  constructor(salt: number) {
    this.salt = salt;
  }
}

/** What the wire does with the frames to come: so many lost, spoilt or held, then all pass. */
class Wire implements FrameFilter {
  fate: 'pass' | 'lose' | 'spoil' | 'hold' = 'pass';
  left = 0;
  bit = 0;
  readonly held: { readonly fromA: boolean; readonly bytes: Uint8Array }[] = [];

  passes(fromA: boolean, slot: Slot): boolean {
    const bytes = slot.memory.u8.subarray(slot.offset, slot.offset + slot.length);
    const wrong = readPacket(bytes).layers.find(({ reason }) => reason !== 0);
    must(wrong === undefined, `a packet was sent whose ${wrong?.name} is not well formed`);
    if (this.fate === 'pass' || this.left === 0) return true;
    this.left--;
    if (this.fate === 'lose') return false;
    if (this.fate === 'hold') {
      if (this.held.length < HELD_MAX) this.held.push({ fromA, bytes: bytes.slice() });
      return false;
    }
    // One bit is always found by a checksum, or makes the packet another one's.
    bytes[(this.bit >> 3) % bytes.length]! ^= 1 << (this.bit & 7);
    return true;
  }
}

class Pair {
  private readonly input: InputReader;
  private readonly pair: StackPair;
  private readonly wire = new Wire();
  private readonly users: readonly [User, User] = [new User(0), new User(1)];
  private readonly listener: ListenSocket;

  constructor(input: InputReader) {
    this.input = input;
    const kind = input.u8();
    const mtu = [1500, 1280, 9000, 1492][(kind >> 2) & 3] ?? 1500;
    this.pair = new StackPair({
      profile: kind & 1 ? 'rfc' : 'linux',
      mtu,
      seed: input.u8(),
      settings: { tcp: { fin_timeout: 20, ecn: kind & 16 ? 1 : 0, pacing: (kind & 32) !== 0 } },
    });
    this.pair.filter = this.wire;
    this.listener = new ListenSocket(this.pair.b, { port: 80 });
    const remoteAddress = kind & 2 ? 'fd00::2' : '10.0.0.2';
    this.users[0].socket = StreamSocket.connect(this.pair.a, { remoteAddress, remotePort: 80 });
  }

  play(): void {
    for (let left = OPERATIONS_MAX; left > 0 && !this.input.isEmpty; left--) {
      this.users[1].socket ??= this.listener.accept();
      this.operation();
      this.look();
    }
    this.end();
  }

  private operation(): void {
    const { input, pair, wire } = this;
    const [what, amount] = [input.u8() & 7, input.u8()];
    switch (what) {
      case 0:
      case 1:
        this.write(this.users[what], amount);
        return;
      case 2:
      case 3:
        this.read(what - 2, amount * 64);
        return;
      case 4:
        this.finish(this.users[amount & 1] ?? this.users[0], amount >> 1);
        return;
      case 5:
        pair.run(pair.nowUs + ([0, 1, 50, 300, 1_500, 10_000, 70_000, 200_000][amount & 7] ?? 0) * 1_000);
        return;
      case 6:
        wire.fate = (['lose', 'spoil', 'hold', 'pass'] as const)[amount & 3] ?? 'pass';
        wire.left = amount >> 2;
        wire.bit = input.u16();
        return;
      default:
        this.giveHeld(amount);
    }
  }

  private write(user: User, amount: number): void {
    const bytes = Uint8Array.from({ length: amount * 32 }, (_, at) => octetAt(user.salt, user.written + at));
    attempt(() => {
      user.written += user.socket?.write(bytes) ?? 0;
    });
  }

  private read(index: number, most: number): void {
    const [reader, writer] = [this.users[index] ?? this.users[0], this.users[1 - index] ?? this.users[1]];
    const into = new Uint8Array(most);
    attempt(() => {
      const count = reader.socket?.read(into) ?? 0;
      for (let at = 0; at < count; at++) {
        must(into[at] === octetAt(writer.salt, reader.read + at), 'an octet was read that was not written there');
      }
      reader.read += count;
    });
    must(reader.read <= writer.written, 'more was read than written');
  }

  private finish(user: User, how: number): void {
    attempt(() => {
      if (how === 100) user.socket?.abort();
      else if (how & 1) user.socket?.close();
      else user.socket?.shutdownWrite();
    });
  }

  /** A frame held back comes now, and stays to come again. */
  private giveHeld(which: number): void {
    const { held } = this.wire;
    const frame = held[which % Math.max(1, held.length)];
    if (frame === undefined) return;
    const { pair } = this;
    const slot = Slot.allocate(Math.max(64, frame.bytes.length), false);
    slot.memory.u8.set(frame.bytes, slot.offset);
    slot.length = frame.bytes.length;
    slot.interfaceId = 1;
    (frame.fromA ? pair.b : pair.a).receive(slot, pair.nowUs);
    pair.flush();
  }

  private look(): void {
    this.pair.flush();
    for (const stack of [this.pair.a, this.pair.b]) {
      for (const entry of stack.tcp.connections) {
        if (!(entry instanceof Tcb)) continue;
        const trouble = tcbTrouble(entry);
        must(trouble === null, `${entry.state}: ${trouble}`);
      }
    }
  }

  private end(): void {
    const { pair, wire } = this;
    wire.left = 0;
    pair.run(pair.nowUs + MINUTE_US);
    this.users[1].socket ??= this.listener.accept();
    for (const minutes of [5, 10, 15]) {
      for (const index of [0, 1]) this.read(index, 1 << 18);
      for (const { socket } of this.users) attempt(() => socket?.close());
      pair.run(pair.nowUs + minutes * MINUTE_US);
    }
    this.listener.close();
    pair.run(pair.nowUs + 5 * MINUTE_US);
    const left = [...pair.a.tcp.connections, ...pair.b.tcp.connections].length;
    must(left === 0, `${left} connections are left when both users have closed`);
  }
}

/** A call may say no; a broken assertion is never an answer. */
function attempt(call: () => void): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof WoshouError) || error.code === 'ERR_ASSERTION') throw error;
  }
}
