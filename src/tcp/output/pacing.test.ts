/** Departure times of a paced connection by numbers. */
import { expect, it } from 'vitest';
import { bareTcb } from '../../../test/support/bare-tcb.ts';
import type { TcpEnvironment } from '../environment.ts';
import { paceNext } from './pacing.ts';

// draft-ietf-ccwg-bbr-05 §5.6.2 RBBR-46: each segment puts the next one off by its size over the rate.
it('segments leave one after the other at the rate', () => {
  const tcb = bareTcb();
  tcb.isPaced = true;
  tcb.pacingRate = 1e6;
  tcb.departUs = 5_000;
  const env = { clock: { nowUs: 4_000 }, settings: { skb_accounting: false } } as unknown as TcpEnvironment;
  const departures = [1_000, 500, 2_000].map((length) => {
    paceNext(env, tcb, length);
    return tcb.departUs;
  });
  expect(departures).toEqual([6_000, 6_500, 8_500]);
});

it('where scripts look, as on Linux from the tenth on', () => {
  const tcb = bareTcb();
  tcb.isPaced = true;
  tcb.pacingRate = 1e6;
  tcb.departUs = 5_000;
  const env = { clock: { nowUs: 4_000 }, settings: { skb_accounting: true } } as unknown as TcpEnvironment;
  const departures = [9, 10, 11].map((count) => {
    tcb.dataSegmentsOut = count;
    paceNext(env, tcb, 1_000);
    return tcb.departUs;
  });
  expect(departures).toEqual([5_000, 6_000, 7_000]);
});
