/** More connections than a listener takes: its two queues, full and with room again. */
import type { Weighted } from './dice.ts';
import type { OpeningStyle } from './opening.ts';
import { listenFirst } from './opening-passive.ts';
import type { World } from './world.ts';

const PAUSES_MS: Weighted<number> = [
  [8, 0],
  [6, 20],
  [3, 100],
  [1, 600],
  [1, 1100],
  [1, 2200],
];
const FIRST_PORT = 1001;
const CLIENTS = 5;
const APART_US = 50_000;
const FIRST_FD = 4;

/** What a client has done so far. */
interface Client {
  readonly port: number;
  hasAsked: boolean;
  hasAnswered: boolean;
}

const OPTIONS = ' <mss 1000>';

function send({ port }: Client, world: World, flags: string, seq: number, length: number): void {
  const isSyn = flags.includes('S');
  const ack = flags.includes('.') ? ' ack 1' : '';
  world.packet(`${port} > 8080 ${flags} ${seq}:${seq + length}(${length})${ack} win 32000${isSyn ? OPTIONS : ''}`);
}

function clientActs(world: World, client: Client): void {
  const { dice } = world;
  if (!client.hasAsked || dice.percent(15)) {
    // So that no two SYN-ACKs go again at one moment.
    world.pass(APART_US);
    send(client, world, 'S', 0, 0);
    client.hasAsked = true;
    return;
  }
  if (!client.hasAnswered || dice.percent(20)) {
    const length = dice.percent(15) ? 10 : 0;
    send(client, world, length > 0 ? 'P.' : '.', 1, length);
    client.hasAnswered = true;
    return;
  }
  const flags = dice.of(['P.', 'P.', 'F.', 'R', '.']);
  send(client, world, flags, 1, flags === 'P.' ? 10 : 0);
}

export function crowd(world: World, { before }: OpeningStyle): void {
  const { dice } = world;
  listenFirst(world, before, dice.of([0, 0, 1, 1, 2]));
  const clients = Array.from({ length: CLIENTS }, (_, index): Client => {
    return { port: FIRST_PORT + index, hasAsked: false, hasAnswered: false };
  });
  const open: number[] = [];
  let next = FIRST_FD;
  for (let left = dice.between(6, 18); left > 0; left--) {
    world.pass(dice.weighted(PAUSES_MS) * 1000);
    if (dice.percent(75)) {
      clientActs(world, dice.of(clients));
      continue;
    }
    if (dice.percent(40)) {
      const fd = world.call(`accept4(3, ..., ..., SOCK_NONBLOCK) = ${next}`);
      if (fd !== null && fd >= 0) open.push(next++);
      continue;
    }
    const fd = open.length > 0 && dice.percent(70) ? dice.of(open) : 3;
    const line = dice.weighted([
      [4, 'poll([{fd=FD, events=POLLIN|POLLOUT|POLLRDHUP, revents=@}], 1, 0)'],
      [3, fd === 3 ? 'poll([{fd=3, events=POLLIN, revents=@}], 1, 0)' : 'read(FD, ..., 100)'],
      [1, fd === 3 ? `listen(3, ${dice.of([0, 1, 3])})` : 'write(FD, ..., 10)'],
      [1, fd === 3 && dice.percent(70) ? 'getsockopt(3, SOL_SOCKET, SO_ERROR, [@], [4])' : 'close(FD)'],
    ]);
    world.call(line.replaceAll('FD', String(fd)));
    if (line.startsWith('close') && fd !== 3) open.splice(open.indexOf(fd), 1);
  }
}
