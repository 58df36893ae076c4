/** How connections of scripts begin: from either side, with one set of options or another. */

import { AccurateEcn } from './accurate-ecn.ts';
import { ClassicEcn } from './classic-ecn.ts';
import type { Weighted } from './dice.ts';
import type { World } from './world.ts';

export type EcnKind = 'none' | 'classic' | 'accurate';

export interface OpeningStyle {
  readonly isActive: boolean;
  /** Set before the connection begins: lines with `FD` for the descriptor. */
  readonly before: readonly string[];
  /** What the peer speaks of congestion; of `accurate` only the answer, where the stack opens. */
  readonly ecn: EcnKind;
  /** Milliseconds until accept(2). */
  readonly acceptAfterMs: number;
  /** Calls on the connection may sleep. */
  readonly mayWait?: boolean;
}

/** The flags of the peer's SYN-ACK. */
const ECN_ANSWER: Readonly<Record<EcnKind, string>> = { none: 'S.', classic: 'SE.', accurate: '[noecn] SW.' };

/** Between what either end does before the connection is open. */
export const PAUSES_MS: Weighted<number> = [
  [6, 0],
  [4, 20],
  [3, 100],
  [2, 600],
  [2, 1100],
  [1, 3300],
];

const MSS: Weighted<number> = [
  [4, 1460],
  [4, 1000],
  [1, 536],
  [1, 1400],
  [1, 300],
  [1, 9000],
];

const SCALES: Weighted<number> = [
  [3, 7],
  [2, 8],
  [1, 0],
  [1, 3],
  [1, 14],
];

/** What a SYN of the peer offers; sets the peer's traits to it. */
export function offer(world: World): string {
  const { dice, peer } = world;
  const mss = dice.weighted(MSS);
  const scale = dice.weighted(SCALES);
  const kind = dice.weighted<'all' | 'plain' | 'mss' | 'sack' | 'scale' | 'none'>([
    [6, 'all'],
    [6, 'plain'],
    [1, 'mss'],
    [2, 'sack'],
    [1, 'scale'],
    [1, 'none'],
  ]);
  const { traits } = peer;
  traits.mss = kind === 'none' ? 536 : mss;
  traits.hasTimestamps = kind === 'all';
  traits.hasSack = kind === 'all' || kind === 'plain' || kind === 'sack';
  traits.shift = kind === 'all' || kind === 'plain' || kind === 'scale' ? scale : 0;
  const stamp = `TS val ${peer.stamp(world.nowUs)} ecr ${peer.echo}`;
  switch (kind) {
    case 'all':
      return ` <mss ${mss},sackOK,${stamp},nop,wscale ${scale}>`;
    case 'plain':
      return ` <mss ${mss},nop,nop,sackOK,nop,wscale ${scale}>`;
    case 'sack':
      return ` <mss ${mss},nop,nop,sackOK>`;
    case 'scale':
      return ` <mss ${mss},nop,wscale ${scale}>`;
    case 'mss':
      return ` <mss ${mss}>`;
    case 'none':
      return '';
  }
}

/** What the stack did not offer or agree to does not hold. */
export function agree(world: World): void {
  const { peer, recorder } = world;
  const syn = recorder.sent.find(({ text }) => text.includes('S'));
  if (syn === undefined) return;
  peer.traits.hasTimestamps &&= syn.options.includes(8);
  peer.traits.hasSack &&= syn.options.includes(4);
  if (!syn.options.includes(3)) peer.traits.shift = 0;
  peer.traits.stackShift = syn.windowShift ?? 0;
}

export function firstWindow(world: World): number {
  return Math.min(65_535, world.peer.window);
}

export function open(world: World, style: OpeningStyle): void {
  if (style.isActive) openActively(world, style);
  else openPassively(world, style);
}

function openPassively(world: World, { before, acceptAfterMs, mayWait, ecn }: OpeningStyle): void {
  const { dice, peer } = world;
  world.call('socket(..., SOCK_STREAM, IPPROTO_TCP) = 3');
  world.call('setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4)');
  for (const line of before) world.call(line.replace('FD', '3'));
  world.call('bind(3, ..., ...)');
  world.call('listen(3, 1)');
  const options = offer(world);
  world.packet(`${ecn === 'classic' ? 'SEW' : 'S'} 0:0(0) win ${firstWindow(world)}${options}`);
  if (ecn === 'classic') peer.ecn = new ClassicEcn(dice);
  agree(world);
  if (options.includes('wscale') === false) peer.traits.stackShift = 0;
  world.pass(world.manners.roundTripUs);
  const length = dice.percent(8) ? dice.of([1, 100, peer.traits.mss]) : 0;
  world.packet(peer.segment(world.nowUs, { flags: length > 0 ? 'P.' : '.', seq: 1, length }));
  peer.nxt += length;
  if (length > 0) peer.log.push({ start: 1, length, isFin: false });
  world.pass(acceptAfterMs * 1000);
  const accept = mayWait ? 'accept(3, ..., ...)' : 'accept4(3, ..., ..., SOCK_NONBLOCK)';
  const result = world.call(`${accept} = 4`);
  if (result !== null && result !== -1) world.fd = 4;
}

function openActively(world: World, { before, ecn, mayWait }: OpeningStyle): void {
  const { peer } = world;
  world.call('socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3');
  for (const line of before) world.call(line.replace('FD', '3'));
  world.call('connect(3, ..., ...)');
  world.fd = 3;
  world.pass(world.manners.roundTripUs);
  const syn = world.recorder.sent.at(-1);
  peer.echo = syn?.timestamp ?? 0;
  const options = offer(world);
  const hasScale = options.includes('wscale');
  agree(world);
  if (!hasScale) peer.traits.stackShift = 0;
  const agreed = syn?.timestamp == null ? options.replace(/TS val \d+ ecr \d+/, 'nop,nop') : options;
  if (ecn !== 'none') peer.ecn = ecn === 'accurate' ? new AccurateEcn(world.dice) : new ClassicEcn(world.dice);
  const told = peer.ecn?.drawOption() ?? [];
  const all =
    told.length === 0 ? agreed : agreed === '' ? ` <${told.join()}>` : agreed.replace('>', `,${told.join()}>`);
  world.packet(`${ECN_ANSWER[ecn]} 0:0(0) ack 1 win ${firstWindow(world)}${all}`);
  world.call('getsockopt(3, SOL_SOCKET, SO_ERROR, [@], [4])');
  if (mayWait) world.call('fcntl(3, F_SETFL, O_RDWR)');
}
