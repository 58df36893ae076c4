/**
 * Assembles the WebAssembly module behind `src/node/wasm-memory.ts`: one function over an imported memory,
 *
 *   sum(pointer, length) -> the Internet checksum's partial sum, 16 bits, network order (RFC 1071)
 *
 * by hand, so that the build needs no assembler. `node scripts/ts.mjs tools/wasm/main.ts` writes the result into the source;
 * a test compares the two. Length at most 256 KiB, or a 32-bit lane may run over.
 */

/** WebAssembly opcodes in use (core specification, binary format of instructions). */
const Op = {
  block: 0x02,
  loop: 0x03,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  i64Load32U: 0x35,
  i32Load8U: 0x2d,
  i32Load16U: 0x2f,
  i32Const: 0x41,
  i64Const: 0x42,
  i32LtU: 0x49,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32And: 0x71,
  i32Or: 0x72,
  i32Shl: 0x74,
  i32ShrU: 0x76,
  i64Add: 0x7c,
  i64And: 0x83,
  i64ShrU: 0x88,
  i32WrapI64: 0xa7,
  i64ExtendI32U: 0xad,
  simd: 0xfd,
} as const;

/** Numbers after the SIMD prefix. */
const Simd = { v128Load: 0x00, i32x4ExtractLane: 0x1b, extaddPairwiseU16: 0x7f, i32x4Add: 0xae } as const;

const I32 = 0x7f;
const I64 = 0x7e;
const V128 = 0x7b;
const VOID = 0x40;

/** Parameters come first in the numbering of locals. */
const Local = { pointer: 0, length: 1, sum: 2, vectorA: 3, vectorB: 4 } as const;

/** The module's bytes. */
export function checksumModule(): Uint8Array {
  const types = section(1, vector([[0x60, ...vector([[I32], [I32]]), ...vector([[I32]])]]));
  const imports = section(2, vector([[...name('m'), ...name('m'), 0x02, 0x00, 0x01]]));
  const functions = section(3, vector([[0x00]]));
  const exports = section(7, vector([[...name('sum'), 0x00, 0x00]]));
  const locals = vector([
    [0x01, I64],
    [0x02, V128],
  ]);
  const body = [...locals, ...sumBody(), Op.end];
  const code = section(10, vector([[...unsigned(body.length), ...body]]));
  const preamble = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  return Uint8Array.from([...preamble, ...types, ...imports, ...functions, ...exports, ...code]);
}

/**
 * 64 bytes at a time: neighbouring 16-bit words are added into 32-bit lanes of two accumulators; then 4, 2 and 1 bytes.
 * Loads need no alignment, so the start may be any byte and words always count from it.
 */
function sumBody(): number[] {
  return [
    ...whileLeft(64, [
      ...accumulate(Local.vectorA, 0),
      ...accumulate(Local.vectorB, 16),
      ...accumulate(Local.vectorA, 32),
      ...accumulate(Local.vectorB, 48),
    ]),
    // Up to 48 bytes more of vectors.
    ...whileLeft(16, accumulate(Local.vectorA, 0)),
    ...[Local.vectorA, Local.vectorB].flatMap((local) => [0, 1, 2, 3].flatMap((lane) => addLane(local, lane))),
    ...whileLeft(4, addToSum([...get(Local.pointer), Op.i64Load32U, 0x00, 0x00])),
    ...whileLeft(2, addToSum([...get(Local.pointer), Op.i32Load16U, 0x00, 0x00, Op.i64ExtendI32U])),
    // An odd last byte is the low half of its little-endian word, which is the high half in network order.
    ...whileLeft(1, addToSum([...get(Local.pointer), Op.i32Load8U, 0x00, 0x00, Op.i64ExtendI32U])),
    ...fold(0xffffffff, 32),
    ...fold(0xffff, 16),
    ...fold(0xffff, 16),
    ...fold(0xffff, 16),
    ...swappedSum(),
  ];
}

/** Runs `body` and moves on by `step` bytes while at least that many are left. */
function whileLeft(step: number, body: readonly number[]): number[] {
  return [
    ...[Op.block, VOID, Op.loop, VOID],
    ...[...get(Local.length), ...i32(step), Op.i32LtU, Op.brIf, 0x01],
    ...body,
    ...[...get(Local.pointer), ...i32(step), Op.i32Add, ...set(Local.pointer)],
    ...[...get(Local.length), ...i32(step), Op.i32Sub, ...set(Local.length)],
    ...[Op.br, 0x00, Op.end, Op.end],
  ];
}

function accumulate(local: number, offset: number): number[] {
  const load = [...get(Local.pointer), ...simd(Simd.v128Load), 0x00, ...unsigned(offset)];
  return [...get(local), ...load, ...simd(Simd.extaddPairwiseU16), ...simd(Simd.i32x4Add), ...set(local)];
}

function addLane(local: number, lane: number): number[] {
  return addToSum([...get(local), ...simd(Simd.i32x4ExtractLane), lane, Op.i64ExtendI32U]);
}

function addToSum(value: readonly number[]): number[] {
  return [...get(Local.sum), ...value, Op.i64Add, ...set(Local.sum)];
}

function fold(mask: number, bits: number): number[] {
  const low = [...get(Local.sum), Op.i64Const, ...signed(mask), Op.i64And];
  const high = [...get(Local.sum), Op.i64Const, ...signed(bits), Op.i64ShrU];
  return [...low, ...high, Op.i64Add, ...set(Local.sum)];
}

/** The folded sum with its two bytes exchanged, as an i32. */
function swappedSum(): number[] {
  const sum = [...get(Local.sum), Op.i32WrapI64];
  const high = [...sum, ...i32(0xff), Op.i32And, ...i32(8), Op.i32Shl];
  return [...high, ...sum, ...i32(8), Op.i32ShrU, Op.i32Or];
}

function get(local: number): number[] {
  return [Op.localGet, local];
}

function set(local: number): number[] {
  return [Op.localSet, local];
}

function i32(value: number): number[] {
  return [Op.i32Const, ...signed(value)];
}

function simd(opcode: number): number[] {
  return [Op.simd, ...unsigned(opcode)];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function name(text: string): number[] {
  return vector([...text].map((letter) => [letter.charCodeAt(0)]));
}

/** LEB128, unsigned. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(Math.floor(value / 128))];
}

/** LEB128, signed; only non-negative values are needed here. */
function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(Math.floor(value / 128))];
}
