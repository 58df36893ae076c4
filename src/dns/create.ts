/** Puts `node:dns` together for one host: the functions with callbacks, those with promises, the resolver classes. */
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import { type LookupPlan, lookupAll, nameOfService, type ResultOrder } from './lookup.ts';
import { checkLookup, nativeDns, nativePromises, refusedBy } from './native.ts';
import { QUERY_KINDS, type QueryKind } from './queries.ts';
import { type DnsContext, ResolverCore, type ResolverOptions } from './resolver.ts';

/** The shape of the module. */
export type Dns = typeof import('node:dns');

type Callback = (error: Error | null, ...results: unknown[]) => void;
type Functions = Record<string, (...args: never[]) => unknown>;
type Cores = () => ResolverCore;

const ORDERS: readonly unknown[] = ['ipv4first', 'ipv6first', 'verbatim'];

/** The whole module. */
export function dnsOver(context: DnsContext, servers: readonly string[]): Dns {
  const core = new ResolverCore(context, servers);
  const cores = (): ResolverCore => core;
  const defaults: Defaults = { order: (nativeDns.getDefaultResultOrder as () => ResultOrder)() };
  const common = { ...serverFunctions(cores), ...orderFunctions(defaults) };
  const promises = {
    ...nativePromises,
    ...promiseFunctions(cores),
    ...promiseLookups(cores, defaults),
    ...common,
    Resolver: resolverClass(context, cores, promiseFunctions),
  };
  const lookups = callbackLookups(cores, defaults);
  // As Node's own: promisified, they give objects.
  for (const name of ['lookup', 'lookupService'] as const) {
    Object.defineProperty(lookups[name], promisify.custom, { value: promises[name], configurable: true });
  }
  const Resolver = resolverClass(context, cores, callbackFunctions);
  return { ...nativeDns, ...callbackFunctions(cores), ...lookups, ...common, Resolver, promises } as unknown as Dns;
}

interface Defaults {
  order: ResultOrder;
}

function serverFunctions(cores: Cores) {
  return {
    getServers: (): string[] => cores().getServers(),
    setServers: (servers: readonly string[]): void => cores().setServers(servers),
  };
}

function orderFunctions(defaults: Defaults) {
  return {
    getDefaultResultOrder: (): ResultOrder => defaults.order,
    setDefaultResultOrder: (order: ResultOrder): void => {
      if (ORDERS.includes(order)) defaults.order = order;
      else refusedBy(nativeDns, 'setDefaultResultOrder', [order]);
    },
  };
}

/** `new Resolver(options)`: servers are those of the module at first. */
function resolverClass(context: DnsContext, cores: Cores, functions: (own: Cores) => Functions) {
  const owned = new WeakMap<object, ResolverCore>();
  const coreOf = (resolver: object): ResolverCore => owned.get(resolver) as ResolverCore;
  class Resolver {
    constructor(options?: ResolverOptions) {
      owned.set(this, new ResolverCore(context, cores().getServers(), options));
    }

    cancel(): void {
      coreOf(this).cancel();
    }

    getServers(): string[] {
      return coreOf(this).getServers();
    }

    setServers(servers: readonly string[]): void {
      coreOf(this).setServers(servers);
    }

    setLocalAddress(ipv4?: string, ipv6?: string): void {
      coreOf(this).setLocalAddress(ipv4, ipv6);
    }
  }
  for (const name of Object.keys(functions(cores))) {
    const method = function (this: object, ...args: never[]): unknown {
      return functions(() => coreOf(this))[name]?.(...args);
    };
    Object.defineProperty(method, 'name', { value: name });
    Object.defineProperty(Resolver.prototype, name, { value: method, writable: true, configurable: true });
  }
  return Resolver;
}

/** The options of `resolve4` and `resolve6`. */
function wantsTtl(options: unknown): boolean {
  return typeof options === 'object' && options !== null && Boolean((options as { ttl?: unknown }).ttl);
}

function kindOf(type: unknown): QueryKind | undefined {
  return QUERY_KINDS.find((kind) => kind.type === type);
}

function promiseFunctions(cores: Cores): Functions {
  const functions: Functions = {};
  for (const kind of QUERY_KINDS) {
    functions[kind.method] = (name: unknown, options?: unknown) => {
      if (typeof name !== 'string') return refusedBy(nativePromises, kind.method, [name, options]);
      return cores().query(kind, name, wantsTtl(options));
    };
  }
  functions.resolve = (name: unknown, type: unknown = 'A') => {
    const kind = kindOf(type);
    if (typeof name !== 'string' || kind === undefined) return refusedBy(nativePromises, 'resolve', [name, type]);
    return cores().query(kind, name);
  };
  functions.reverse = (address: unknown) => {
    if (typeof address !== 'string' || isIP(address) === 0) return refusedBy(nativePromises, 'reverse', [address]);
    return cores().reverse(address);
  };
  return functions;
}

function callbackFunctions(cores: Cores): Functions {
  const functions: Functions = {};
  for (const kind of QUERY_KINDS) {
    functions[kind.method] = (name: unknown, ...rest: unknown[]) => {
      const callback = rest.length > 1 ? rest[1] : rest[0];
      if (typeof name !== 'string' || typeof callback !== 'function') {
        return refusedBy(nativeDns, kind.method, [name, ...rest]);
      }
      deliver(cores().query(kind, name, wantsTtl(rest.length > 1 ? rest[0] : undefined)), callback as Callback);
      return {};
    };
  }
  functions.resolve = (name: unknown, ...rest: unknown[]) => {
    const callback = typeof rest[0] === 'function' ? rest[0] : rest[1];
    const kind = kindOf(typeof rest[0] === 'function' ? 'A' : rest[0]);
    if (typeof name !== 'string' || typeof callback !== 'function' || kind === undefined) {
      return refusedBy(nativeDns, 'resolve', [name, ...rest]);
    }
    deliver(cores().query(kind, name), callback as Callback);
    return {};
  };
  functions.reverse = (address: unknown, callback: unknown) => {
    if (typeof address !== 'string' || isIP(address) === 0 || typeof callback !== 'function') {
      return refusedBy(nativeDns, 'reverse', [address, callback]);
    }
    deliver(cores().reverse(address), callback as Callback);
    return {};
  };
  return functions;
}

function promiseLookups(cores: Cores, defaults: Defaults) {
  return {
    lookup: async (hostname: unknown, options?: unknown) => {
      if (typeof hostname !== 'string' || hostname === '')
        return refusedBy(nativePromises, 'lookup', [hostname, options]);
      await checkLookup(nativePromises, options);
      const found = await lookupAll(cores(), planOf(hostname, options, defaults.order));
      return wantsAll(options) ? found : found[0];
    },
    lookupService: (address: unknown, port: unknown) => {
      if (!isService(address, port)) return refusedBy(nativePromises, 'lookupService', [address, port]);
      return nameOfService(cores(), address as string, Number(port));
    },
  };
}

function callbackLookups(cores: Cores, defaults: Defaults) {
  return {
    lookup: (hostname: unknown, ...rest: unknown[]) => {
      const callback = typeof rest[0] === 'function' ? rest[0] : rest[1];
      const options = typeof rest[0] === 'function' ? undefined : rest[0];
      if (typeof hostname !== 'string' || hostname === '') return refusedBy(nativeDns, 'lookup', [hostname, ...rest]);
      checkLookup(nativeDns, options, callback);
      const found = lookupAll(cores(), planOf(hostname, options, defaults.order));
      if (wantsAll(options)) deliver(found, callback as Callback);
      else {
        const first = found.then(([{ address, family } = { address: '', family: 0 }]) => [address, family]);
        deliverAll(first, callback as Callback);
      }
      return {};
    },
    lookupService: (address: unknown, port: unknown, callback: unknown) => {
      if (!isService(address, port) || typeof callback !== 'function') {
        return refusedBy(nativeDns, 'lookupService', [address, port, callback]);
      }
      const named = nameOfService(cores(), address as string, Number(port));
      deliverAll(
        named.then(({ hostname, service }) => [hostname, service]),
        callback as Callback,
      );
      return {};
    },
  };
}

function isService(address: unknown, port: unknown): boolean {
  if (typeof address !== 'string' || isIP(address) === 0) return false;
  const isText = typeof port === 'string' && port.trim() !== '';
  const number = isText || typeof port === 'number' ? Number(port) : -1;
  return Number.isInteger(number) && number >= 0 && number <= 0xffff;
}

function wantsAll(options: unknown): boolean {
  return typeof options === 'object' && options !== null && (options as { all?: unknown }).all === true;
}

/** Options that `checkLookup` has found good. */
function planOf(hostname: string, options: unknown, defaultOrder: ResultOrder): LookupPlan {
  const given = (typeof options === 'object' && options !== null ? options : { family: options }) as {
    readonly family?: number | string;
    readonly hints?: number;
    readonly verbatim?: boolean;
    readonly order?: ResultOrder;
  };
  const { family = 0, hints = 0, verbatim, order } = given;
  const byVerbatim = typeof verbatim === 'boolean' ? (verbatim ? 'verbatim' : 'ipv4first') : defaultOrder;
  return {
    hostname,
    family: family === 4 || family === 'IPv4' ? 4 : family === 6 || family === 'IPv6' ? 6 : 0,
    isMapped: (hints & Number(nativeDns.V4MAPPED)) !== 0,
    isMappedToo: (hints & Number(nativeDns.ALL)) !== 0,
    order: order ?? byVerbatim,
  };
}

/** Results reach callbacks outside of promises: what a callback throws is the process's to know. */
function deliver(result: Promise<unknown>, callback: Callback): void {
  deliverAll(
    result.then((value) => [value]),
    callback,
  );
}

function deliverAll(results: Promise<readonly unknown[]>, callback: Callback): void {
  results.then(
    (values) => process.nextTick(callback, null, ...values),
    (error: Error) => process.nextTick(callback, error),
  );
}
