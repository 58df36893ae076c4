/** What a scan is told, and what of it cannot be. */
import { ArgumentError } from '../base/errors.ts';
import type { PortSelection } from './port-expression.ts';
import type { ScanListener } from './scan-listener.ts';
import type { TargetRange } from './target-expression.ts';
import { TECHNIQUES, type Technique, type TechniqueName } from './technique.ts';
import { type Timing, timingOf } from './timing.ts';

/** A scan as a program asks for it. */
export interface ScanOptions {
  readonly targets: readonly TargetRange[];
  readonly exclude?: readonly TargetRange[];
  /** In the order in which they are done, each once. None: hosts are looked for, ports left alone (`-sn`). */
  readonly techniques: readonly TechniqueName[];
  readonly ports: PortSelection;
  /** False: every target is taken to be up (`-Pn`); on Ethernet its hardware address is asked for all the same. Default true. */
  readonly looksForHosts?: boolean;
  /** Ports in random order. Default true. */
  readonly isShuffled?: boolean;
  /** Default: template 3. */
  readonly timing?: Timing;
  readonly listener?: ScanListener;
}

/** The same with everything filled in. */
export interface ScanPlan {
  readonly targets: readonly TargetRange[];
  readonly exclude: readonly TargetRange[];
  readonly techniques: readonly { readonly technique: Technique; readonly ports: Uint16Array }[];
  readonly looksForHosts: boolean;
  readonly isShuffled: boolean;
  readonly timing: Timing;
  readonly listener: ScanListener | null;
}

/** @throws ArgumentError for a technique that is unknown, named twice, or has no ports */
export function planOf(options: ScanOptions): ScanPlan {
  const seen = new Set<string>();
  const techniques = options.techniques.map((name) => {
    const technique = TECHNIQUES[name];
    if (technique === undefined) {
      throw new ArgumentError('techniques', `'${String(name)}' is none of ${Object.keys(TECHNIQUES).join(', ')}`);
    }
    if (seen.has(name)) throw new ArgumentError('techniques', `'${name}' is named twice`);
    seen.add(name);
    const ports = options.ports[technique.protocol];
    if (ports.length === 0) {
      throw new ArgumentError('ports', `'${name}' scans ${technique.protocol} ports, and there are none`);
    }
    return { technique, ports };
  });
  if (options.targets.length === 0) throw new ArgumentError('targets', 'there is nothing to scan; name an address');
  return {
    targets: options.targets,
    exclude: options.exclude ?? [],
    techniques,
    looksForHosts: options.looksForHosts ?? true,
    isShuffled: options.isShuffled ?? true,
    timing: options.timing ?? timingOf(3),
    listener: options.listener ?? null,
  };
}
