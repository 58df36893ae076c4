/** A test in a network of its own, for every framework: failures tell what was on the wire, what is left open is reported. */
import { StateError } from '../base/errors.ts';
import { Network, type NetworkOptions } from './network.ts';
import type { RunLimits } from './settle.ts';

export interface WithNetworkOptions extends NetworkOptions, RunLimits {}

/** A test has left sockets open. */
export class LeakError extends StateError {}

/**
 * Makes a network, runs `test` with it in virtual time and stops it. What the test throws gets the seed, the last segments
 * and the recording's path appended to its message.
 * @throws what `test` throws; LeakError when it passed and left sockets open; StalledError
 */
export async function withNetwork<Result>(
  options: WithNetworkOptions,
  test: (network: Network) => Result | PromiseLike<Result>,
): Promise<Awaited<Result>> {
  const network = new Network(options);
  try {
    const result = await network.settle(() => test(network), options);
    await failOnLeaks(network);
    return result;
  } catch (error) {
    tellMore(error, network);
    throw error;
  } finally {
    network.dispose();
  }
}

/** What was closed last takes its time to tell the other end, virtual milliseconds. */
const LINGER_MS = 1000;

/** @throws LeakError naming every socket still open a second of virtual time later */
export async function failOnLeaks(network: Network, who = 'the test'): Promise<void> {
  if (!network.leaksAreErrors) return;
  if (network.leaks.length > 0) await network.advance(LINGER_MS);
  const { leaks } = network;
  if (leaks.length === 0) return;
  const lines = leaks.map((line) => `  ${line}`).join('\n');
  throw new LeakError(`${who} has left open:\n${lines}\nclose them, or say { leaks: 'ignore' }`);
}

/** Whether an error's message has the network's report, which a matcher may have put there. */
export function isReported({ message }: { readonly message: string }, network: Network): boolean {
  return message.includes(`network '${network.name}', seed `);
}

/** Appends the network's report to an error's message, once. */
function tellMore(error: unknown, network: Network): void {
  if (!(error instanceof Error) || isReported(error, network)) return;
  const report = network.report();
  error.message = `${error.message}\n${report}`;
  // The stack begins with the message as it was; reporters print either.
  if (typeof error.stack === 'string') error.stack = `${error.stack}\n${report}`;
}
