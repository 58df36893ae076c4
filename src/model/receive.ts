/**
 * A segment arrives at a host of the model: RFC 9293 §3.10.7 with the resets of RFC 5961, for octets that come one at a time.
 *
 * What is out of order is acknowledged and not held (SHLD-31 is a SHOULD); windows never close; only the client opens.
 */
import type { Bounds, Rules } from './rules.ts';
import { type Host, idle, type ModelSegment, SERVER, type Side, synchronized, type World } from './world.ts';

/** What an arrival does. `ate`: an octet or FIN was taken from the segment. */
export interface Arrival {
  readonly host: Host;
  readonly reply: ModelSegment | null;
  readonly ate: boolean;
}

export function receive(world: World, side: Side, segment: ModelSegment, rules: Rules, bounds: Bounds): Arrival {
  const host = world.hosts[side];
  switch (host.phase) {
    case 'CLOSED':
      return keep(host, segment.kind === 'RST' ? null : reset(segment));
    case 'LISTEN':
      return receiveListening(world, host, segment, rules, bounds);
    case 'SYN-SENT':
      return receiveSynSent(host, segment, rules);
    default:
      return receiveOther(host, side, segment, rules, bounds);
  }
}

function receiveListening(world: World, host: Host, segment: ModelSegment, rules: Rules, bounds: Bounds): Arrival {
  if (segment.kind === 'RST') return keep(host, null);
  if (segment.kind !== 'SYN') return keep(host, reset(segment));
  if (world.accepts >= bounds.accepts) return keep(host, null);
  // The server's clock is never outrun: it sends a SYN and a FIN per life.
  const iss = (world.accepts + 1) * 2;
  const stands = rules.handshake === 'two';
  const next: Host = {
    phase: stands ? 'ESTABLISHED' : 'SYN-RECEIVED',
    life: segment.life,
    iss,
    irs: segment.seq,
    sndUna: stands ? iss + 1 : iss,
    sndNxt: iss + 1,
    rcvNxt: segment.seq + 1,
    unsent: 0,
  };
  return { host: next, reply: synAck(next), ate: false };
}

function receiveSynSent(host: Host, segment: ModelSegment, rules: Rules): Arrival {
  if (segment.kind === 'RST') return keep(host, null);
  if (segment.ack !== host.sndNxt) return keep(host, reset(segment));
  if (segment.kind !== 'SYN-ACK') return keep(host, null);
  const next: Host = {
    ...host,
    phase: 'ESTABLISHED',
    irs: segment.seq,
    sndUna: segment.ack,
    rcvNxt: segment.seq + 1,
  };
  return { host: next, reply: rules.handshake === 'two' ? null : ack(next), ate: false };
}

function receiveOther(host: Host, side: Side, segment: ModelSegment, rules: Rules, bounds: Bounds): Arrival {
  const inside = segment.seq >= host.rcvNxt && segment.seq < host.rcvNxt + bounds.window;
  if (segment.kind === 'RST') {
    if (segment.seq !== host.rcvNxt) return keep(host, inside ? ack(host) : null);
    if (host.phase === 'TIME-WAIT' && !rules.resetEndsTimeWait) return keep(host, null);
    return keep(idle(side), null);
  }
  if (!inside) {
    // With a handshake of two a repeated SYN can only mean that our SYN-ACK was lost: nothing else would send it again.
    const again = rules.handshake === 'two' && segment.kind === 'SYN' && segment.seq === host.irs && side === SERVER;
    return keep(host, again ? synAck(host) : ack(host));
  }
  if (segment.kind === 'SYN' || segment.kind === 'SYN-ACK') {
    return host.phase === 'SYN-RECEIVED' ? keep(idle(side), null) : keep(host, ack(host));
  }
  return receiveAck(host, side, segment, rules);
}

/** The fifth check and what follows. */
function receiveAck(host: Host, side: Side, segment: ModelSegment, rules: Rules): Arrival {
  if (host.phase === 'SYN-RECEIVED') {
    if (segment.ack !== host.sndNxt) return keep(host, reset(segment));
    return receiveText({ ...host, phase: 'ESTABLISHED', sndUna: segment.ack }, side, segment, rules);
  }
  if (segment.ack > host.sndNxt) return keep(host, ack(host));
  const acked: Host = segment.ack > host.sndUna ? { ...host, sndUna: segment.ack } : host;
  const all = acked.sndUna === acked.sndNxt;
  if (all && acked.phase === 'LAST-ACK') return keep(idle(side), null);
  if (all && acked.phase === 'FIN-WAIT-1') return receiveText({ ...acked, phase: 'FIN-WAIT-2' }, side, segment, rules);
  if (all && acked.phase === 'CLOSING') return { host: waited(acked, side, rules), reply: null, ate: false };
  return receiveText(acked, side, segment, rules);
}

function receiveText(host: Host, side: Side, segment: ModelSegment, rules: Rules): Arrival {
  if (segment.kind === 'ACK') return keep(host, null);
  const open = host.phase === 'ESTABLISHED' || host.phase === 'FIN-WAIT-1' || host.phase === 'FIN-WAIT-2';
  if (!open || segment.seq !== host.rcvNxt) return keep(host, ack(host));
  const taken: Host = { ...host, rcvNxt: host.rcvNxt + 1 };
  const reply = ack(taken);
  if (segment.kind === 'DATA') return { host: taken, reply, ate: true };
  if (host.phase === 'ESTABLISHED') return { host: { ...taken, phase: 'CLOSE-WAIT' }, reply, ate: true };
  if (host.phase === 'FIN-WAIT-1') return { host: { ...taken, phase: 'CLOSING' }, reply, ate: true };
  return { host: waited(taken, side, rules), reply, ate: true };
}

/** Both directions are closed and this end closed first. */
function waited(host: Host, side: Side, rules: Rules): Host {
  return rules.timeWait ? { ...host, phase: 'TIME-WAIT' } : idle(side);
}

function keep(host: Host, reply: ModelSegment | null): Arrival {
  return { host, reply, ate: false };
}

export function synAck(host: Host): ModelSegment {
  return { kind: 'SYN-ACK', seq: host.iss, ack: host.rcvNxt, life: host.life };
}

function ack(host: Host): ModelSegment {
  return { kind: 'ACK', seq: host.sndNxt, ack: host.rcvNxt, life: host.life };
}

/** A RST the sender of `segment` will take for good. It belongs to the life it answers. */
function reset(segment: ModelSegment): ModelSegment {
  return { kind: 'RST', seq: segment.ack, ack: 0, life: segment.life };
}

/** Does this end, which has just come to stand, have a peer that takes part? */
export function agreed(world: World, side: Side): boolean {
  const mine = world.hosts[side];
  const peer = world.hosts[side === 0 ? 1 : 0];
  if (peer.life !== mine.life || peer.iss !== mine.irs) return false;
  return peer.phase === 'SYN-SENT' || peer.irs === mine.iss;
}

/** Both ends stand, each in a connection of its own: two owners of one name and its numbers. */
export function disagree(world: World): boolean {
  const [client, server] = world.hosts;
  if (!synchronized(client.phase) || !synchronized(server.phase)) return false;
  return client.iss !== server.irs || client.irs !== server.iss;
}
