/** Bugs planted to see that the fuzzer finds them, each by the target that should, without the corpus that knows the way. */
import { join } from 'node:path';
import type { Break } from '../report/prove.ts';
import { buildWorker } from './build.ts';
import { runCampaign } from './campaign.ts';
import type { Target } from './target.ts';
import { TARGETS } from './targets/index.ts';

export interface FuzzBug extends Break {
  readonly name: string;
  readonly target: string;
}

export interface FuzzVerdict {
  readonly bug: FuzzBug;
  /** What it was found by, or null. */
  readonly failure: string | null;
  readonly tookMs: number;
  readonly runs: number;
}

/** How long each may be looked for. */
const LOOK_MS = 10 * 60_000;

export const FUZZ_BUGS: readonly FuzzBug[] = [
  {
    name: 'a TCP option of length zero is stepped over by its length',
    target: 'tcp',
    file: 'src/wire/tcp-options.ts',
    find: 'if (length < 2 || at + length > end) {',
    replace: 'if (at + length > end) {',
  },
  {
    name: 'a TCP header may be longer than its segment',
    target: 'tcp',
    file: 'src/wire/tcp.ts',
    find: 'if (headerLength < TCP_HEADER_LENGTH || headerLength > packet.payloadLength) return',
    replace: 'if (headerLength < TCP_HEADER_LENGTH) return',
  },
  {
    name: 'an IPv6 extension header may end behind its packet',
    target: 'ipv6',
    file: 'src/wire/ipv6.ts',
    find: 'return length < 8 || at + length > end ? 0 : length;',
    replace: 'return length;',
  },
  {
    name: 'the length of a neighbour discovery option is not compared with the message',
    target: 'icmpv6',
    file: 'src/wire/ndp-options.ts',
    find: 'return at + length > end ? 0 : length;',
    replace: 'return length;',
  },
  {
    name: 'text behind the window is taken',
    target: 'connection',
    file: 'src/tcp/input/segment-arrives.ts',
    find: '  const room = (tcb.rcvAdv - segment.seq) | 0;',
    replace: '  const room = segment.payloadLength;',
  },
  {
    name: 'an address in a capture may lack its end',
    target: 'capture',
    file: 'src/capture/pcapng-reader.ts',
    find: 'if (addressLength > 0 && length > addressLength) {',
    replace: 'if (addressLength > 0) {',
  },
];

/** Looks for every planted bug; `told` hears each verdict as it falls. */
export async function findPlanted(
  root: string,
  folder: string,
  options: { readonly seed: number; readonly targets: readonly Target[] },
  told: (verdict: FuzzVerdict) => void,
): Promise<void> {
  const bugs = FUZZ_BUGS.filter(({ target }) => options.targets.some(({ name }) => name === target));
  for (const [index, bug] of bugs.entries()) {
    const bundle = join(folder, `planted-${index}.mjs`);
    const table = await buildWorker(root, bundle, bug.name, [bug]);
    const target = TARGETS.find(({ name }) => name === bug.target);
    if (target === undefined) throw new Error(`no target is called ${bug.target}`);
    const { failures, tookMs, runs } = await runCampaign(bundle, table, target, [], {
      seed: options.seed,
      milliseconds: LOOK_MS,
      runs: Number.POSITIVE_INFINITY,
      failures: 1,
    });
    told({ bug, failure: failures[0]?.message ?? null, tookMs, runs });
  }
}
