/** Copies of object graphs: identity, cycles and shared buffers kept, what cannot be copied refused. */
import { describe, expect, it } from 'vitest';
import { Address } from './address.ts';
import { AssertionError, StateError } from './errors.ts';
import { PlainPacketMemory } from './packet-memory.ts';
import { cloneGraph } from './snapshot.ts';
import { TimerEntry, TimerWheel } from './timer-wheel.ts';

class Node {
  next: Node | null = null;
  value: number;

  constructor(value: number) {
    this.value = value;
  }

  double(): number {
    return this.value * 2;
  }
}

class Alarm extends TimerEntry {
  readonly timerKind = 1;
}

describe('cloneGraph', () => {
  it('copies classes, arrays, maps and sets in depth, leaving the source alone', () => {
    const root = { node: new Node(1), list: [1, [2]], map: new Map([['k', { v: 1 }]]), set: new Set([1]), none: null };
    const copy = cloneGraph(root);
    expect(copy).toEqual(root);
    expect(copy.node.double()).toBe(2);
    copy.node.value = 5;
    (copy.list[1] as number[])[0] = 9;
    const entry = copy.map.get('k');
    if (entry !== undefined) entry.v = 7;
    copy.set.add(2);
    expect(root).toEqual({
      node: new Node(1),
      list: [1, [2]],
      map: new Map([['k', { v: 1 }]]),
      set: new Set([1]),
      none: null,
    });
  });

  it('keeps identity and cycles, also through keys of maps', () => {
    const first = new Node(1);
    const second = new Node(2);
    first.next = second;
    second.next = first;
    const copy = cloneGraph({ first, second, index: new Map([[first, second]]) });
    expect(copy.first).not.toBe(first);
    expect(copy.first.next).toBe(copy.second);
    expect(copy.second.next).toBe(copy.first);
    expect(copy.index.get(copy.first)).toBe(copy.second);
  });

  it('copies a very long chain without recursion', () => {
    const head = new Node(0);
    let tail = head;
    for (let value = 1; value < 50_000; value++) {
      tail.next = new Node(value);
      tail = tail.next;
    }
    let count = 0;
    for (let node: Node | null = cloneGraph(head); node !== null; node = node.next) count++;
    expect(count).toBe(50_000);
  });

  it('keeps the views of one memory on one buffer', () => {
    const memory = new PlainPacketMemory(64);
    memory.u8[3] = 7;
    const copy = cloneGraph({ memory, part: memory.u8.subarray(2, 6) });
    expect(copy.memory.u8.buffer).toBe(copy.memory.view.buffer);
    expect(copy.part[1]).toBe(7);
    copy.memory.u8[3] = 9;
    expect([copy.part[1], copy.memory.view.getUint8(3), memory.u8[3]]).toEqual([9, 9, 7]);
    expect(copy.memory.sum(0, 8)).toBe(9);
  });

  it('refers to shared objects and errors', () => {
    const memory = new PlainPacketMemory(64);
    const error = new StateError('closed');
    const copy = cloneGraph({ memory, error }, new Set([memory]));
    expect(copy.memory).toBe(memory);
    expect(copy.error).toBe(error);
  });

  it('keeps frozen objects frozen and prototypes in place', () => {
    const copy = cloneGraph({ table: Object.freeze({ a: 1 }), address: Address.parse('::1') });
    expect(Object.isFrozen(copy.table)).toBe(true);
    expect(copy.address.toString()).toBe('::1');
  });

  it.each([
    ['a function', { handler: () => 1 }, /handler holds a function/],
    ['a weak map', { cache: new WeakMap() }, /cache holds \[object WeakMap\]/],
    ['a promise', { wait: Promise.resolve() }, /Promise/],
    ['a date', { at: new Date(0) }, /Date/],
  ])('refuses %s and says where', (_, root, message) => {
    expect(() => cloneGraph(root)).toThrow(AssertionError);
    expect(() => cloneGraph(root)).toThrow(message);
  });

  it('copies a timer wheel that then runs apart from the first', () => {
    const wheel = new TimerWheel(0);
    const alarms = [5, 5, 900, 70_000].map((tick) => {
      const alarm = new Alarm();
      wheel.schedule(alarm, tick);
      return alarm;
    });
    const copy = cloneGraph({ wheel, alarms });
    const first = alarms[0];
    if (first !== undefined) wheel.cancel(first);
    const order: number[] = [];
    for (let due = copy.wheel.popDue(100_000); due !== null; due = copy.wheel.popDue(100_000)) {
      order.push(copy.alarms.indexOf(due as Alarm));
    }
    expect(order).toEqual([0, 1, 2, 3]);
    expect(wheel.count).toBe(3);
  });
});
