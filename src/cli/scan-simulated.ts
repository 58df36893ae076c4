/** `woshou scan --sim`: the scan in a simulated network, read only when it is asked for. */
import { setImmediate } from 'node:timers/promises';
import { parseTarget, type TargetRange } from '../scan/index.ts';
import { ScanArgumentProblem, scanRequestOf } from './scan-arguments.ts';
import type { ScanCommandOptions } from './scan-options.ts';
import { finish, type Run, scanOptionsOf } from './scan-run.ts';
import { PRESET, parseSimulatedHost, ScanSimulation, type SimulatedHost } from './scan-simulation.ts';
import type { Screen } from './screen.ts';

/** Events of the simulator between two looks at signals and screen. */
const SIM_EVENTS = 20_000;

/** As `scanCommand`. @throws ScanArgumentProblem */
export async function simulated(
  screen: Screen,
  targets: readonly string[],
  options: ScanCommandOptions,
): Promise<number> {
  const hosts = (options.simHost.length === 0 ? PRESET : options.simHost).map(parseHost);
  const all = options.ipv6 ? 'fd00:0:0:1::/120' : '10.0.1.0/24';
  const request = await scanRequestOf(targets.length === 0 ? [all] : targets, options, simulatedResolver(hosts));
  // Nobody scans itself: the scanner is the first address of the network.
  const self = parseTarget(options.ipv6 ? 'fd00:0:0:1::1' : '10.0.1.1') as TargetRange;
  const exclude = [...request.exclude, self];
  const simulation = new ScanSimulation(
    { hosts, seed: options.seed, loss: options.loss / 100, delayMs: options.delay },
    scanOptionsOf(screen, { ...request, exclude }, options),
  );
  const { network, scanner } = simulation;
  const names = new Map(
    simulation.addresses.flatMap(
      ({ name, ipv4, ipv6 }) =>
        [
          [ipv4, name],
          [ipv6, name],
        ] as const,
    ),
  );
  const run: Run = {
    scanner,
    nowUs: () => network.nowUs,
    stop: () => scanner.stop(network.nowUs),
    work: async () => {
      while (!simulation.run(SIM_EVENTS)) await setImmediate();
    },
  };
  return finish(screen, { ...request, names }, options, run, network.epochUs / 1000, network.epochUs / 1000);
}

function parseHost(text: string): SimulatedHost {
  try {
    return parseSimulatedHost(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ScanArgumentProblem(
      { en: message, zh: message },
      { en: "write it like 'web: open=22,80 udp=53 drop=1-9'", zh: '写法如 "web: open=22,80 udp=53 drop=1-9"' },
    );
  }
}

/** Names of a simulated network are those of its hosts. */
function simulatedResolver(hosts: readonly SimulatedHost[]): (name: string, family: 4 | 6) => Promise<string[]> {
  return (wanted, family) => {
    const index = hosts.findIndex(({ name }) => name === wanted);
    if (index < 0) return Promise.resolve([]);
    return Promise.resolve([family === 4 ? `10.0.1.${index + 2}` : `fd00:0:0:1::${(index + 2).toString(16)}`]);
  };
}
