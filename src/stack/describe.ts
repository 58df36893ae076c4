/**
 * A stack as plain data that JSON can carry: its sockets for `ss`, its counters for `nstat`. Reading changes nothing.
 * Queues mean what they mean to `ss`: of a listener the connections waiting to be accepted and how many may wait, of a
 * connection the octets not read and the sequence numbers not acknowledged (SYN and FIN count as one each).
 */
import { TICK_US, TICKS_PER_MS } from '../base/clock.ts';
import type { TimeWait } from '../tcp/closing/time-wait-record.ts';
import { HalfOpen, type Listener } from '../tcp/opening/listener.ts';
import { TcpState, tcpStateName } from '../tcp/state.ts';
import { Tcb } from '../tcp/tcb/tcb.ts';
import { fillTcpInfo, TcpInfo } from '../tcp/tcp-info.ts';
import { isTimerArmed, TcpTimer, timerTick } from '../tcp/timers.ts';
import type { DatagramEndpoint } from '../udp/datagram-endpoint.ts';
import type { Stack } from './stack.ts';
import { wildcardText } from './tcp-ports.ts';

/** Names of timers as `ss -o` prints them: retransmission (with tail loss probe and reordering), keep-alive, TIME-WAIT or an orphan's end, zero-window probe. */
export type TimerName = 'on' | 'keepalive' | 'timewait' | 'persist';

/** The timer that runs out next among those that matter to a person. */
export interface TimerDescription {
  readonly name: TimerName;
  /** Milliseconds left, 0 at least. */
  readonly expiresMs: number;
  /** How often it ran out in a row. */
  readonly retries: number;
}

/** Details of a connection (`ss -i`): all of tcp_info, and what Linux tells beside it. */
export interface TcpDescription extends Readonly<TcpInfo> {
  readonly congestionControl: string;
}

/** One socket, or the record of a connection that nobody holds any more. */
export interface SocketDescription {
  readonly protocol: 'tcp' | 'udp';
  /** 0: a listener on both families. */
  readonly family: 0 | 4 | 6;
  /** As RFC 9293 names it; for UDP `ESTABLISHED` with a peer and `CLOSED` without. */
  readonly state: string;
  readonly receiveQueue: number;
  readonly sendQueue: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** Empty: any peer. */
  readonly remoteAddress: string;
  /** 0: any. */
  readonly remotePort: number;
  readonly timer: TimerDescription | null;
  /** Connections only. */
  readonly tcp: TcpDescription | null;
  /** Listeners only: half-open connections, how many may be, and what was turned away since. */
  readonly listen: { readonly halfOpen: number; readonly synBacklog: number; readonly overflows: number } | null;
}

/** What `describeSockets` gives. */
export interface SocketsDescription {
  readonly stack: string;
  readonly sockets: readonly SocketDescription[];
}

/** Counters by group and name, as /proc/net/snmp and /proc/net/netstat have them, and drops by reason. */
export interface CountersDescription {
  readonly stack: string;
  readonly groups: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly drops: Readonly<Record<string, number>>;
}

/**
 * Every listener, connection, TIME-WAIT record and datagram socket, listeners first.
 * @param nowUs the driver's time, for what is left of timers; default: when the stack was last driven
 */
export function describeSockets(stack: Stack, nowUs = stack.clock.nowUs): SocketsDescription {
  const nowTick = Math.floor(nowUs / TICK_US) | 0;
  const sockets: SocketDescription[] = [];
  for (const listener of stack.tcp.listeners) sockets.push(describeListener(listener));
  for (const entry of stack.tcp.connections) {
    sockets.push(entry instanceof Tcb ? describeConnection(stack, entry, nowUs) : describeRecord(entry, nowTick));
  }
  for (const endpoint of stack.transports.udp) sockets.push(describeDatagram(endpoint));
  return { stack: stack.name, sockets };
}

/** All counters of a stack. */
export function describeCounters(stack: Stack): CountersDescription {
  const { counters } = stack;
  return {
    stack: stack.name,
    groups: {
      Ip: { ...counters.ip },
      Icmp: { ...counters.icmp },
      Tcp: { ...counters.tcp },
      Udp: { ...counters.udp },
      Ip6: { ...counters.ip6 },
      Icmp6: { ...counters.icmp6 },
      Udp6: { ...counters.udp6 },
      TcpExt: { ...counters.tcpExt },
      Neighbor: { ...counters.neighbor },
    },
    drops: Object.fromEntries(counters.drops),
  };
}

function describeListener(listener: Listener): SocketDescription {
  return {
    protocol: 'tcp',
    family: listener.family,
    state: 'LISTEN',
    receiveQueue: listener.acceptQueue.length,
    sendQueue: listener.backlog,
    localAddress: listener.address?.toString() ?? wildcardText(listener.family),
    localPort: listener.port,
    remoteAddress: '',
    remotePort: 0,
    timer: null,
    tcp: null,
    listen: { halfOpen: listener.halfOpen, synBacklog: listener.synQueue.limit, overflows: listener.overflows },
  };
}

function describeConnection(stack: Stack, tcb: Tcb, nowUs: number): SocketDescription {
  const { key } = tcb;
  // A FIN that is queued behind the data and not sent yet has a sequence number waiting for it.
  const finWaiting = tcb.finQueued && !tcb.finSent ? 1 : 0;
  return {
    protocol: 'tcp',
    family: key.remoteAddress.family,
    state: tcpStateName(tcb.state),
    receiveQueue: tcb.receiveBuffer?.length ?? 0,
    sendQueue: tcb.flightSize + tcb.unsentLength + finWaiting,
    localAddress: key.localAddress.toString(),
    localPort: key.localPort,
    remoteAddress: key.remoteAddress.toString(),
    remotePort: key.remotePort,
    timer: describeTimer(tcb, Math.floor(nowUs / TICK_US) | 0),
    tcp: { ...fillTcpInfo(stack.tcp, tcb, new TcpInfo(), nowUs), congestionControl: tcb.congestion.name },
    listen: null,
  };
}

/** The order is `ss`'s: what waits for an answer hides what merely guards the connection. */
function describeTimer(tcb: Tcb, nowTick: number): TimerDescription | null {
  const left = (timer: number): number => ticksLeftMs(timerTick(tcb, timer), nowTick);
  // Linux has one timer for all three: whichever is due first.
  const answers = [TcpTimer.retransmission, TcpTimer.reordering, TcpTimer.lossProbe].filter((timer) =>
    isTimerArmed(tcb, timer),
  );
  if (answers.length > 0) return { name: 'on', expiresMs: Math.min(...answers.map(left)), retries: tcb.timeouts };
  if (isTimerArmed(tcb, TcpTimer.persist)) {
    return { name: 'persist', expiresMs: left(TcpTimer.persist), retries: tcb.probes };
  }
  if (isTimerArmed(tcb, TcpTimer.lifetime)) {
    return { name: 'timewait', expiresMs: left(TcpTimer.lifetime), retries: 0 };
  }
  if (isTimerArmed(tcb, TcpTimer.keepAlive)) {
    return { name: 'keepalive', expiresMs: left(TcpTimer.keepAlive), retries: tcb.keepAliveProbes };
  }
  return null;
}

/** A connection that has no Tcb yet, or no more. */
function describeRecord(record: HalfOpen | TimeWait, nowTick: number): SocketDescription {
  const { key } = record;
  const isHalfOpen = record instanceof HalfOpen;
  return {
    protocol: 'tcp',
    family: key.remoteAddress.family,
    state: tcpStateName(isHalfOpen ? TcpState.synReceived : TcpState.timeWait),
    receiveQueue: 0,
    sendQueue: 0,
    localAddress: key.localAddress.toString(),
    localPort: key.localPort,
    remoteAddress: key.remoteAddress.toString(),
    remotePort: key.remotePort,
    timer: {
      name: isHalfOpen ? 'on' : 'timewait',
      expiresMs: ticksLeftMs(record.dueTick, nowTick),
      retries: isHalfOpen ? record.timeouts : 0,
    },
    tcp: null,
    listen: null,
  };
}

function describeDatagram(endpoint: DatagramEndpoint): SocketDescription {
  return {
    protocol: 'udp',
    family: endpoint.family === 6 && !endpoint.v6Only ? 0 : endpoint.family,
    state: endpoint.remoteAddress === null ? 'CLOSED' : 'ESTABLISHED',
    receiveQueue: endpoint.queuedLength,
    sendQueue: 0,
    localAddress: endpoint.localAddress?.toString() ?? wildcardText(endpoint.family),
    localPort: endpoint.localPort,
    remoteAddress: endpoint.remoteAddress?.toString() ?? '',
    remotePort: endpoint.remotePort,
    timer: null,
    tcp: null,
    listen: null,
  };
}

function ticksLeftMs(tick: number, nowTick: number): number {
  return Math.max(0, ((tick - nowTick) | 0) / TICKS_PER_MS);
}
