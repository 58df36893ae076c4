/**
 * Which network a registered program is on: that of the module named by WOSHOU_NETWORK, else one host, `localhost`, with the
 * addresses 127.0.0.1 and ::1, in real time.
 */
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ArgumentError } from '../base/errors.ts';
import { socketHostOf } from '../node/socket-host-of.ts';
import { Host } from '../sim/host.ts';
import { Network } from '../sim/network.ts';
import type { NetworkTime } from '../sim/network-pump.ts';
import type { SocketHost } from '../socket/socket-host.ts';

/** The environment variable that names the module. */
export const NETWORK_VARIABLE = 'WOSHOU_NETWORK';

/** What the module's default export returns, or a promise of it. */
export interface RegisteredNetwork {
  /** The host the program is on: a host of a network, its name together with `network`, or a `SocketHost`. */
  readonly host: Host | SocketHost | string;
  readonly network?: Network;
  /** How time passes on a simulated network; default `real`. */
  readonly time?: NetworkTime;
  /** DNS servers on the network, as `dns.setServers` takes them; default none. */
  readonly dnsServers?: readonly string[];
}

/** What a registered program needs to know. */
export interface ProgramNetwork {
  readonly host: SocketHost;
  readonly dnsServers: readonly string[];
}

/** @throws ArgumentError that says what is wrong with the variable or the module */
export async function setUpNetwork(variable: string | undefined, folder: string): Promise<ProgramNetwork> {
  if (variable === undefined || variable === '') return localhostOnly();
  const setUp = await importSetUp(variable, folder);
  let made: unknown;
  try {
    made = await setUp();
  } catch (error) {
    throw complain(variable, `its default export failed: ${messageOf(error)}`, error);
  }
  return programNetwork(variable, made);
}

function localhostOnly(): ProgramNetwork {
  const network = new Network({ epochUs: Date.now() * 1000 });
  return { host: socketHostOf(network.host('localhost'), { time: 'real' }), dnsServers: [] };
}

async function importSetUp(variable: string, folder: string): Promise<() => unknown> {
  let module: { readonly default?: unknown };
  try {
    module = await import(specifierOf(variable, folder));
  } catch (error) {
    throw complain(variable, `the module cannot be loaded: ${messageOf(error)}`, error);
  }
  const { default: setUp } = module;
  if (typeof setUp === 'function') return setUp as () => unknown;
  throw complain(
    variable,
    'the module has no function as its default export; export one that returns { network, host }',
  );
}

/** Paths are relative to the program's folder; a URL and a package's name are left as they are. */
function specifierOf(variable: string, folder: string): string {
  const isPath = variable.startsWith('.') || isAbsolute(variable);
  return isPath ? pathToFileURL(resolve(folder, variable)).href : variable;
}

function programNetwork(variable: string, made: unknown): ProgramNetwork {
  if (typeof made !== 'object' || made === null) {
    throw complain(variable, 'its default export must return { network, host }');
  }
  const { host, network, time = 'real', dnsServers = [] } = made as Partial<RegisteredNetwork>;
  if (time !== 'real' && time !== 'virtual')
    throw complain(variable, `time must be 'real' or 'virtual', got '${time}'`);
  if (!Array.isArray(dnsServers)) throw complain(variable, 'dnsServers must be an array of addresses');
  return { host: socketHost(variable, host, network, time), dnsServers };
}

function socketHost(
  variable: string,
  host: RegisteredNetwork['host'] | undefined,
  network: Network | undefined,
  time: NetworkTime,
): SocketHost {
  if (typeof host === 'string') {
    if (!(network instanceof Network)) throw complain(variable, `host '${host}' is a name: return its network as well`);
    const found = network.hosts.find((one) => one.name === host);
    if (found !== undefined) return socketHostOf(found, { time });
    const names = network.hosts.map((one) => one.name).join(', ');
    throw complain(variable, `its network has no host '${host}'; there are ${names || 'none'}`);
  }
  if (host instanceof Host) return socketHostOf(host, { time });
  if (typeof host === 'object' && host !== null && 'kick' in host && 'stack' in host) return host;
  throw complain(variable, 'host must be a host of a network, the name of one, or a SocketHost');
}

function complain(variable: string, what: string, cause?: unknown): ArgumentError {
  const error = new ArgumentError(NETWORK_VARIABLE, `'${variable}': ${what}`);
  if (cause !== undefined) error.cause = cause;
  return error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
