/** The TCP options that `src/wire` writes, each with what it must be read back as. */
import * as wire from '../../../src/wire/index.ts';
import { type InputReader, must, same } from '../target.ts';

/** A TCP option to write, and how it is read back. */
export interface OptionPlan {
  readonly size: number;
  write(memory: wire.IpPacket['memory'], at: number): number;
  check(segment: wire.TcpSegment): void;
}

/** The plan that the input asks for. */
export function optionPlan(input: InputReader): OptionPlan {
  const [a, b, c] = [input.i32(), input.i32(), input.i32()];
  const count = Math.abs(a % 4);
  const blocks = Int32Array.of(a, b, c, a, b, c, a, b);
  const cookie = Uint8Array.of(a, b, c, a, b, c, a, b);
  const sizes = wire.TcpOptionSize;
  const isOld = (b & 1) === 1;
  const has = (segment: wire.TcpSegment, bit: number, ...pairs: [unknown, unknown][]): void =>
    same('options', [bit, segment.optionsPresent & (bit | wire.TcpOptionBit.malformed)], ...pairs);
  const bits = wire.TcpOptionBit;
  return input.pick<OptionPlan>([
    {
      size: sizes.mss,
      write: (memory, at) => wire.writeMss(memory, at, a & 0xffff),
      check: (read) => has(read, bits.mss, [a & 0xffff, read.mss]),
    },
    {
      size: sizes.windowScale,
      write: (memory, at) => wire.writeWindowScale(memory, at, at, a & 15),
      check: (read) => has(read, bits.windowScale, [a & 15, read.windowScale]),
    },
    {
      size: sizes.sackPermitted,
      write: (memory, at) => wire.writeSackPermitted(memory, at, at),
      check: (read) => has(read, bits.sackPermitted),
    },
    {
      size: sizes.timestamps,
      write: (memory, at) => wire.writeTimestamps(memory, at, a, b),
      check: (read) => has(read, bits.timestamps, [a, read.timestampValue], [b, read.timestampEcho]),
    },
    {
      size: sizes.sackPermittedAndTimestamps,
      write: (memory, at) => wire.writeSackPermittedAndTimestamps(memory, at, a, b),
      check: (read) => has(read, bits.timestamps | bits.sackPermitted, [a, read.timestampValue]),
    },
    {
      size: wire.sackOptionSize(count),
      write: (memory, at) => wire.writeSack(memory, at, at, blocks, count),
      check: (read) => has(read, count === 0 ? 0 : bits.sack, [count, read.sackCount]),
    },
    {
      size: (isOld ? 4 : 2) + 2 * (count + 2),
      write: (memory, at) => wire.writeFastOpen(memory, at, cookie, 2 * (count + 1) + 2, isOld),
      check: (read) =>
        has(read, bits.fastOpen, [2 * count + 4, read.fastOpenLength], [isOld, read.fastOpenExperimental]),
    },
    {
      size: sizes.userTimeout,
      write: (memory, at) => wire.writeUserTimeout(memory, at, (a >>> 1) & 0xfffff),
      check: (read) => {
        const seconds = (a >>> 1) & 0xfffff;
        if (seconds === 0) return;
        must(read.userTimeoutSeconds >= Math.min(seconds, 0x7fff * 60), `a timeout of ${seconds} s became shorter`);
      },
    },
    { size: sizes.md5, write: (memory, at) => wire.writeMd5(memory, at), check: (read) => has(read, bits.md5) },
    {
      size: wire.accEcnOptionSize(count),
      write: (memory, at) => padded(memory, at, wire.writeAccEcn(memory, at, isOld ? 172 : 174, count, a, b, c)),
      check: (read) => has(read, bits.accEcn, [3 * count, read.accEcnLength], [isOld ? 172 : 174, read.accEcnKind]),
    },
    {
      size: 1,
      write: (memory, at) => wire.writeNoOperation(memory, at),
      check: (read) => has(read, 0),
    },
  ]);
}

/** Up to the end of a word. */
function padded(memory: wire.IpPacket['memory'], start: number, end: number): number {
  return wire.writeNoOperations(memory, start, end, 0);
}
