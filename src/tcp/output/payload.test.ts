/** How much text a segment takes: Linux fills at most half of the widest window ever offered, of a tiny window the whole. */
import { describe, expect, it } from 'vitest';
import { bareSender } from '../../../test/support/bare-sender.ts';
import { Agreed } from '../tcb/tcb.ts';
import { boundToWindow, bufferEnd, fullPayload } from './payload.ts';

describe('a full segment', () => {
  it.each([
    ['no window was offered yet', 0, 1_000],
    ['a wide one', 10_000, 1_000],
    ['one of two segments', 2_000, 1_000],
    ['half of a narrower one', 1_998, 999],
    ['half of one above the default segment', 537, 268],
    ['all of one of the default segment', 536, 536],
    ['all of a tiny one', 100, 100],
    ['the least packet’s text, however tiny', 10, 48],
  ])('on Linux: %s', (_, maxSndWnd, octets) => {
    const { env, tcb } = bareSender({ profile: 'linux' });
    tcb.maxSndWnd = maxSndWnd;
    expect([boundToWindow(tcb, 1_000), fullPayload(env, tcb)]).toEqual([octets, octets]);
  });

  it('leaves room for the options of the least packet', () => {
    const { tcb } = bareSender();
    tcb.maxSndWnd = 10;
    tcb.agreed |= Agreed.timestamps;
    expect([boundToWindow(tcb, 1_000), boundToWindow(tcb, 20)]).toEqual([36, 20]);
  });

  it('does not ask for the window under rfc', () => {
    const { env, tcb } = bareSender({ profile: 'rfc' });
    tcb.maxSndWnd = 100;
    expect(fullPayload(env, tcb)).toBe(1_000);
  });

  it('ends where the text does', () => {
    const { tcb } = bareSender();
    tcb.sendBufferSeq = 700;
    expect(bufferEnd(tcb)).toBe(700);
  });
});
