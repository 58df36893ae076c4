/** The fields of a connection that share an integer or a record: each is set and cleared for itself, and touches no other. */
import { describe, expect, it } from 'vitest';
import { bareTcb } from '../../../test/support/bare-tcb.ts';
import { cloneGraph } from '../../base/snapshot.ts';
import { TcbWithExtras } from './tcb-extras.ts';
import { TcbFlags } from './tcb-flags.ts';
import { TcbPacked } from './tcb-packed.ts';
import { TcbWithWork } from './tcb-work.ts';

/** Names of the fields that a class has as accessors. */
function accessors(of: { readonly prototype: object }): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(of.prototype))
    .filter(([, { get, set }]) => get !== undefined && set !== undefined)
    .map(([name]) => name);
}

const FLAGS = accessors(TcbFlags);
const EXTRAS = accessors(TcbWithExtras);
const PACKED = accessors(TcbPacked);
const WORK = accessors(TcbWithWork);

const SCALE_MAX = 15;
const SIZE_MAX = 65_535;

/** The largest value of each. */
const MAXIMA: Readonly<Record<string, number>> = {
  state: 15,
  caState: 7,
  agreed: 7,
  sndScale: SCALE_MAX,
  rcvScale: SCALE_MAX,
  offeredScale: SCALE_MAX,
  occupation: 3,
  trafficClass: 255,
  hopLimit: 255,
  quickAcks: 0x7fff,
  pathMtu: SIZE_MAX,
  provenSize: SIZE_MAX,
  peerMss: SIZE_MAX,
  advertisedMss: SIZE_MAX,
  receiveMss: SIZE_MAX,
  lastSegmentSize: SIZE_MAX,
};

/** Timers, which do not run then, and what is compared with SND.UNA or with a reduction that is over. */
const ONLY_WHILE_UNDER_WAY = [
  'retransmissionTick',
  'delayedAckTick',
  'lossProbeTick',
  'lifetimeTick',
  'synSentUs',
  'firstTimeoutTick',
  'priorCwnd',
  'priorSsthresh',
  'maxInFlight',
  'occupiedSinceTick',
  'sendBufferSeq',
  'smallSeq',
  'rttSeq',
  'rcvFinSeq',
];

/** Whether a connection has a record of its own instead of the one for all. */
function hasOwn(tcb: object, record: 'extras' | 'work'): boolean {
  return !Reflect.get(tcb, record).isCommon;
}

function values(tcb: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, Reflect.get(tcb, name)]));
}

describe('what is true or false', () => {
  it('is there under more than twenty names', () => {
    expect(FLAGS.length).toBeGreaterThan(20);
  });

  it.each(FLAGS)('%s is set and cleared, and nothing else is', (name) => {
    for (const usual of [false, true]) {
      const tcb = bareTcb();
      for (const other of FLAGS) Reflect.set(tcb, other, usual);
      Reflect.set(tcb, name, !usual);
      expect(values(tcb, FLAGS)).toEqual({ ...Object.fromEntries(FLAGS.map((one) => [one, usual])), [name]: !usual });
      Reflect.set(tcb, name, usual);
      expect(Reflect.get(tcb, name)).toBe(usual);
    }
  });
});

describe('what most connections never have', () => {
  it.each(EXTRAS)('%s keeps its value, may go back to the usual one, and changes nothing else', (name) => {
    const tcb = bareTcb();
    const before = values(tcb, EXTRAS);
    const given = typeof before[name] === 'number' ? 77 : {};
    Reflect.set(tcb, name, given);
    expect(values(tcb, EXTRAS)).toEqual({ ...before, [name]: given });
    Reflect.set(tcb, name, before[name]);
    expect(values(tcb, EXTRAS)).toEqual(before);
  });

  it('takes no memory while everything is as usual', () => {
    const tcb = bareTcb();
    for (const name of EXTRAS) Reflect.set(tcb, name, Reflect.get(tcb, name));
    expect(hasOwn(tcb, 'extras')).toBe(false);
    tcb.lingerMs = 5;
    expect(hasOwn(tcb, 'extras')).toBe(true);
  });
});

describe('small numbers', () => {
  it.each(PACKED)('%s is set for itself, from the least to the largest', (name) => {
    const tcb = bareTcb();
    for (const least of [0, MAXIMA[name] ?? 1]) {
      for (const other of PACKED) Reflect.set(tcb, other, least === 0 ? 0 : (MAXIMA[other] ?? 1));
      const before = values(tcb, PACKED);
      const given = least === 0 ? (MAXIMA[name] ?? 1) : 0;
      Reflect.set(tcb, name, given);
      expect(values(tcb, PACKED)).toEqual({ ...before, [name]: given });
    }
  });

  it('has a largest value for each name', () => {
    expect(Object.keys(MAXIMA).sort()).toEqual([...PACKED].sort());
  });

  it('more quick acknowledgments than there is room for are as many as there is room for', () => {
    const tcb = bareTcb();
    const before = values(tcb, PACKED);
    tcb.quickAcks = 1_000_000_000;
    expect(values(tcb, PACKED)).toEqual({ ...before, quickAcks: 0x7fff });
  });
});

describe('what a connection has while it works', () => {
  it.each(WORK)('%s keeps its value, may go back to the usual one, and changes nothing else', (name) => {
    const tcb = bareTcb();
    const before = values(tcb, WORK);
    const given = typeof before[name] === 'number' ? 77 : {};
    Reflect.set(tcb, name, given);
    expect(values(tcb, WORK)).toEqual({ ...before, [name]: given });
    Reflect.set(tcb, name, before[name]);
    expect(values(tcb, WORK)).toEqual(before);
  });

  it('takes no memory while everything is as usual', () => {
    const tcb = bareTcb();
    for (const name of WORK) Reflect.set(tcb, name, Reflect.get(tcb, name));
    expect(hasOwn(tcb, 'work')).toBe(false);
    tcb.timeouts = 5;
    expect(hasOwn(tcb, 'work')).toBe(true);
  });

  it.each(WORK.filter((name) => !ONLY_WHILE_UNDER_WAY.includes(name)))(
    'is not given back while %s is worth keeping',
    (name) => {
      const tcb = bareTcb();
      Reflect.set(tcb, name, typeof Reflect.get(tcb, name) === 'number' ? 77 : {});
      tcb.forgetWork();
      expect(hasOwn(tcb, 'work')).toBe(true);
    },
  );

  it.each(ONLY_WHILE_UNDER_WAY)('%s means nothing once everything is acknowledged and no timer runs', (name) => {
    const tcb = bareTcb();
    Reflect.set(tcb, name, 77);
    tcb.forgetWork();
    expect(hasOwn(tcb, 'work')).toBe(false);
  });

  it('stays its own when others work, in a snapshot too', () => {
    const [tcb, other] = [bareTcb(), bareTcb()];
    const copies = cloneGraph([tcb, other]);
    other.timeouts = 5;
    other.probes = 3;
    copies[1]!.backoff = 7;
    copies[1]!.lost = 4;
    expect([tcb.timeouts, tcb.probes, tcb.backoff, tcb.lost]).toEqual([0, 0, 0, 0]);
    expect([copies[0]!.timeouts, copies[0]!.probes, copies[0]!.backoff, copies[0]!.lost]).toEqual([0, 0, 0, 0]);
    expect([other.timeouts, other.probes, copies[1]!.backoff, copies[1]!.lost]).toEqual([5, 3, 7, 4]);
  });
});
