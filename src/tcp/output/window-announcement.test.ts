/** Windows as `nstat` counts them: shut, opened, and kept open only because it had been offered. */
import { describe, expect, it } from 'vitest';
import { bareSender } from '../../../test/support/bare-sender.ts';
import { BufferPool } from '../tcb/byte-ring.ts';
import { ReceiveAccount } from '../tcb/receive-account.ts';
import { ReceiveBuffer } from '../tcb/receive-buffer.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { announceWindow } from './window-announcement.ts';

/** A buffer of 4000 octets of which so many are used; `offered` octets are open beyond RCV.NXT. */
function announcing(used: number, offered: number, changes: Partial<Tcb> = {}) {
  const { env, tcb } = bareSender({ settings: { skb_accounting: false } });
  const buffer = new ReceiveBuffer();
  buffer.store(new BufferPool(), 0, new Uint8Array(used), 0, used);
  buffer.advance(used);
  Object.assign(tcb, {
    receiveBuffer: buffer,
    receiveLimit: 4_000,
    rcvNxt: 1_000,
    rcvAdv: 1_000 + offered,
    receiveMss: 500,
    ...changes,
  });
  const field = announceWindow(env, tcb);
  const { TCPToZeroWindowAdv, TCPFromZeroWindowAdv, TCPWantZeroWindowAdv } = env.extCounters;
  return { field, tcb, counted: [TCPToZeroWindowAdv, TCPFromZeroWindowAdv, TCPWantZeroWindowAdv] };
}

describe('a window', () => {
  it('that is open counts as nothing', () => {
    const { field, counted, tcb } = announcing(0, 0);
    expect([field > 0, tcb.isWindowShut]).toEqual([true, false]);
    expect(counted).toEqual([0, 0, 0]);
  });

  it.each([
    ['shuts', false, [1, 0, 0]],
    ['stays shut', true, [0, 0, 0]],
  ])('without room %s', (_, isWindowShut, expected) => {
    const { field, counted, tcb } = announcing(4_000, 0, { isWindowShut });
    expect([field, tcb.isWindowShut, counted]).toEqual([0, true, expected]);
  });

  it('opens', () => {
    const { counted, tcb } = announcing(0, 0, { isWindowShut: true });
    expect([tcb.isWindowShut, counted]).toEqual([false, [0, 1, 0]]);
  });

  it.each([
    ['no room is left', 4_000, [0, 0, 1]],
    ['some is', 3_400, [0, 0, 0]],
  ])('is kept because it was offered, where %s', (_, used, expected) => {
    const { field, counted, tcb } = announcing(used, 700);
    expect([field, tcb.rcvAdv, counted]).toEqual([700, 1_700, expected]);
  });

  it.each([
    ['none would be offered', 100_000, [0, 0, 1]],
    ['some would', 0, [0, 0, 0]],
  ])('by memory, too: %s', (_, held, expected) => {
    const receiveAccount = Object.assign(new ReceiveAccount(100_000, 50_000, 700, 14_600, false), { held });
    const { field, counted } = announcing(0, 700, { receiveAccount });
    expect([field, counted]).toEqual([700, expected]);
  });
});
