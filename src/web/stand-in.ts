/**
 * Objects that stand for a Request or a Response of the platform until somebody asks for more than they know: then the platform's is
 * made, and does the rest.
 */

/** A class of the platform's that has stand-ins. */
interface PlatformClass {
  readonly prototype: object;
}

/**
 * Gives the prototype of a class everything else that the platform's objects have, through the one that is made at need, and the
 * platform's prototype, so that `instanceof` holds.
 * @param sample an object of the platform's: what it is known by to others of its kind are properties of its own in Node
 */
export function standIn<T extends object>(
  own: { readonly prototype: T },
  platform: PlatformClass,
  sample: object,
  made: (waiting: T) => object,
): void {
  const { prototype } = own;
  const descriptors: [PropertyKey, PropertyDescriptor][] = [
    ...Object.entries(Object.getOwnPropertyDescriptors(platform.prototype)),
    ...Object.getOwnPropertySymbols(sample).map((key): [PropertyKey, PropertyDescriptor] => [key, {}]),
  ];
  for (const [key, { value }] of descriptors) {
    if (key !== 'constructor' && Object.hasOwn(prototype, key)) continue;
    Object.defineProperty(prototype, key, { ...through(key, value, made), configurable: true });
  }
  Object.setPrototypeOf(prototype, platform.prototype);
}

function through<T>(key: PropertyKey, value: unknown, made: (waiting: T) => object): PropertyDescriptor {
  if (key === 'constructor') return { value, writable: true };
  if (typeof value !== 'function') {
    return {
      get(this: T): unknown {
        return Reflect.get(made(this), key);
      },
    };
  }
  return {
    value(this: T, ...given: unknown[]): unknown {
      return Reflect.apply(value, made(this), given);
    },
  };
}
