/** What a peer may send without being asked. */
import type { Action } from './program-actions.ts';
import type { World } from './world.ts';

const FILL_SEGMENTS = 40;

function sizeOf(world: World): number {
  const { most } = world.peer;
  return world.dice.weighted([
    [2, 1],
    [3, Math.min(100, most)],
    [2, Math.min(500, most)],
    [4, most],
    [1, world.dice.between(1, most)],
  ]);
}

/** New text, which may be lost on the way. */
function text(world: World, count: number, isFin = false): boolean {
  const { peer, dice, manners } = world;
  if (peer.hasSentFin || world.isReset) return false;
  for (let left = count; left > 0; left--) {
    const length = sizeOf(world);
    if (peer.room < length && !dice.percent(4)) return left < count;
    const isLast = left === 1;
    const hasFin = isFin && isLast;
    peer.log.push({ start: peer.nxt, length, isFin: hasFin });
    const seq = peer.nxt;
    peer.nxt += length + (hasFin ? 1 : 0);
    peer.hasSentFin ||= hasFin;
    if (dice.percent(manners.peerLossPercent)) continue;
    const flags = hasFin ? (dice.percent(30) ? 'FP.' : 'F.') : isLast || dice.percent(30) ? 'P.' : '.';
    world.packet(peer.segment(world.nowUs, { flags, seq, length, blocks: peer.blocks() }));
  }
  return true;
}

/** As much as the window takes, in segments of one size. */
function fill(world: World): boolean {
  const { peer, dice, manners } = world;
  if (peer.hasSentFin || world.isReset || peer.room === 0) return false;
  const size = Math.min(peer.most, dice.of([100, 500, 1000, peer.most, peer.most]));
  for (let left = FILL_SEGMENTS; left > 0 && peer.room > 0; left--) {
    const length = Math.min(size, peer.room);
    const seq = peer.nxt;
    peer.log.push({ start: seq, length, isFin: false });
    peer.nxt += length;
    if (dice.percent(manners.peerLossPercent)) continue;
    const flags = left === 1 || peer.room === 0 ? 'P.' : '.';
    world.packet(peer.segment(world.nowUs, { flags, seq, length, blocks: peer.blocks() }));
  }
  return true;
}

function bare(world: World, changes: Parameters<World['peer']['segment']>[1]): boolean {
  if (world.isReset && !world.dice.percent(20)) return false;
  world.packet(world.peer.segment(world.nowUs, changes));
  return true;
}

export const PEER_ACTIONS = {
  text: (world) => text(world, 1),
  texts: (world) => text(world, world.dice.between(2, 5)),
  manyTexts: (world) => text(world, world.dice.between(6, 15)),
  fill,
  /** The first thing that was not acknowledged goes again. */
  again(world) {
    const { peer } = world;
    const lost = peer.log.find(({ start, length, isFin }) => start + length + (isFin ? 1 : 0) > peer.una);
    if (lost === undefined || world.isReset) return false;
    return bare(world, {
      flags: lost.isFin ? 'F.' : 'P.',
      seq: lost.start,
      length: lost.length,
      blocks: peer.blocks(),
    });
  },
  /** Anything it ever sent goes again. */
  anyAgain(world) {
    const { peer, dice } = world;
    if (peer.log.length === 0 || world.isReset) return false;
    const { start, length, isFin } = dice.of(peer.log);
    return bare(world, { flags: isFin ? 'F.' : '.', seq: start, length });
  },
  /** Cut otherwise than before. */
  overlapping(world) {
    const { peer, dice } = world;
    if (world.isReset || peer.log.length === 0) return false;
    const end = peer.hasSentFin ? peer.nxt - 1 : peer.nxt;
    const seq = Math.max(1, dice.between(Math.max(1, peer.una - 500), Math.max(1, peer.nxt - 1)));
    const length = Math.min(dice.between(1, peer.most), Math.max(0, (peer.hasSentFin ? end : end + 700) - seq));
    if (length <= 0) return false;
    if (seq + length > end) {
      if (seq + length > peer.edge) return false;
      peer.log.push({ start: seq, length, isFin: false });
      peer.nxt = seq + length;
    }
    return bare(world, { flags: '.', seq, length });
  },
  fin(world) {
    const { peer, dice } = world;
    if (peer.hasSentFin || world.isReset) return false;
    if (dice.percent(40)) return text(world, 1, true);
    peer.log.push({ start: peer.nxt, length: 0, isFin: true });
    peer.hasSentFin = true;
    peer.nxt++;
    return bare(world, { flags: 'F.', seq: peer.nxt - 1, length: 0, blocks: peer.blocks() });
  },
  reset(world) {
    const { peer, dice } = world;
    if (world.isReset) return false;
    const seq = dice.weighted([
      [4, peer.una],
      [3, peer.nxt],
      [2, peer.una + 100],
      [1, peer.edge + 1000],
      [1, Math.max(1, peer.una - 10)],
    ]);
    const done = bare(world, { flags: dice.of(['R', 'R.']), seq, length: 0 });
    if (seq === peer.una) world.isReset = true;
    return done;
  },
  /** One acknowledgment in many. */
  splitAck(world) {
    const { peer, dice } = world;
    if (world.isReset || peer.received.next >= peer.stackNxt) return false;
    const to = Math.min(peer.stackNxt, peer.received.next + peer.traits.mss);
    const from = peer.received.next;
    for (let at = from, left = dice.between(2, 6); left > 0 && at < to; left--) {
      at = left === 1 ? to : dice.between(at, to);
      peer.received.add(from, at);
      world.acknowledge();
    }
    return true;
  },
  /** What was SACKed is thrown away. */
  reneges(world) {
    const { peer } = world;
    if (world.isReset || peer.received.early.length === 0) return false;
    peer.received.early.length = 0;
    world.acknowledge();
    return true;
  },
  /** Something has come twice on the way. */
  doubled(world) {
    const { peer } = world;
    if (world.isReset || !peer.traits.hasSack || peer.received.next < 2) return false;
    peer.double = [Math.max(1, peer.received.next - peer.traits.mss), peer.received.next];
    world.acknowledge();
    return true;
  },
  oldAck: (world) =>
    bare(world, { flags: '.', seq: world.peer.nxt, length: 0, ack: Math.max(1, world.peer.received.next - 500) }),
  futureAck: (world) =>
    bare(world, { flags: '.', seq: world.peer.nxt, length: 0, ack: world.peer.stackNxt + world.dice.of([1, 1000]) }),
  sameAck(world) {
    if (world.isReset) return false;
    world.acknowledge();
    return true;
  },
  window(world) {
    const { peer, dice } = world;
    if (world.isReset) return false;
    peer.window = dice.weighted([
      [2, 0],
      [1, 100],
      [2, 1000],
      [2, 5000],
      [4, 32_000],
      [1, 200_000],
    ]);
    world.acknowledge();
    return true;
  },
  probe: (world) => bare(world, { flags: '.', seq: world.peer.una - 1, length: world.dice.of([0, 0, 1]) }),
  syn(world) {
    const seq = world.dice.of([0, world.peer.nxt, 100_000]);
    if (world.isReset) return false;
    return bare(world, { flags: 'S', seq, length: 0, bareOptions: true });
  },
  withoutStamp(world) {
    if (!world.peer.traits.hasTimestamps || world.isReset) return false;
    return bare(world, { flags: '.', seq: world.peer.nxt, length: 0, bareOptions: true });
  },
  oldStamp(world) {
    if (!world.peer.traits.hasTimestamps || world.isReset) return false;
    return bare(world, { flags: '.', seq: world.peer.nxt, length: 0, stamp: world.dice.of([1, 4000]) });
  },
  beyondWindow(world) {
    const { peer, dice } = world;
    if (world.isReset || peer.hasSentFin) return false;
    return bare(world, { flags: '.', seq: peer.edge + dice.of([0, -10, 500]), length: 100 });
  },
} satisfies Record<string, Action>;
