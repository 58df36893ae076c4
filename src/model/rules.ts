/** What the model may leave out to see what it was good for, and how far it is explored. */
import { checkInteger } from '../base/errors.ts';

/** What makes TCP safe and can be left out to see what it was good for. */
export interface Rules {
  /** `three` as in RFC 9293 §3.5; with `two` a server stands as soon as it has seen a SYN. */
  readonly handshake: 'two' | 'three';
  /** The end that closes first stays in TIME-WAIT for 2 MSL (MUST-13); without, it forgets at once. */
  readonly timeWait: boolean;
  /** A RST ends TIME-WAIT, as RFC 9293 §3.10.7.4 has it; RFC 1337 §3 advises to ignore it, which is the model's default. */
  readonly resetEndsTimeWait: boolean;
}

/** How far the search goes: all counts, with their ranges. */
export interface Bounds {
  /** How often the client opens: 2 gives one later incarnation. 1 to 4. */
  readonly opens: number;
  /** How often the server takes up a SYN. 1 to 6. */
  readonly accepts: number;
  /** Octets the client sends in each life. 0 to 4. */
  readonly octets: number;
  /** Different segments under way in each direction. 1 to 6. */
  readonly wire: number;
  /** The receive window, in octets. 1 to 4. */
  readonly window: number;
  /**
   * How far the clock behind the initial sequence number moves between two openings. A life of the client uses `octets` + 2.
   * 0 to 4; 0 is a number that stands still, which RFC 9293 §3.4.1 forbids.
   */
  readonly isnStep: number;
  /** How often in one run the wire may lose or repeat; null: as often as it likes. 0 to 8. */
  readonly mischief: number | null;
  /** The search ends when it has seen so many worlds. */
  readonly worldsMax: number;
}

/** TCP's rules: three steps to open (RFC 9293 section 3.5), TIME-WAIT (section 3.6.1), and a RST does not end it (RFC 1337). */
export const STANDARD_RULES: Rules = { handshake: 'three', timeWait: true, resetEndsTimeWait: false };
/** Bounds of a search that takes seconds: two openings, one octet each, two segments of each side under way. */
export const SMALL_BOUNDS: Bounds = {
  opens: 2,
  accepts: 2,
  octets: 1,
  wire: 2,
  window: 2,
  isnStep: 1,
  mischief: null,
  worldsMax: 2_000_000,
};

const RANGES: readonly [keyof Bounds, number, number][] = [
  ['opens', 1, 4],
  ['accepts', 1, 6],
  ['octets', 0, 4],
  ['wire', 1, 6],
  ['window', 1, 4],
  ['isnStep', 0, 4],
  ['mischief', 0, 8],
  ['worldsMax', 1, 50_000_000],
];

/** Throws an ArgumentError that names the bound outside its range: the codes of the model have room for these and no more. */
export function checkBounds(bounds: Bounds): void {
  for (const [name, least, most] of RANGES) {
    const value = bounds[name];
    if (value !== null) checkInteger(name, value, least, most);
  }
}
