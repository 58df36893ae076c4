/**
 * Snapshots by copying the object graph: class instances, plain objects, arrays, Map, Set and typed arrays, with cycles.
 * Functions are refused, which is what keeps closures out of the state below node/ and web/.
 */
import { AssertionError } from './errors.ts';

/** Objects that a snapshot refers to and does not copy: observers, shared packet memory. */
export type SharedObjects = ReadonlySet<object>;

const NOTHING_SHARED: SharedObjects = new Set();

/**
 * A deep copy of everything reachable from `root`; identity and cycles inside the graph are kept.
 * @throws AssertionError when the graph holds a function or a kind of object that has no copy.
 */
export function cloneGraph<T extends object>(root: T, shared: SharedObjects = NOTHING_SHARED): T {
  const copies = new Map<object, object>();
  const pending: [source: object, copy: object][] = [];

  const copyOf = (value: unknown, where: string): unknown => {
    if (typeof value === 'function') throw new AssertionError(`${where} holds a function; state must be plain data`);
    if (typeof value !== 'object' || value === null || shared.has(value)) return value;
    // Errors are never changed after they were made, and most of an error cannot be enumerated.
    if (value instanceof Error) return value;
    const known = copies.get(value);
    if (known !== undefined) return known;
    const made = emptyCopy(value, where);
    copies.set(value, made);
    if (!ArrayBuffer.isView(value) && !(value instanceof ArrayBuffer)) pending.push([value, made]);
    return made;
  };

  // Typed arrays over one buffer must share the copied buffer, or the views of a packet memory would part.
  const emptyCopy = (value: object, where: string): object => {
    if (value instanceof ArrayBuffer) return value.slice(0);
    if (ArrayBuffer.isView(value)) {
      const buffer = copyOf(value.buffer, where) as ArrayBuffer;
      if (value instanceof DataView) return new DataView(buffer, value.byteOffset, value.byteLength);
      const typed = value as Uint8Array;
      const View = typed.constructor as Uint8ArrayConstructor;
      return new View(buffer, typed.byteOffset, typed.length);
    }
    if (Array.isArray(value)) return new Array(value.length);
    if (value instanceof Map) return new Map();
    if (value instanceof Set) return new Set();
    const tag = Object.prototype.toString.call(value);
    if (tag !== '[object Object]') throw new AssertionError(`${where} holds ${tag}, which has no copy`);
    return Object.create(Object.getPrototypeOf(value) as object | null) as object;
  };

  const result = copyOf(root, 'root') as T;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) fillCopy(next[0], next[1], copyOf);
  return result;
}

function fillCopy(source: object, copy: object, copyOf: (value: unknown, where: string) => unknown): void {
  const name = source.constructor?.name ?? 'object';
  if (source instanceof Map) {
    for (const [key, value] of source) (copy as Map<unknown, unknown>).set(copyOf(key, name), copyOf(value, name));
    return;
  }
  if (source instanceof Set) {
    for (const value of source) (copy as Set<unknown>).add(copyOf(value, name));
    return;
  }
  for (const key of Object.keys(source)) {
    (copy as Record<string, unknown>)[key] = copyOf((source as Record<string, unknown>)[key], `${name}.${key}`);
  }
  if (Object.isFrozen(source)) Object.freeze(copy);
}
