/**
 * The simulator's network with two additions: its packets can be grabbed, and somebody is asked before and told after
 * each event. It does nothing else differently: without orders every byte is the same.
 */
import type { Link } from '../../../src/link/link.ts';
import type { Host } from '../../../src/sim/host.ts';
import { Network } from '../../../src/sim/network.ts';
import type { NetworkLink } from '../../../src/sim/network-link.ts';
import type { NetworkLinkOptions, NetworkRecorder } from '../../../src/sim/network-options.ts';
import { GrippedLink } from './gripped-link.ts';
import { WireWatch } from './wire-watch.ts';

/** Stands beside a network while it runs. */
export interface StepWatcher {
  /** Before the next event, which is later than `untilUs` or no event at all when the network is about to stop. */
  beforeStep(untilUs: number): void;
  afterStep(): void;
}

export class LabNetwork extends Network {
  watcher: StepWatcher | null = null;

  /** The record of packets; after `restore` the restored one. */
  get watch(): WireWatch {
    const { recorder } = this;
    if (recorder instanceof WireWatch) return recorder;
    throw new Error('a lab network records from its beginning');
  }

  override record(recorder: NetworkRecorder | null): void {
    super.record(recorder === null ? null : new WireWatch(recorder));
  }

  override join(hosts: readonly Host[], carrier: Link, options: NetworkLinkOptions = {}): NetworkLink {
    if (options.plain) return super.join(hosts, carrier, options);
    const name = options.name ?? hosts.map((host) => host.name).join('-');
    const gripped = new GrippedLink(name, carrier, this.watch);
    return super.join(hosts, gripped, { ...options, name });
  }

  override step(untilUs = Number.POSITIVE_INFINITY): boolean {
    this.watcher?.beforeStep(untilUs);
    if (!super.step(untilUs)) return false;
    this.watcher?.afterStep();
    return true;
  }
}
