/** Connections that a peer opens in every way but the right one, before it may come to its senses. */
import type { Weighted } from './dice.ts';
import { drawFlags, drawOptions } from './odd-syn.ts';
import { agree, firstWindow, type OpeningStyle, PAUSES_MS } from './opening.ts';
import { PEER_ACTIONS } from './peer-actions.ts';
import type { World } from './world.ts';

type Move = (world: World) => void;

/** A segment for the connection, whatever it is at. */
function segment(world: World, flags: string, seq: number, length = 0, ack = 1, options = ''): void {
  const hasAck = flags.includes('.');
  world.packet(`${flags} ${seq}:${seq + length}(${length})${hasAck ? ` ack ${ack}` : ''} win 1000${options}`);
}

function stampOf({ peer, nowUs }: World, change = 0): string {
  return peer.traits.hasTimestamps
    ? ` <nop,nop,TS val ${peer.stamp(nowUs) + change} ecr ${change === 0 ? peer.echo : 0}>`
    : '';
}

/** The connection that there is asks again, or another one does. */
const syn: Move = (world) => {
  const { dice } = world;
  const seq = dice.weighted([
    [6, 0],
    [1, 1],
    [1, 100],
    [1, 100_000],
    [1, 4_000_000_000],
  ]);
  const length = dice.percent(15) ? dice.of([1, 100]) : 0;
  const { traits } = world.peer;
  const before = { ...traits };
  world.packet(`${drawFlags(world)} ${seq}:${seq + length}(${length}) win ${firstWindow(world)}${drawOptions(world)}`);
  Object.assign(traits, before);
};

const reset: Move = (world) => {
  const { dice } = world;
  const seq = dice.weighted([
    [4, 1],
    [1, 0],
    [2, 2],
    [1, 1000],
    [1, 100_000],
  ]);
  segment(world, dice.of(['R', 'R', 'R.']), seq, 0, dice.of([1, 1, 0, 2]), dice.percent(50) ? stampOf(world) : '');
};

const wrongAck: Move = (world) => {
  const { dice } = world;
  const length = dice.of([0, 0, 10]);
  segment(world, '.', dice.of([1, 1, 0, 2]), length, dice.of([0, 2, 1000, 100_000, 4_000_000_000]), stampOf(world));
};

const wrongSeq: Move = (world) => {
  const { dice } = world;
  const seq = dice.of([0, 2, 1000, 65_000, 100_000, 4_000_000_000]);
  segment(world, dice.of(['.', 'P.', 'F.']), seq, dice.of([0, 0, 1, 10]), 1, stampOf(world));
};

const wrongStamp: Move = (world) => {
  if (!world.peer.traits.hasTimestamps) return;
  segment(world, '.', 1, world.dice.of([0, 10]), 1, world.dice.percent(50) ? '' : stampOf(world, -4000));
};

const withoutAck: Move = (world) =>
  segment(world, world.dice.of(['-', 'P', 'F', 'FP', 'U']), 1, world.dice.of([0, 10]));

const synAck: Move = (world) => segment(world, 'S.', world.dice.of([0, 1]), 0, 1);

const callListener: Move = (world) => {
  const { dice } = world;
  world.call(
    dice.weighted([
      [4, 'accept4(3, ..., ..., SOCK_NONBLOCK)'],
      [4, 'poll([{fd=3, events=POLLIN|POLLOUT, revents=@}], 1, 0)'],
      [1, 'getsockopt(3, SOL_SOCKET, SO_ERROR, [@], [4])'],
      [1, 'listen(3, 0)'],
      [1, 'write(3, ..., 10)'],
      [1, 'read(3, ..., 10)'],
      [1, 'connect(3, ..., ...)'],
    ]),
  );
};

const closeListener: Move = (world) => {
  world.call(
    world.dice.of(['close(3)', 'close(3)', 'shutdown(3, SHUT_RD)', 'shutdown(3, SHUT_WR)', 'shutdown(3, SHUT_RDWR)']),
  );
};

const MOVES: Weighted<Move> = [
  [8, syn],
  [4, reset],
  [3, wrongAck],
  [4, wrongSeq],
  [2, wrongStamp],
  [2, withoutAck],
  [2, synAck],
  [4, callListener],
  [1, closeListener],
];

/** The last step of the handshake, with something or with nothing. */
function complete(world: World): void {
  const { dice, peer } = world;
  const kind = dice.weighted([
    [6, '.'],
    [3, 'P.'],
    [1, 'F.'],
    [1, 'FP.'],
    [1, '.U'],
  ]);
  const length = kind.includes('P') ? dice.of([1, 100, 1000]) : 0;
  const isFin = kind.includes('F');
  world.packet(peer.segment(world.nowUs, { flags: kind.replace('.U', '.'), seq: 1, length }));
  if (length > 0 || isFin) peer.log.push({ start: 1, length, isFin });
  peer.nxt += length + (isFin ? 1 : 0);
  peer.hasSentFin = isFin;
}

export function listenFirst(world: World, before: readonly string[], backlog: number): void {
  world.call('socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3');
  world.call('setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4)');
  for (const line of before) world.call(line.replace('FD', '3'));
  world.call('bind(3, ..., ...)');
  world.call(`listen(3, ${backlog})`);
}

export function openOddly(world: World, { before, acceptAfterMs }: OpeningStyle): void {
  const { dice, peer } = world;
  listenFirst(world, before, dice.of([0, 1, 5]));
  const options = drawOptions(world);
  const length = dice.percent(12) ? dice.of([1, 100, 1000]) : 0;
  world.packet(
    `${dice.percent(75) ? 'S' : drawFlags(world)} 0:${length}(${length}) win ${firstWindow(world)}${options}`,
  );
  agree(world);
  if (!options.includes('wscale')) peer.traits.stackShift = 0;
  for (let left = dice.between(1, 4); left > 0; left--) {
    world.pass(dice.weighted(PAUSES_MS) * 1000);
    dice.weighted(MOVES)(world);
    if (dice.percent(20)) PEER_ACTIONS.sameAck(world);
  }
  world.pass(dice.weighted(PAUSES_MS) * 1000);
  if (dice.percent(75)) complete(world);
  world.pass(acceptAfterMs * 1000);
  if (dice.percent(20)) callListener(world);
  const fd = world.call('accept4(3, ..., ..., SOCK_NONBLOCK) = 4');
  if (fd !== null && fd >= 0) world.fd = 4;
}
