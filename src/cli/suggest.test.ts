/** Names near a mistyped one. */
import { describe, expect, it } from 'vitest';
import { nearestNames } from './suggest.ts';

const NAMES = ['life', 'three-way-handshake', 'four-way-close', 'lost-syn', 'lost-syn-ack'];

describe('nearestNames', () => {
  it.each([
    ['lief', ['life']],
    ['LIFE', ['life']],
    ['three-way-handshak', ['three-way-handshake']],
    ['handshake', ['three-way-handshake']],
    ['lost', ['lost-syn', 'lost-syn-ack']],
    ['xyzzy', []],
    ['', []],
  ])('%j: %j', (wrong, names) => {
    expect(nearestNames(wrong, NAMES)).toEqual(names);
  });
});
