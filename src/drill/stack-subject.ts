/** What a script is played against by default: a stack of ours in virtual time, with the kernel's habits under the profile `linux`. */
import type { DrillRunOptions } from './run-options.ts';
import { prefixLengthOf } from './script-settings.ts';
import type { Subject, Surroundings } from './subject.ts';
import { TestBed } from './test-bed.ts';

/**
 * What a send buffer begins with in the kernel, before the handshake tells how large segments are; messages about the path are believed
 * whatever got through.
 */
const LIKE_KERNEL = { wmem_default: 16_384, pmtu_confirm_timeouts: 0 } as const;

/** A stack of ours in virtual time. */
export function stackSubject({ settings, ...told }: Surroundings, options: DrillRunOptions): Subject {
  const { family, local, remote, mtu } = settings;
  // As the kernel has them, whatever the carrier.
  const isLinux = options.profile !== 'rfc';
  return new TestBed({
    ...told,
    profile: options.profile ?? 'linux',
    settings: {
      ...options.settings,
      ip: { dadTransmits: 0, ...options.settings?.ip },
      tcp: { skb_accounting: isLinux, ...(isLinux && LIKE_KERNEL), ...options.settings?.tcp },
    },
    addresses: [`${local.toString()}/${prefixLengthOf(family)}`],
    remote,
    mtu,
    seed: options.seed ?? 1,
    ...(options.auth !== undefined && { auth: options.auth }),
  });
}
