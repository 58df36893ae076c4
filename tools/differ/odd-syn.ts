/** What SYNs of a peer may say that an honest one does not: options without sense, more than one of a kind, bits that do not go together. */
import type { Weighted } from './dice.ts';
import { offer } from './opening.ts';
import type { World } from './world.ts';

const MSS: Weighted<number> = [
  [2, 0],
  [1, 1],
  [1, 47],
  [2, 64],
  [1, 88],
  [2, 536],
  [3, 1460],
  [2, 65_535],
];

const FLAGS: Weighted<string> = [
  [12, 'S'],
  [4, 'SEW'],
  [1, 'SE'],
  [1, 'SW'],
  [1, 'SEWA'],
  [1, 'SP'],
  [1, 'SF'],
  [1, 'SR'],
];

const OCTETS: Readonly<Record<string, number>> = { mss: 4, wscale: 3, sackOK: 2, TS: 10, exp: 6, nop: 1, FO: 2 };

/** Flags of a SYN without ACK. */
export function drawFlags(world: World): string {
  return world.dice.weighted(FLAGS);
}

/** Options of a SYN: mostly as everybody sends them. */
export function drawOptions(world: World): string {
  return world.dice.percent(60) ? offer(world) : oddOptions(world);
}

/** Any options in any order, some of them twice; filled up with what says nothing. */
export function oddOptions(world: World): string {
  const { dice, peer } = world;
  const { traits } = peer;
  const list: string[] = [];
  traits.hasTimestamps = false;
  traits.hasSack = false;
  traits.shift = 0;
  traits.mss = 536;
  let octets = 0;
  for (let left = dice.between(0, 5); left > 0; left--) {
    const [name, text] = drawOption(world);
    const length = OCTETS[name] ?? 1;
    if (octets + length > 37) break;
    octets += length;
    list.push(text);
  }
  while (octets % 4 !== 0) {
    octets++;
    list.push(octets % 4 === 0 && dice.percent(10) ? 'eol' : 'nop');
  }
  return list.length === 0 ? '' : ` <${list.join()}>`;
}

function drawOption({ dice, peer, nowUs }: World): [name: string, text: string] {
  const { traits } = peer;
  const name = dice.of(['mss', 'mss', 'wscale', 'sackOK', 'TS', 'exp', 'nop', 'FO']);
  switch (name) {
    case 'mss':
      traits.mss = dice.weighted(MSS);
      return [name, `mss ${traits.mss}`];
    case 'wscale':
      traits.shift = dice.of([0, 1, 7, 14, 15, 255]);
      return [name, `wscale ${traits.shift}`];
    case 'sackOK':
      traits.hasSack = true;
      return [name, name];
    case 'TS':
      traits.hasTimestamps = true;
      return [name, `TS val ${dice.of([peer.stamp(nowUs), 0, 4_294_967_295])} ecr ${peer.echo}`];
    case 'exp':
      return [name, 'exp-1234 abcd'];
    default:
      return [name, name];
  }
}
