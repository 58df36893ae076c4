/** Runs drawn from a seed: profile, family, sizes, settings and weather differ from one to the next. */
import { SeededGenerator } from '../../src/base/random.ts';
import { HalfOpen, Tcb } from '../../src/tcp/index.ts';
import { CALM, type Plan, type RoughOptions, RoughPair } from './rough-pair.ts';

/** Clocks that pass 2^31 or 2^32 of microseconds, ticks or milliseconds a second or so into the run (3 s of it are set-up). */
const STARTS: readonly number[] = [1, 100, 1_000].flatMap((unit) =>
  [2 ** 31, 2 ** 32].map((bound) => bound * unit - 4_000_000),
);

function pick<T>(chance: SeededGenerator, values: readonly T[]): T {
  return values[chance.nextBelow(values.length)] as T;
}

function planFrom(chance: SeededGenerator, octetsMax: number): Plan {
  return {
    octets: chance.nextBelow(4) === 0 ? chance.nextBelow(20) : chance.nextBelow(octetsMax),
    writeMax: pick(chance, [10, 700, 5_000, 100_000]),
    readMax: pick(chance, [50, 3_000, 100_000]),
    noDelay: chance.nextBelow(2) === 0,
  };
}

/** The run of that seed. */
export function roughOptions(seed: number, octetsMax = 12_000): RoughOptions {
  const chance = new SeededGenerator(seed * 7_919);
  const isLinux = chance.nextBelow(2) === 0;
  const tcp = {
    timestamps: chance.nextBelow(3) > 0,
    sack: chance.nextBelow(3) > 0,
    window_scaling: chance.nextBelow(3) > 0,
    time_wait_ms: 2_000,
  };
  const receiveBufferSize = pick(chance, [1_000, 5_000, 70_000, 200_000]);
  const options: RoughOptions = {
    seed,
    profile: isLinux ? 'linux' : 'rfc',
    family: chance.nextBelow(3) === 0 ? 6 : 4,
    mtu: pick(chance, [1_280, 1_500, 1_500]),
    startUs: chance.nextBelow(2) === 0 ? 0 : pick(chance, STARTS),
    settings: { tcp },
    receiveBufferSize,
    sendBufferSize: pick(chance, [1_500, 20_000, 131_072]),
    weather: {
      loss: chance.nextFraction() * 0.3,
      duplication: chance.nextFraction() * 0.2,
      corruption: chance.nextFraction() * 0.1,
      delayMaxUs: pick(chance, [2_000, 50_000, 400_000]),
    },
    client: planFrom(chance, octetsMax),
    server: planFrom(chance, octetsMax),
  };
  return chance.nextBelow(3) > 0 ? options : wrapping(options, pick(chance, ['client', 'server']), chance);
}

/**
 * The same run at an hour at which the numbers of one side pass 2^31 or 2^32 after some hundred octets: the ISN moves with the
 * clock, by one every four microseconds.
 */
function wrapping(options: RoughOptions, side: 'client' | 'server', chance: SeededGenerator): RoughOptions {
  const trial = new RoughPair({ ...options, weather: CALM });
  const [entry] = side === 'client' ? trial.pair.a.tcp.connections : serverConnections(trial);
  if (!(entry instanceof Tcb || entry instanceof HalfOpen)) throw new Error('the trial has no connection');
  const target = pick(chance, [2 ** 31, 2 ** 32]) - 1 - chance.nextBelow(3_000);
  return { ...options, startUs: (options.startUs ?? 0) + ((target - entry.iss) >>> 0) * 4 };
}

function serverConnections(trial: RoughPair): Iterable<unknown> {
  while (trial.pair.b.tcp.connections.size === 0) trial.step();
  return trial.pair.b.tcp.connections;
}

const STORM_US = 8_000_000;
/** Longest time in which everything has to be settled on a calm wire: a back-off that had reached its two minutes, slow readers. */
const SETTLE_US = 900_000_000;

/** Storm, then calm; throws when anything that has to hold does not, or when it never ends. */
export function runSeed(options: RoughOptions): RoughPair {
  const rough = new RoughPair(options);
  rough.run(rough.nowUs + STORM_US);
  rough.weather = CALM;
  rough.run(rough.nowUs + SETTLE_US);
  if (!rough.isOver) throw new Error(`not over: ${rough.describe()}`);
  for (const [end, other] of [
    [rough.client, rough.server],
    [rough.server, rough.client],
  ] as const) {
    if (end.read !== other.plan.octets) throw new Error(`read ${end.read} of ${other.plan.octets}`);
  }
  for (const { tcp } of [rough.pair.a, rough.pair.b]) {
    if (tcp.orphanCount !== 0 || tcp.timeWaitCount !== 0) throw new Error('orphans or TIME-WAIT records are left');
    if (tcp.counters.CurrEstab !== 0) throw new Error(`CurrEstab is ${tcp.counters.CurrEstab}`);
  }
  return rough;
}
