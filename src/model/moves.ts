/**
 * Everything that can happen next in the model's world: the wire's choices, the users' calls, the timers.
 *
 * Time has no clock here. A retransmission may happen at any moment. TIME-WAIT runs out only when no segment of its connection is under
 * way and the peer does not wait for this end any more: that is what makes 2 MSL long. No end gives up on a peer that still takes part (R2 of §3.8.3).
 */
import { agreed, disagree, receive, synAck } from './receive.ts';
import type { Bounds, Rules } from './rules.ts';
import {
  CLIENT,
  decodeSegment,
  type Host,
  idle,
  type ModelSegment,
  SERVER,
  type Side,
  synchronized,
  type World,
  withSegment,
} from './world.ts';

/**
 * `ghost`: an end stands whose peer never agreed. `old-octet`, `old-end`: an octet or a FIN of an earlier life was taken. `two-owners`:
 * both ends stand, in different connections.
 */
export type Fault = 'ghost' | 'old-octet' | 'old-end' | 'two-owners';

/** One thing that happens in the model: a choice of the wire, of a user, or of a timer. */
export interface Move {
  /** `deliver` takes the segment off the wire, `repeat` delivers a copy, `lose` only takes it off. `again` retransmits. */
  readonly kind: 'deliver' | 'repeat' | 'lose' | 'open' | 'close' | 'send' | 'again' | 'two-msl';
  /** Who acts; for the wire's choices, who sent the segment. */
  readonly side: Side;
  readonly segment: ModelSegment | null;
}

export interface Step {
  readonly move: Move;
  readonly world: World;
  readonly fault: Fault | null;
}

export function stepsFrom(world: World, rules: Rules, bounds: Bounds): Step[] {
  const steps: Step[] = [];
  for (const side of [CLIENT, SERVER] as const) {
    wireSteps(steps, world, side, rules, bounds);
    userSteps(steps, world, side, bounds);
    timerSteps(steps, world, side, bounds);
  }
  return steps;
}

function wireSteps(steps: Step[], world: World, from: Side, rules: Rules, bounds: Bounds): void {
  for (const code of world.wires[from]) {
    const segment = decodeSegment(code);
    const taken = withWire(
      world,
      from,
      world.wires[from].filter((one) => one !== code),
    );
    steps.push(arrive(taken, { kind: 'deliver', side: from, segment }, rules, bounds));
    if (bounds.mischief !== null && world.mischief >= bounds.mischief) continue;
    const mischief = bounds.mischief === null ? 0 : world.mischief + 1;
    steps.push({ move: { kind: 'lose', side: from, segment }, world: { ...taken, mischief }, fault: null });
    steps.push(arrive({ ...world, mischief }, { kind: 'repeat', side: from, segment }, rules, bounds));
  }
}

function arrive(world: World, move: Move, rules: Rules, bounds: Bounds): Step {
  const to: Side = move.side === CLIENT ? SERVER : CLIENT;
  const segment = move.segment as ModelSegment;
  const before = world.hosts[to];
  const { host, reply, ate } = receive(world, to, segment, rules, bounds);
  const accepts = world.accepts + (before.phase === 'LISTEN' && host.phase !== 'LISTEN' ? 1 : 0);
  const next = withHost({ ...world, accepts }, to, host, reply, bounds);
  return { move, world: next, fault: faultOf(next, to, before, segment, ate) };
}

function faultOf(next: World, to: Side, before: Host, segment: ModelSegment, ate: boolean): Fault | null {
  const after = next.hosts[to];
  if (ate && segment.life !== before.life) return segment.kind === 'DATA' ? 'old-octet' : 'old-end';
  if (synchronized(after.phase) && !synchronized(before.phase) && !agreed(next, to)) return 'ghost';
  return disagree(next) ? 'two-owners' : null;
}

function userSteps(steps: Step[], world: World, side: Side, bounds: Bounds): void {
  const host = world.hosts[side];
  const act = (kind: Move['kind'], next: Host, segment: ModelSegment | null, opens = world.opens): void => {
    const after = withHost({ ...world, opens }, side, next, segment, bounds);
    steps.push({ move: { kind, side, segment }, world: after, fault: null });
  };
  if (side === CLIENT && host.phase === 'CLOSED' && world.opens < bounds.opens) {
    const life = world.opens + 1;
    const iss = life * bounds.isnStep;
    const next: Host = { ...host, phase: 'SYN-SENT', life, iss, sndUna: iss, sndNxt: iss + 1, unsent: bounds.octets };
    act('open', next, lastSent(next), life);
  }
  if (host.phase === 'SYN-SENT') act('close', idle(side), null);
  // One octet or FIN under way at a time.
  if ((host.phase !== 'ESTABLISHED' && host.phase !== 'CLOSE-WAIT') || host.sndUna !== host.sndNxt) return;
  const sent: Host = { ...host, sndNxt: host.sndNxt + 1 };
  if (host.unsent > 0) act('send', { ...sent, unsent: host.unsent - 1 }, lastSent({ ...sent, phase: 'ESTABLISHED' }));
  const closed: Host = { ...sent, unsent: 0, phase: host.phase === 'ESTABLISHED' ? 'FIN-WAIT-1' : 'LAST-ACK' };
  act('close', closed, lastSent(closed));
}

function timerSteps(steps: Step[], world: World, side: Side, bounds: Bounds): void {
  const host = world.hosts[side];
  const again = host.sndUna === host.sndNxt ? null : lastSent(host);
  if (again !== null) {
    const next = withHost(world, side, host, again, bounds);
    if (next.wires[side] !== world.wires[side])
      steps.push({ move: { kind: 'again', side, segment: again }, world: next, fault: null });
  }
  if (host.phase !== 'TIME-WAIT' || !isQuiet(world, side)) return;
  const move: Move = { kind: 'two-msl', side, segment: null };
  steps.push({ move, world: withHost(world, side, idle(side), null, bounds), fault: null });
}

/** The one thing not yet acknowledged. */
function lastSent(host: Host): ModelSegment {
  const { life, rcvNxt } = host;
  if (host.phase === 'SYN-SENT') return { kind: 'SYN', seq: host.iss, ack: 0, life };
  if (host.phase === 'SYN-RECEIVED') return synAck(host);
  const isFin = host.phase === 'FIN-WAIT-1' || host.phase === 'CLOSING' || host.phase === 'LAST-ACK';
  return { kind: isFin ? 'FIN' : 'DATA', seq: host.sndNxt - 1, ack: rcvNxt, life };
}

/** Nothing of this connection is under way, and the peer waits for nothing any more: what 2 MSL are long enough for. */
function isQuiet(world: World, side: Side): boolean {
  const { life } = world.hosts[side];
  const peer = world.hosts[side === CLIENT ? SERVER : CLIENT];
  if (peer.life === life && synchronized(peer.phase) && peer.phase !== 'TIME-WAIT') return false;
  return world.wires.every((wire) => wire.every((code) => decodeSegment(code).life !== life));
}

function withHost(world: World, side: Side, host: Host, segment: ModelSegment | null, bounds: Bounds): World {
  const hosts: [Host, Host] = side === CLIENT ? [host, world.hosts[SERVER]] : [world.hosts[CLIENT], host];
  const next = { ...world, hosts };
  return segment === null ? next : withWire(next, side, withSegment(world.wires[side], segment, bounds.wire));
}

function withWire(world: World, side: Side, wire: readonly number[]): World {
  return { ...world, wires: side === CLIENT ? [wire, world.wires[SERVER]] : [world.wires[CLIENT], wire] };
}

/** Nothing left to do or to undo: both ends without a connection and the wire empty. */
export function isRest(world: World): boolean {
  const [client, server] = world.hosts;
  return client.phase === 'CLOSED' && server.phase === 'LISTEN' && world.wires.every((wire) => wire.length === 0);
}
