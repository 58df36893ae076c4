/** Our end of the line: the interface, our addresses on it, and where packets for other networks go. */
import type { Address, Prefix } from '../base/address.ts';
import type { LinkCapabilities } from '../base/link-capabilities.ts';
import { MAC_ZERO, type MacAddress } from '../base/mac-address.ts';

/** One interface with addresses and gateways; filled before the scan starts. */
export class LocalEnd {
  readonly capabilities: LinkCapabilities;
  readonly mac: MacAddress;
  readonly addresses: { readonly address: Address; readonly network: Prefix }[] = [];
  readonly gateways: { readonly destination: Prefix; readonly gateway: Address | null }[] = [];

  constructor(capabilities: LinkCapabilities, mac: MacAddress = MAC_ZERO) {
    this.capabilities = capabilities;
    this.mac = mac;
  }

  get isEthernet(): boolean {
    return this.capabilities.medium === 'ethernet';
  }

  /** The address packets to `target` come from: one in its network, else the first of the family that is not link-local; null: none. */
  sourceFor(target: Address): Address | null {
    const near = this.addresses.find(({ network }) => network.contains(target));
    if (near !== undefined) return near.address;
    const family = this.addresses.filter(({ address }) => address.family === target.family);
    return (family.find(({ address }) => !address.isLinkLocal) ?? family[0])?.address ?? null;
  }

  /** The target's own network, so that it is asked for its hardware address. */
  isOnLink(target: Address): boolean {
    if (this.addresses.some(({ network }) => network.contains(target))) return true;
    const best = this.routeTo(target);
    return best !== null && best.gateway === null;
  }

  /** The neighbor packets to `target` go to: itself, or a gateway; null: there is no way. */
  nextHop(target: Address): Address | null {
    if (!this.isEthernet || this.isOnLink(target)) return target;
    return this.routeTo(target)?.gateway ?? null;
  }

  /** True for our own addresses, given as the words of `Address`. */
  isOwn(family: 4 | 6, w0: number, w1: number, w2: number, w3: number): boolean {
    for (const { address } of this.addresses) {
      const isSame = address.w3 === w3 && address.w2 === w2 && address.w1 === w1 && address.w0 === w0;
      if (isSame && address.family === family) return true;
    }
    return false;
  }

  private routeTo(target: Address): { readonly gateway: Address | null } | null {
    let best: { readonly destination: Prefix; readonly gateway: Address | null } | null = null;
    for (const route of this.gateways) {
      if (!route.destination.contains(target)) continue;
      if (best === null || route.destination.length > best.destination.length) best = route;
    }
    return best;
  }
}
