/**
 * How a network makes the stacks of its hosts. A class instance rather than a function, because hosts keep it to boot
 * again after a crash and everything a host keeps must be plain data.
 */
import type { Observer } from '../base/observer.ts';
import { SeededRandom } from '../base/random.ts';
import type { ProfileName, SettingsChanges } from '../stack/profile.ts';
import { Stack } from '../stack/stack.ts';
import type { TcpAuthAlgorithms } from '../tcp/auth/algorithms.ts';
import type { HostStack } from './host-stack.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What a host is like. */
export interface HostOptions {
  /** Default `linux`. */
  readonly profile?: ProfileName;
  /** Settings of the stack that differ from the profile's. */
  readonly settings?: SettingsChanges;
  /** Told what happens in the stack; it is shared with snapshots, not copied. */
  readonly observer?: Observer;
  /** What TCP's signatures are computed with; shared with snapshots, not copied. */
  readonly auth?: TcpAuthAlgorithms;
}

/** Makes stacks. */
export interface StackFactory {
  create(name: string, options: HostOptions, seed: number, clock: VirtualClock): HostStack;
}

/**
 * No router answers in a simulated network and addresses are unique by construction: asking for routers and duplicates
 * would only keep the network from ever being idle. A host's own settings come first.
 */
const QUIET_IP = { dadTransmits: 0, routerSolicitations: 0 } as const;

/** Makes the real stack. */
export class RealStackFactory implements StackFactory {
  create(name: string, options: HostOptions, seed: number, clock: VirtualClock): Stack {
    const settings = options.settings ?? {};
    return new Stack({
      name,
      profile: options.profile ?? 'linux',
      settings: { ...settings, ip: { ...QUIET_IP, ...settings.ip } },
      random: new SeededRandom(seed),
      epochUs: clock.epochUs,
      startUs: clock.nowUs,
      ...(options.observer === undefined ? {} : { observer: options.observer }),
      ...(options.auth === undefined ? {} : { auth: options.auth }),
    });
  }
}

/** Makes the real stack, but for hosts whose stack stands ready by their name: a scanner, an attacker, a peer played by hand. */
export class StandInFactory implements StackFactory {
  /** Stacks by the names of their hosts. */
  readonly standIns = new Map<string, HostStack>();
  private readonly real = new RealStackFactory();

  create(name: string, options: HostOptions, seed: number, clock: VirtualClock): HostStack {
    return this.standIns.get(name) ?? this.real.create(name, options, seed, clock);
  }
}
