/** Two hosts that cannot reach each other, as something that can be ended. Plain data: it is part of a network's snapshot. */
import { ArgumentError } from '../base/errors.ts';
import type { Rule } from '../link/rules.ts';
import type { Host } from './host.ts';
import type { NetworkLink } from './network-link.ts';

/** Made by `Network.partition`. */
export class Partition {
  readonly a: Host;
  readonly b: Host;
  private readonly cut: NetworkLink[] = [];
  private readonly rules: Rule[] = [];
  private isOver = false;

  /** @throws ArgumentError when the hosts share no link */
  constructor(a: Host, b: Host, links: readonly NetworkLink[]) {
    this.a = a;
    this.b = b;
    const shared = links.filter((link) => link.hosts.includes(a) && link.hosts.includes(b));
    if (shared.length === 0 || a === b) {
      throw new ArgumentError('b', `'${a.name}' and '${b.name}' share no link; partition hosts that are neighbors`);
    }
    for (const link of shared) {
      if (link.hosts.length === 2) {
        link.partition();
        this.cut.push(link);
      } else {
        this.forbid(link, a, b);
        this.forbid(link, b, a);
      }
    }
  }

  /** True once it was ended. */
  get isRemoved(): boolean {
    return this.isOver;
  }

  /** Whether it keeps the two apart; null: anybody. */
  isBetween(one: Host | null, other: Host | null): boolean {
    const { a, b } = this;
    return [
      [a, b],
      [b, a],
    ].some(([x, y]) => (one === null || one === x) && (other === null || other === y));
  }

  /** Ends it. A second time changes nothing. */
  remove(): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const link of this.cut) link.heal();
    for (const rule of this.rules) rule.remove();
  }

  private forbid(link: NetworkLink, from: Host, to: Host): void {
    for (const family of [4, 6] as const) {
      const destination = to.address(family, link.link);
      if (destination !== null) this.rules.push(link.rule({ from, destination }, 'drop'));
    }
  }
}
