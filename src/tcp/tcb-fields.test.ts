/** The fields of a connection that share an integer or a record: each is set and cleared for itself, and touches no other. */
import { describe, expect, it } from 'vitest';
import { bareTcb } from '../../test/support/bare-tcb.ts';
import { TcbWithExtras } from './tcb-extras.ts';
import { TcbFlags } from './tcb-flags.ts';

/** Names of the fields that a class has as accessors. */
function accessors(of: { readonly prototype: object }): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(of.prototype))
    .filter(([, { get, set }]) => get !== undefined && set !== undefined)
    .map(([name]) => name);
}

const FLAGS = accessors(TcbFlags);
const EXTRAS = accessors(TcbWithExtras);

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
    expect(Reflect.get(tcb, 'extras')).toBeNull();
    tcb.lingerMs = 5;
    expect(Reflect.get(tcb, 'extras')).not.toBeNull();
  });
});
