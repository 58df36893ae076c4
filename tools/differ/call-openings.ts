/** Where socket calls begin: on a new socket, one that listens, one that connects, or a connection from either side. */
import { type OpeningStyle, open } from './opening.ts';
import type { Action } from './program-actions.ts';
import type { World } from './world.ts';

export function openForCalls(world: World, style: OpeningStyle): void {
  const { dice } = world;
  const stage = dice.weighted<'new' | 'listening' | 'connecting' | 'open'>([
    [2, 'new'],
    [2, 'listening'],
    [2, 'connecting'],
    [8, 'open'],
  ]);
  if (stage === 'open') {
    open(world, { ...style, mayWait: dice.percent(50) });
    if (world.fd >= 0) setTimeouts(world);
  } else {
    world.isOpen = false;
    const isNonBlocking = stage === 'connecting' || dice.percent(70);
    world.call(`socket(..., SOCK_STREAM${isNonBlocking ? '|SOCK_NONBLOCK' : ''}, IPPROTO_TCP) = 3`);
    world.fd = 3;
    setTimeouts(world);
    for (const line of style.before) world.call(line.replace('FD', '3'));
    if (stage === 'listening') {
      world.call('bind(3, ..., ...)');
      world.call('listen(3, 1)');
    }
    if (stage === 'connecting') world.call('connect(3, ..., ...)');
  }
  world.call('epoll_create(1) = 5');
}

/** Nothing waits for ever. */
function setTimeouts(world: World): void {
  const timeval = `{tv_sec=0, tv_usec=${world.dice.of([60_000, 150_000])}}`;
  world.call(`setsockopt(${world.fd}, SOL_SOCKET, SO_RCVTIMEO, ${timeval}, 16)`);
  world.call(`setsockopt(${world.fd}, SOL_SOCKET, SO_SNDTIMEO, ${timeval}, 16)`);
}

/** What a peer does to a socket that is not connected yet, as far as it is ready for that. */
export const OPENING_ACTIONS = {
  /** The peer asks; whether somebody listens is another matter. */
  peerOpens(world) {
    if (world.isOpen || world.recorder.sent.some(({ text }) => text.startsWith('S'))) return false;
    const { peer } = world;
    peer.traits.mss = 1000;
    world.packet('S 0:0(0) win 32000 <mss 1000>');
    const answer = world.recorder.sent.at(-1);
    if (answer === undefined || !answer.text.startsWith('S.')) return true;
    world.pass(10_000);
    world.packet('. 1:1(0) ack 1 win 32000');
    world.isOpen = true;
    return true;
  },
  /** The peer answers a SYN. */
  peerAnswers(world) {
    const syn = world.recorder.sent.at(-1);
    if (world.isOpen || syn === undefined || !/^S \d/.test(syn.text)) return false;
    world.peer.traits.mss = 1000;
    const isRefused = world.dice.percent(25);
    if (isRefused) {
      world.isReset = true;
      world.packet('R. 0:0(0) ack 1 win 0');
    } else {
      world.packet('S. 0:0(0) ack 1 win 32000 <mss 1000>');
      world.isOpen = true;
    }
    return true;
  },
} satisfies Record<string, Action>;

/** What a peer may do only once there is a connection. */
export function whenOpen(action: Action): Action {
  return (world) => world.isOpen && action(world);
}
