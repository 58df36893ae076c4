/** Fast Open (RFC 7413), on both sides, as it should be and otherwise. */
import type { Weighted } from './dice.ts';
import { drawOptions } from './odd-syn.ts';
import { agree, firstWindow, type OpeningStyle } from './opening.ts';
import { listenFirst } from './opening-passive.ts';
import { PROGRAM_ACTIONS } from './program-actions.ts';
import type { World } from './world.ts';

const PAUSES_MS: Weighted<number> = [
  [6, 0],
  [5, 20],
  [2, 100],
  [2, 1100],
  [1, 3300],
];

export function openFast(world: World, style: OpeningStyle): void {
  if (style.isActive) connectFast(world, style);
  else acceptFast(world, style);
}

// --- the stack is the client ---

const COOKIE = 'abcd1234abcd1234';
const WAYS: Weighted<'sendto' | 'connect'> = [
  [3, 'sendto'],
  [2, 'connect'],
];

function connectFast(world: World, { before }: OpeningStyle): void {
  const { dice } = world;
  if (dice.percent(80)) {
    attempt(world, 3, []);
    answer(world, dice.percent(85) ? `,${dice.percent(85) ? 'FO' : 'FOEXP'} ${COOKIE}` : '');
    world.pass(20_000);
    endAttempt(world, 3);
  }
  attempt(world, 5, before);
  const acts = dice.between(1, 4);
  for (let left = acts; left > 0; left--) {
    world.pass(dice.weighted(PAUSES_MS) * 1000);
    if (world.recorder.isAsleep) answer(world, '');
    else dice.weighted(CLIENT_MOVES)(world);
  }
}

const CLIENT_MOVES: Weighted<(world: World) => void> = [
  [10, (world) => answer(world, world.dice.percent(20) ? `,FO ${COOKIE}` : '')],
  [2, (world) => world.packet(`R${world.dice.of(['. 0:0(0) ack 1', ' 0:0(0)', ' 1:1(0)'])} win 0`)],
  [2, (world) => world.probe()],
  [
    6,
    (world) => {
      const names = ['write', 'poll', 'error', 'read', 'shutdownWrite', 'close', 'outQueue'] as const;
      PROGRAM_ACTIONS[world.dice.of(names)](world);
    },
  ],
];

/** Nothing sleeps: whoever waits with text to send lets the third step ride on it, and calls to the kernel never wait here. */
function attempt(world: World, fd: number, before: readonly string[]): void {
  const { dice } = world;
  world.call(`socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = ${fd}`);
  for (const line of before) world.call(line.replace('FD', String(fd)));
  const length = dice.of([0, 1, 100, 1000, 1420, 3000]);
  if (dice.weighted(WAYS) === 'sendto') {
    world.call(`sendto(${fd}, ..., ${length}, MSG_FASTOPEN, ..., ...)`);
  } else {
    world.call(`setsockopt(${fd}, SOL_TCP, TCP_FASTOPEN_CONNECT, [1], 4)`);
    world.call(`connect(${fd}, ..., ...)`);
    world.fd = fd;
    world.pass(dice.weighted(PAUSES_MS) * 1000);
    if (dice.percent(85) && !world.recorder.isAsleep) world.call(`write(${fd}, ..., ${length})`);
  }
  world.fd = fd;
}

/** The SYN-ACK, which takes of the text in the SYN what it will. */
function answer(world: World, cookie: string): void {
  const { dice, peer } = world;
  const syn = world.recorder.lastSyn;
  if (syn === undefined) return;
  const ack =
    1 +
    dice.weighted([
      [5, syn.length],
      [3, 0],
      [1, Math.floor(syn.length / 2)],
      [1, syn.length + 1],
    ]);
  peer.echo = syn.timestamp ?? 0;
  const options = drawOptions(world);
  agree(world);
  const all = withCookie(options, cookie);
  if (!options.includes('wscale')) peer.traits.stackShift = 0;
  const length = dice.percent(10) ? 100 : 0;
  const isCrossing = dice.percent(8) && all.includes('wscale');
  const flags = isCrossing ? 'S' : 'S.';
  const shown = isCrossing ? '' : ` ack ${ack}`;
  world.packet(`${flags} 0:${length}(${length})${shown} win ${firstWindow(world)}${all}`);
  peer.received.next = Math.max(peer.received.next, ack);
}

/** Nothing when there is no room. */
function withCookie(options: string, cookie: string): string {
  if (cookie === '') return options;
  const extra = cookie.startsWith(',FOEXP') ? cookie : `${cookie},nop,nop`;
  if (options === '') return ` <${extra.slice(1)}>`;
  return options.length > 60 ? options : options.replace('>', `${extra}>`);
}

/** It ends without leaving anything behind. */
function endAttempt(world: World, fd: number): void {
  const { recorder } = world;
  if (recorder.isAsleep) return;
  world.call(`close(${fd})`);
  world.pass(20_000);
  const last = recorder.sent.at(-1);
  world.packet(
    `R. 1:1(0) ack ${last === undefined ? 1 : last.seq + last.length + (last.text.includes('F') ? 1 : 0)} win 0`,
  );
  world.pass(50_000);
  world.beginAnew();
}

// --- the stack is the server ---

function acceptFast(world: World, { before }: OpeningStyle): void {
  const { dice, peer } = world;
  listenFirst(
    world,
    [...before, `setsockopt(FD, SOL_TCP, TCP_FASTOPEN, [${dice.of([0, 1, 2, 5])}], 4)`],
    dice.of([0, 1, 5]),
  );
  const length = dice.of([0, 1, 100, 1000, 1000]);
  const isFin = dice.percent(6);
  const cookie = drawCookie(world);
  const options = withOption(world, cookie);
  const syn = `S${isFin ? 'F' : ''}${length > 0 && dice.percent(20) ? 'P' : ''} 0:${length}(${length}) win ${firstWindow(world)}${options}`;
  world.packet(syn);
  agree(world);
  const taken = world.recorder.sent.at(-1)?.ack ?? 1;
  const { traits } = peer;
  if (!options.includes('wscale')) traits.stackShift = 0;
  peer.nxt = 1 + length;
  peer.log.push({ start: 1, length, isFin: false });
  peer.una = taken;
  let isAccepted = false;
  for (let left = dice.between(1, 5); left > 0; left--) {
    world.pass(dice.weighted(PAUSES_MS) * 1000);
    if (!isAccepted && dice.percent(40)) isAccepted = accept(world);
    else dice.weighted(SERVER_MOVES)(world, syn, length);
  }
  if (dice.percent(80)) {
    const seq = dice.percent(80) ? peer.una : 1 + length;
    world.packet(peer.segment(world.nowUs, { flags: '.', seq, length: 0 }));
    peer.nxt = Math.max(peer.una, seq);
  }
  if (!isAccepted) accept(world);
}

const SERVER_MOVES: Weighted<(world: World, syn: string, length: number) => void> = [
  [6, (world, syn) => world.packet(world.dice.percent(60) ? syn : syn.replace(/0:\d+\(\d+\)/, '0:0(0)'))],
  [4, (world, _, length) => strange(world, length)],
  [10, (world) => act(world)],
];

function accept(world: World): boolean {
  const fd = world.call('accept4(3, ..., ..., SOCK_NONBLOCK) = 4');
  if (fd === null || fd < 0) return false;
  world.fd = 4;
  return true;
}

function act(world: World): void {
  if (world.dice.percent(15)) {
    world.call(world.dice.of(['close(3)', 'poll([{fd=3, events=POLLIN, revents=@}], 1, 0)']));
    return;
  }
  const names = ['write', 'poll', 'read', 'readAll', 'shutdownWrite', 'close', 'error'] as const;
  PROGRAM_ACTIONS[world.dice.of(names)](world);
  if (world.dice.percent(30)) world.probe();
}

function strange(world: World, length: number): void {
  const { dice, peer } = world;
  const seq = dice.of([1, 1 + length, peer.una, 2 + length]);
  const flags = dice.of(['R', 'R.', '.', 'P.', 'F.', '.']);
  world.packet(
    peer.segment(world.nowUs, {
      flags,
      seq,
      length: flags === 'P.' ? dice.of([1, 100]) : 0,
      ack: dice.of([0, 1, 1, 1, 2]),
    }),
  );
}

function drawCookie({ dice }: World): string {
  return dice.weighted([
    [6, 'FO TFO_COOKIE'],
    [2, 'FO'],
    [1, 'FO 0102030405060708'],
    [1, 'FO 01020304'],
    [1, 'FOEXP TFO_COOKIE'],
    [1, 'FOEXP'],
    [2, ''],
    [1, 'FO TFO_COOKIE_ZERO'],
  ]);
}

const COOKIE_OCTETS = 8;

function withOption(world: World, cookie: string): string {
  const options = world.dice.percent(50) ? ' <mss 1000,sackOK,nop,nop>' : ' <mss 1460,nop,nop,sackOK,nop,wscale 7>';
  const { traits } = world.peer;
  traits.mss = options.includes('1460') ? 1460 : 1000;
  traits.hasSack = true;
  traits.shift = options.includes('wscale') ? 7 : 0;
  if (cookie === '') return options;
  const [kind = '', digits = ''] = cookie.split(' ');
  const octets = (kind === 'FO' ? 2 : 4) + (digits.startsWith('TFO') ? COOKIE_OCTETS : digits.length / 2);
  const filling = ',nop'.repeat((4 - (octets % 4)) % 4);
  return options.replace('>', `,${cookie}${filling}>`);
}
