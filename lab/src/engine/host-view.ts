/**
 * What can be seen of a host at one moment, as plain numbers: its connections with the variables of RFC 9293, the queues of
 * its listeners. Reading changes nothing. Sequence numbers are unsigned here, as in the header.
 */
import type { Host } from '../../../src/sim/host.ts';
import { Stack } from '../../../src/stack/stack.ts';
import type { TcpLayer } from '../../../src/stack/tcp-layer.ts';
import type { TimeWait } from '../../../src/tcp/closing/time-wait-record.ts';
import type { ConnectionKey } from '../../../src/tcp/connection-key.ts';
import { HalfOpen, type Listener } from '../../../src/tcp/opening/listener.ts';
import { tcpStateName } from '../../../src/tcp/state.ts';
import { Tcb } from '../../../src/tcp/tcb/tcb.ts';
import { CA_STATE_NAMES } from '../../../src/tcp/tcp-info.ts';
import { isTimerArmed, TCP_TIMER_NAMES, timerTick } from '../../../src/tcp/timers.ts';

/** An armed timer. */
export interface TimerView {
  readonly name: string;
  readonly dueUs: number;
}

/** One connection. In TIME-WAIT only what its record still knows is there, the rest is 0. */
export interface ConnectionView {
  readonly id: number;
  readonly local: string;
  readonly remote: string;
  readonly state: string;
  /** Not handed to a program yet. */
  readonly isWaiting: boolean;
  /** No program holds it any more. */
  readonly isOrphan: boolean;
  readonly iss: number;
  readonly sndUna: number;
  readonly sndNxt: number;
  readonly sndWnd: number;
  readonly irs: number;
  readonly rcvNxt: number;
  readonly rcvWnd: number;
  readonly cwnd: number;
  readonly ssthresh: number;
  readonly mss: number;
  readonly srttUs: number;
  readonly rttvarUs: number;
  readonly rtoUs: number;
  readonly retransmitted: number;
  readonly timeouts: number;
  readonly phase: string;
  readonly congestion: string;
  /** Octets in the send buffer, and of these never sent; octets to be read; room of both. */
  readonly sendBuffered: number;
  readonly unsent: number;
  readonly sendLimit: number;
  readonly readable: number;
  readonly receiveLimit: number;
  /** Octets that came early, as left and right edges. */
  readonly early: readonly number[];
  readonly timers: readonly TimerView[];
}

/** A listener with its two queues: peers as `address:port`. */
export interface ListenerView {
  readonly port: number;
  readonly backlog: number;
  readonly synBacklog: number;
  readonly halfOpen: readonly string[];
  readonly ready: readonly string[];
  readonly overflows: number;
}

export interface HostView {
  readonly name: string;
  readonly condition: string;
  /** Played by hand: it has no stack to look into. */
  readonly isHandMade: boolean;
  readonly addresses: readonly string[];
  readonly connections: readonly ConnectionView[];
  readonly listeners: readonly ListenerView[];
  /** Connections beyond those shown. */
  readonly more: number;
}

const CONNECTIONS_MAX = 12;
const QUEUE_MAX = 64;

export function viewHost(host: Host, nowUs: number): HostView {
  const { name, condition, addresses } = host;
  const stack = host.drivenStack;
  const empty = { name, condition, addresses, connections: [], listeners: [], more: 0 };
  if (!(stack instanceof Stack)) return { ...empty, isHandMade: true };
  if (condition === 'crashed') return { ...empty, isHandMade: false };
  const { tcp } = stack;
  const entries = [...tcp.connections].sort((a, b) => a.id - b.id);
  return {
    ...empty,
    isHandMade: false,
    connections: entries.slice(0, CONNECTIONS_MAX).map((entry) => viewEntry(tcp, entry, nowUs)),
    listeners: [...tcp.listeners].map((listener) => viewListener(listener)),
    more: Math.max(0, entries.length - CONNECTIONS_MAX),
  };
}

function viewEntry(tcp: TcpLayer, entry: Tcb | HalfOpen | TimeWait, nowUs: number): ConnectionView {
  if (entry instanceof Tcb) return viewConnection(tcp, entry, nowUs);
  return entry instanceof HalfOpen ? viewHalfOpen(tcp, entry, nowUs) : viewTimeWait(tcp, entry, nowUs);
}

/**
 * Everything a view of the host depends on, as numbers: while they are the same the view is. Much cheaper than the view,
 * and asked after every event.
 */
export function fingerprint(host: Host, into: number[]): void {
  into.length = 0;
  const stack = host.drivenStack;
  into.push(host.condition === 'up' ? 1 : 0, host.portCount);
  if (!(stack instanceof Stack)) return;
  const { tcp } = stack;
  let count = 0;
  for (const entry of tcp.connections) {
    into.push(entry.id);
    if (++count > CONNECTIONS_MAX) continue;
    if (entry instanceof Tcb) printConnection(entry, into);
    else into.push(entry.dueTick);
  }
  for (const listener of tcp.listeners) {
    into.push(listener.port, listener.backlog, listener.halfOpen, listener.acceptQueue.length, listener.overflows);
  }
}

function printConnection(tcb: Tcb, into: number[]): void {
  const { sendBuffer, receiveBuffer, reassembly } = tcb;
  into.push(tcb.state, tcb.user === null ? 0 : 1, tcb.isOrphan ? 1 : 0);
  into.push(tcb.sndUna, tcb.sndNxt, tcb.sndWnd, tcb.rcvNxt, tcb.rcvAdv, tcb.cwnd, tcb.ssthresh, tcb.sendMss);
  into.push(tcb.srttUs, tcb.rttvarUs, tcb.rtoUs, tcb.retransmitted, tcb.timeouts, tcb.caState);
  into.push(sendBuffer?.length ?? 0, tcb.unsentLength, tcb.sendLimit, receiveBuffer?.length ?? 0, tcb.receiveLimit);
  into.push(reassembly?.rangeCount ?? 0, reassembly?.isEmpty === false ? reassembly.highest : 0, tcb.armed);
  for (let timer = 1; timer <= tcb.armed; timer <<= 1) {
    if ((tcb.armed & timer) !== 0) into.push(timerTick(tcb, timer));
  }
}

function viewListener(listener: Listener): ListenerView {
  const halfOpen = [...listener.synQueue];
  return {
    port: listener.port,
    backlog: listener.backlog,
    synBacklog: listener.synQueue.limit,
    halfOpen: halfOpen.slice(0, QUEUE_MAX).map(({ key }) => remoteOf(key)),
    ready: listener.acceptQueue.slice(0, QUEUE_MAX).map(({ key }) => remoteOf(key)),
    overflows: listener.overflows,
  };
}

function viewConnection(tcp: TcpLayer, tcb: Tcb, nowUs: number): ConnectionView {
  return {
    id: tcb.id,
    local: localOf(tcb.key),
    remote: remoteOf(tcb.key),
    state: tcpStateName(tcb.state),
    isWaiting: tcb.user === null,
    isOrphan: tcb.isOrphan,
    iss: tcb.iss >>> 0,
    sndUna: tcb.sndUna >>> 0,
    sndNxt: tcb.sndNxt >>> 0,
    sndWnd: tcb.sndWnd,
    irs: tcb.irs >>> 0,
    rcvNxt: tcb.rcvNxt >>> 0,
    rcvWnd: Math.max(0, tcb.rcvWnd),
    cwnd: tcb.cwnd,
    ssthresh: tcb.ssthresh,
    mss: tcb.sendMss,
    srttUs: Math.round(tcb.srttUs),
    rttvarUs: Math.round(tcb.rttvarUs),
    rtoUs: Math.round(tcb.rtoUs),
    retransmitted: tcb.retransmitted,
    timeouts: tcb.timeouts,
    phase: CA_STATE_NAMES[tcb.caState] ?? '',
    congestion: tcb.congestion.name,
    sendBuffered: tcb.sendBuffer?.length ?? 0,
    unsent: tcb.unsentLength,
    sendLimit: tcb.sendLimit,
    readable: tcb.receiveBuffer?.length ?? 0,
    receiveLimit: tcb.receiveLimit,
    early: earlyOf(tcb),
    timers: timersOf(tcp, tcb, nowUs),
  };
}

function viewHalfOpen(tcp: TcpLayer, entry: HalfOpen, nowUs: number): ConnectionView {
  const { iss, irs, rcvNxt, rcvWnd, timeouts, sndWnd } = entry;
  return {
    ...NOTHING_KNOWN,
    id: entry.id,
    local: localOf(entry.key),
    remote: remoteOf(entry.key),
    state: 'SYN-RECEIVED',
    isWaiting: true,
    iss: iss >>> 0,
    sndUna: iss >>> 0,
    sndNxt: (iss + 1) >>> 0,
    sndWnd,
    irs: irs >>> 0,
    rcvNxt: rcvNxt >>> 0,
    rcvWnd,
    timeouts,
    retransmitted: timeouts,
    timers: entry.isArmed ? [{ name: 'retransmission', dueUs: dueUs(tcp, entry.dueTick, nowUs) }] : [],
  };
}

function viewTimeWait(tcp: TcpLayer, record: TimeWait, nowUs: number): ConnectionView {
  return {
    ...NOTHING_KNOWN,
    id: record.id,
    local: localOf(record.key),
    remote: remoteOf(record.key),
    state: 'TIME-WAIT',
    isOrphan: true,
    sndUna: record.sndNxt >>> 0,
    sndNxt: record.sndNxt >>> 0,
    rcvNxt: record.rcvNxt >>> 0,
    rcvWnd: record.window,
    timers: [{ name: 'time-wait', dueUs: dueUs(tcp, record.dueTick, nowUs) }],
  };
}

const NOTHING_KNOWN = {
  isWaiting: false,
  isOrphan: false,
  iss: 0,
  sndWnd: 0,
  irs: 0,
  cwnd: 0,
  ssthresh: 0,
  mss: 0,
  srttUs: 0,
  rttvarUs: 0,
  rtoUs: 0,
  retransmitted: 0,
  timeouts: 0,
  phase: '',
  congestion: '',
  sendBuffered: 0,
  unsent: 0,
  sendLimit: 0,
  readable: 0,
  receiveLimit: 0,
  early: [],
} as const;

function earlyOf({ reassembly }: Tcb): readonly number[] {
  if (reassembly === null || reassembly.isEmpty) return [];
  const blocks = new Int32Array(16);
  const count = reassembly.writeSackBlocks(blocks, 8);
  return Array.from(blocks.subarray(0, count * 2), (seq) => seq >>> 0);
}

function timersOf(tcp: TcpLayer, tcb: Tcb, nowUs: number): TimerView[] {
  const timers: TimerView[] = [];
  for (const [timer, name] of TCP_TIMER_NAMES) {
    if (isTimerArmed(tcb, timer)) timers.push({ name, dueUs: dueUs(tcp, timerTick(tcb, timer), nowUs) });
  }
  return timers;
}

/** The stack may not have been told the hour since the last event: ticks are compared with its own. */
function dueUs({ clock }: TcpLayer, tick: number, nowUs: number): number {
  return Math.max(clock.tickToUs(tick), nowUs);
}

function localOf(key: ConnectionKey): string {
  return `${key.localAddress.toString()}:${key.localPort}`;
}

function remoteOf(key: ConnectionKey): string {
  return `${key.remoteAddress.toString()}:${key.remotePort}`;
}
