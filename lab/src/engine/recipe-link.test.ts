/** Links: what is written is read again; what is damaged is told, and never throws. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Action, HOST_CALLS, PACKET_DEEDS, withAction } from './actions.ts';
import { readLink, writeLink } from './recipe-link.ts';

const amount = fc.nat({ max: 2 ** 40 });
const moment = { event: amount, timeUs: amount };
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    kind: fc.constant('packet' as const),
    packet: amount,
    what: fc.constantFrom(...PACKET_DEEDS),
    ...moment,
  }),
  fc.record(
    {
      kind: fc.constant('call' as const),
      host: fc.constantFrom('client', 'server', 'two-way'),
      call: fc.constantFrom(...HOST_CALLS),
      port: fc.integer({ min: 1, max: 65_535 }),
      connection: amount,
      ...moment,
    },
    { requiredKeys: ['kind', 'host', 'call', 'event', 'timeUs'] },
  ),
  fc.record({
    kind: fc.constant('set' as const),
    host: fc.constant('client'),
    name: fc.constantFrom('sack', 'congestion_control'),
    value: fc.oneof(fc.boolean(), amount, fc.constant('reno')),
    ...moment,
  }),
  fc.record({
    kind: fc.constant('link' as const),
    link: fc.constant('client-server'),
    change: fc.record({ delayMs: amount, cut: fc.boolean() }, { requiredKeys: [] }),
    ...moment,
  }),
);

describe('links', () => {
  it('carry a recipe there and back', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(action, { maxLength: 30 }), (seed, actions) => {
        const recipe = { scene: 'three-way-handshake', seed, actions };
        expect(readLink(`#${writeLink(recipe)}`)).toEqual({ recipe, problem: null });
      }),
    );
  });

  it.each([
    ['v=1&scene=life&do=[[1,2', 'damaged'],
    ['v=1&scene=life&do=[["x",1,"p",0,"drop"]]', 'damaged'],
    ['v=1&scene=life&do=[[1,1,"p",0,"explode"]]', 'damaged'],
    ['v=1&scene=../../x&seed=1', 'damaged'],
    ['v=1&scene=life&seed=1.5', 'damaged'],
    ['v=2&scene=life&seed=1', 'newer'],
    ['seed=7', 'damaged'],
    [`scene=life&do=${'x'.repeat(70_000)}`, 'too-long'],
  ])('%s is %s', (text, problem) => {
    expect(readLink(text.slice(0, 80_000))?.problem).toBe(problem);
  });

  it('without a scene are no links', () => {
    for (const text of ['', '#', '#top']) expect(readLink(text)).toBeNull();
  });

  it('never throw, whatever they are', () => {
    fc.assert(fc.property(fc.string(), (text) => void readLink(`#scene=life&do=${text}`)));
    fc.assert(
      fc.property(
        fc.jsonValue(),
        (value) => void readLink(`#scene=life&do=${encodeURIComponent(JSON.stringify(value))}`),
      ),
    );
  });
});

describe('actions', () => {
  it('done at a moment end what was done later', () => {
    const at = (event: number, timeUs: number): Action => ({
      kind: 'packet',
      packet: event,
      what: 'drop',
      event,
      timeUs,
    });
    const list = [at(1, 10), at(2, 20), at(2, 30), at(3, 5)];
    expect(withAction(list, at(2, 20)).map(({ event, timeUs }) => [event, timeUs])).toEqual([
      [1, 10],
      [2, 20],
      [2, 20],
    ]);
  });
});
