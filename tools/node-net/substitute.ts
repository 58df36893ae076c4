/**
 * Loaded before each of Node's own test programs: whoever asks for `net` from here on gets ours, on a virtual host that owns
 * 127.0.0.1 and ::1. Everything else of Node stays itself.
 */
import Module, { createRequire, register } from 'node:module';
import type { LookupFunction } from 'node:net';
import { createNet, hostLookup, socketHostOf } from '../../src/net/index.ts';
import { Network } from '../../src/sim/index.ts';

const require = createRequire(import.meta.url);
const network = new Network({ seed: 1 });
const host = socketHostOf(network.host('virtual'), { time: 'real' });

// Programs that replace dns.lookup expect to be asked.
const dns = require('node:dns') as { lookup: LookupFunction };
const { lookup: nodeLookup } = dns;
const ownLookup = hostLookup(host);
const lookup: LookupFunction = (...args) => (dns.lookup === nodeLookup ? ownLookup : dns.lookup)(...args);
const net = createNet(host, { lookup });

type Load = (request: string, ...others: unknown[]) => unknown;
const loader = Module as unknown as { _load: Load };
const load = loader._load;
loader._load = (request, ...others) => (isNet(request) ? net : Reflect.apply(load, loader, [request, ...others]));

// import: a module of the same names, which looks here.
Object.assign(globalThis, { [Symbol.for('woshou.net')]: net });
const names = Object.keys(net).filter((name) => !name.startsWith('_'));
const source = [
  "const net = globalThis[Symbol.for('woshou.net')];",
  'export default net;',
  `export const { ${names.join(', ')} } = net;`,
].join('\n');
const url = `data:text/javascript,${encodeURIComponent(source)}`;
const hooks = `export async function resolve(name, context, next) {
  if (name === 'net' || name === 'node:net') return { url: ${JSON.stringify(url)}, shortCircuit: true };
  return next(name, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

function isNet(request: string): boolean {
  return request === 'net' || request === 'node:net';
}
