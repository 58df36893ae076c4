/** Runs a test's function while virtual time passes, and says so when nothing can come of it any more. */
import { clearInterval, setInterval } from 'node:timers';
import { StateError } from '../base/errors.ts';
import type { NetworkPump } from '../sim/network-pump.ts';

/** When a run is given up. */
export interface RunLimits {
  /** Virtual milliseconds, default a day (86,400,000). */
  readonly limitMs?: number;
  /** Real milliseconds in which nothing is due anywhere before a run is given up, default 1000. */
  readonly stallMs?: number;
}

/** What is asked of the network of a run. */
export interface SettlingNetwork {
  readonly name: string;
  readonly nowUs: number;
  /** What is still open. */
  readonly leaks: readonly string[];
  report(): string;
}

/** A run that waits for something that cannot happen, or for too long. */
export class StalledError extends StateError {}

const DAY_MS = 86_400_000;
const STALL_MS = 1000;
const LOOK_MS = 50;

/** @see Network.settle */
export async function settleWith<Result>(
  network: SettlingNetwork,
  pump: NetworkPump,
  callback: () => Result | PromiseLike<Result>,
  limits: RunLimits,
): Promise<Awaited<Result>> {
  const { limitMs = DAY_MS, stallMs = STALL_MS } = limits;
  if (pump.gate !== null) {
    throw new StateError(`network '${network.name}' runs already: runs cannot be inside each other or side by side`);
  }
  const limitUs = network.nowUs + limitMs * 1000;
  let giveUp: (error: Error) => void = () => {};
  const givenUp = new Promise<never>((_resolve, reject) => {
    giveUp = reject;
  });
  // Nobody may be listening when it comes first.
  givenUp.catch(() => {});
  pump.gate = {
    mayAdvance: (dueUs) => {
      if (dueUs <= limitUs) return true;
      giveUp(new StalledError(`the run has not ended within ${limitMs} ms of virtual time\n${network.report()}`));
      return false;
    },
  };
  pump.drive(1);
  const watch = setInterval(() => {
    if (pump.stoodStillUs < stallMs * 1000) return;
    const waits = 'nothing is due any more, neither in the network nor among fake timers: the run waits for ever';
    giveUp(new StalledError(`${waits}\n${openText(network)}${network.report()}`));
  }, LOOK_MS);
  try {
    return await Promise.race([Promise.resolve().then(callback), givenUp]);
  } finally {
    clearInterval(watch);
    pump.gate = null;
    pump.drive(-1);
  }
}

function openText(network: SettlingNetwork): string {
  const { leaks } = network;
  return leaks.length === 0 ? '' : `open: ${leaks.join('; ')}\n`;
}
