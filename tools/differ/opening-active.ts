/** Connections that the stack opens to a peer which answers with everything but what it should, before it may come to its senses. */
import type { Weighted } from './dice.ts';
import { drawOptions } from './odd-syn.ts';
import { agree, firstWindow, type OpeningStyle, PAUSES_MS } from './opening.ts';
import { PROGRAM_ACTIONS } from './program-actions.ts';
import type { World } from './world.ts';

type Move = (world: World) => void;

const reset: Move = (world) => {
  const { dice } = world;
  const flags = dice.of(['R', 'R.', 'R.']);
  world.packet(`${flags} 0:0(0)${flags === 'R' ? '' : ` ack ${dice.of([0, 1, 2])}`} win 0`);
};

const synAck: Move = (world) => answer(world, 'S.', world.dice.of([0, 1, 1, 1, 2, 1000]));

const stray: Move = (world) => {
  const { dice } = world;
  const flags = dice.of(['.', '.', 'P.', 'F.', '-', 'F', 'P']);
  const length = flags.includes('P') ? 10 : 0;
  const seq = dice.of([0, 1, 1000]);
  world.packet(
    `${flags} ${seq}:${seq + length}(${length})${flags.includes('.') ? ` ack ${dice.of([0, 1, 1, 2])}` : ''} win 1000`,
  );
};

/** Both ends open at once. */
const crossing: Move = (world) => answer(world, world.dice.of(['S', 'S', 'S', 'SEW', 'SF']), null);

/** A SYN with or without ACK; what it settles is the peer's from now on. */
function answer(world: World, flags: string, ack: number | null): void {
  const { dice, peer } = world;
  const syn = world.recorder.lastSyn;
  peer.echo = dice.percent(90) ? (syn?.timestamp ?? 0) : 0;
  const drawn = drawOptions(world);
  // Who hears a SYN without a scale instead of an answer goes on scaling its windows on Linux, so that nobody could follow.
  const options = ack === null && !drawn.includes('wscale') ? ' <mss 1000,nop,wscale 7>' : drawn;
  agree(world);
  if (!options.includes('wscale')) peer.traits.stackShift = 0;
  const length = dice.percent(15) ? dice.of([1, 100, 1000]) : 0;
  const shown = ack === null ? '' : ` ack ${ack}`;
  world.packet(`${flags} 0:${length}(${length})${shown} win ${dice.percent(90) ? firstWindow(world) : 0}${options}`);
  peer.nxt = 1;
}

const CALLS: readonly (keyof typeof PROGRAM_ACTIONS)[] = [
  ...(['write', 'read', 'poll', 'poll', 'error', 'inQueue', 'outQueue', 'shutdownWrite', 'shutdownRead'] as const),
  ...(['shutdownBoth', 'peek', 'linger', 'nodelay', 'userTimeout', 'keepAlive', 'sendMore', 'close'] as const),
];

const call: Move = (world) => {
  const { dice } = world;
  if (dice.percent(70)) PROGRAM_ACTIONS[dice.of(CALLS)](world);
  else if (world.fd >= 0 && !world.recorder.isAsleep) {
    world.call(
      dice.of([
        'connect(3, ..., ...)',
        'connect(3, ..., ...)',
        'getpeername(3, ..., ...)',
        'listen(3, 1)',
        'accept4(3, ..., ..., SOCK_NONBLOCK)',
      ]),
    );
  }
};

const look: Move = (world) => world.probe();

const MOVES: Weighted<Move> = [
  [4, reset],
  [5, synAck],
  [3, stray],
  [3, crossing],
  [7, call],
  [3, look],
];

export function connectOddly(world: World, { before }: OpeningStyle): void {
  const { dice, peer } = world;
  const sleeps = dice.percent(20);
  world.call(`socket(..., SOCK_STREAM${sleeps ? '' : '|SOCK_NONBLOCK'}, IPPROTO_TCP) = 3`);
  for (const line of before) world.call(line.replace('FD', '3'));
  world.call('connect(3, ..., ...)');
  world.fd = 3;
  for (let left = dice.between(1, 4); left > 0; left--) {
    world.pass(dice.weighted(PAUSES_MS) * 1000);
    dice.weighted(MOVES)(world);
  }
  world.pass(dice.weighted(PAUSES_MS) * 1000);
  if (dice.percent(70)) answer(world, dice.percent(90) ? 'S.' : dice.of(['S.E', 'S.EW', 'SP.', 'SF.', 'S.W']), 1);
  if (dice.percent(40)) {
    world.pass(dice.weighted(PAUSES_MS) * 1000);
    if (!world.isReset) world.packet(peer.acknowledgment(world.nowUs));
  }
  if (world.fd < 0 || world.recorder.isAsleep) return;
  if (dice.percent(60)) world.call('getsockopt(3, SOL_SOCKET, SO_ERROR, [@], [4])');
  if (dice.percent(20)) world.call('connect(3, ..., ...)');
}
