/** Ranges of the options of a stream socket, checked where they are given: at connect, at listen, in the setters. */
import { ArgumentError, checkInteger } from '../base/errors.ts';
import { CONGESTION_CONTROLS, isCongestionControl } from '../tcp/congestion/index.ts';

const RANGES = {
  /** Largest buffer a window scale of 14 can offer. */
  receiveBufferSize: [256, 2 ** 30 - 1],
  sendBufferSize: [256, 2 ** 30 - 1],
  /** 32 bits, as in Linux. */
  notsentLowat: [0, 0xffff_ffff],
  trafficClass: [0, 255],
  hopLimit: [1, 255],
} as const;

export type RangedOption = keyof typeof RANGES;

const RANGED = Object.keys(RANGES) as RangedOption[];

/** Returns `value`. @throws ArgumentError naming the option when it is out of range */
export function checkOption(name: RangedOption, value: number): number {
  const [min, max] = RANGES[name];
  return checkInteger(name, value, min, max);
}

/** Returns `name`. @throws ArgumentError when there is no congestion control of that name */
export function checkCongestionControl(name: string): string {
  if (!isCongestionControl(name)) {
    throw new ArgumentError('congestionControl', `must be one of ${CONGESTION_CONTROLS.join(', ')}, got '${name}'`);
  }
  return name;
}

/** Checks every ranged option that is given. @throws ArgumentError */
export function checkOptions(options: { readonly [name in RangedOption]?: number }): void {
  for (const name of RANGED) {
    const value = options[name];
    if (value !== undefined) checkOption(name, value);
  }
}

/** Checks that `offset` and `length` lie in `bytes`. @throws ArgumentError */
export function checkRange(bytes: Uint8Array, offset: number, length: number): void {
  if (!(bytes instanceof Uint8Array)) throw new ArgumentError('bytes', 'must be a Uint8Array');
  checkInteger('offset', offset, 0, bytes.length);
  checkInteger('length', length, 0, bytes.length - offset);
}
