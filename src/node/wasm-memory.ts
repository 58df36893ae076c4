/**
 * Packet memory inside a WebAssembly.Memory whose partial sum (RFC 1071) runs in SIMD. The bytes never leave the memory,
 * so nothing is copied for a sum. Where compiling is refused, plain memory with the float64 sum serves instead.
 */
import { checkInteger } from '../base/errors.ts';
import { type PacketMemory, PlainPacketMemory, sumFloat64 } from '../base/packet-memory.ts';
import { CHECKSUM_WASM_BASE64 } from './checksum-wasm.ts';

/**
 * Packet memory of `size` bytes (64 to 2^31 - 65536), the fastest this machine offers.
 * @throws ArgumentError when the size is out of range.
 */
export function createPacketMemory(size: number): PacketMemory {
  checkInteger('size', size, 64, 2 ** 31 - PAGE_BYTES);
  compiled ??= compile();
  if (compiled === 'refused') return new PlainPacketMemory(size);
  return new WasmPacketMemory(size, compiled);
}

/** Made by `createPacketMemory`. */
export class WasmPacketMemory implements PacketMemory {
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly view: DataView;
  private readonly wasmSum: (offset: number, length: number) => number;

  constructor(size: number, module: WasmModule) {
    const pages = Math.ceil(size / PAGE_BYTES);
    // Never grown: growing would detach the views.
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.u8 = new Uint8Array(memory.buffer);
    this.u32 = new Uint32Array(memory.buffer);
    this.view = new DataView(memory.buffer);
    this.wasmSum = new WebAssembly.Instance(module, { m: { m: memory } }).exports.sum;
  }

  sum(offset: number, length: number): number {
    // Above 256 KiB the lanes could run over. No lower bound: the call pays from 8 bytes on.
    if (length > LARGE_BYTES) return sumFloat64(this, offset, length);
    return this.wasmSum(offset, length);
  }
}

/** A compiled module; opaque to us. */
type WasmModule = { readonly wasmModule: unique symbol };

/** The part of the WebAssembly API in use: neither es2022 nor Node's types declare it. */
declare const WebAssembly: {
  Memory: new (descriptor: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => WasmModule;
  Instance: new (
    module: WasmModule,
    imports: object,
  ) => { readonly exports: { sum(offset: number, length: number): number } };
};

const PAGE_BYTES = 65536;
const LARGE_BYTES = 262_144;

let compiled: WasmModule | 'refused' | null = null;

function compile(): WasmModule | 'refused' {
  // WebAssembly is little-endian everywhere and may be absent (--jitless) or without SIMD.
  try {
    return new WebAssembly.Module(Buffer.from(CHECKSUM_WASM_BASE64, 'base64'));
  } catch {
    return 'refused';
  }
}
