/**
 * What all connections hold together, bounded (Linux's `tcp_mem`). What a single one may hold its own limits say; who makes many
 * connections is stopped here. Three levels: nobody is refused anything until `mem_pressure`; then windows and send buffers stop
 * growing, octets that came early are dropped, which their senders have to expect (RFC 2018 section 8), and no connection gets more
 * than its share; at `mem_high` nothing grows. A connection that holds nothing gets one segment's room at every level, so that
 * everybody gets on, though slowly.
 */

import { abortConnection } from './closing/connection-end.ts';
import type { TcpEnvironment } from './environment.ts';
import { NO_CEILING, SIGNED_WINDOW_MAX } from './input/window.ts';
import { MemoryLevel } from './memory-level.ts';
import { SMALLEST_RING } from './tcb/byte-ring.ts';
import type { Reassembly } from './tcb/reassembly.ts';
import type { ReceiveBuffer } from './tcb/receive-buffer.ts';
import type { SendBuffer } from './tcb/send-buffer.ts';
import { Tcb } from './tcb/tcb.ts';

/** Octets for the two edges of a range and its place among the latest. */
const RANGE_OCTETS = 16;
/** Segments a connection under pressure may announce when its buffer is half full, as on Linux. */
const PRESSED_SEGMENTS = 4;

/** Whether the pressure lasts; it ends where `mem_low` is reached. */
export function isPressed(env: TcpEnvironment): boolean {
  return env.memory.level !== MemoryLevel.easy && isStillPressed(env);
}

function isStillPressed(env: TcpEnvironment): boolean {
  const { memory, pool, settings } = env;
  if (pool.heldBytes <= settings.mem_low) {
    memory.level = MemoryLevel.easy;
    env.extCounters.TCPMemoryPressuresChrono += Math.ceil((env.clock.nowUs - memory.pressedSinceUs) / 1000);
    return false;
  }
  if (pool.heldBytes <= settings.mem_pressure) memory.level = MemoryLevel.pressed;
  return true;
}

/** Whether send buffers may grow beyond what they were made for: Linux says no from `mem_low` on. */
export function hasPlenty(env: TcpEnvironment): boolean {
  return env.pool.heldBytes <= env.settings.mem_low;
}

/** Nobody is refused anything, and `octets` more change nothing about that. */
function isEasy({ memory, pool, settings }: TcpEnvironment, octets: number): boolean {
  return memory.level === MemoryLevel.easy && pool.heldBytes + octets <= settings.mem_pressure;
}

/** Whether the connection may hold `octets` more. Makes room among the others when it has to. */
function mayHold(env: TcpEnvironment, tcb: Tcb, octets: number): boolean {
  const { pool, settings } = env;
  const wasPressed = isPressed(env);
  if (!wasPressed && pool.heldBytes + octets <= settings.mem_pressure) return true;
  press(env);
  if (pool.heldBytes + octets > settings.mem_high) {
    fill(env);
    if (pool.heldBytes + octets > settings.mem_high) return false;
  }
  const holders = Math.max(1, env.counters.CurrEstab + env.orphanCount);
  return (heldBy(tcb) + octets) * holders <= settings.mem_high;
}

function heldBy({ sendBuffer, receiveBuffer, reassembly, scoreboard }: Tcb): number {
  const buffers = (sendBuffer?.capacity ?? 0) + (receiveBuffer?.capacity ?? 0);
  return buffers + (reassembly?.charged ?? 0) + (scoreboard?.charged ?? 0);
}

/** `mem_pressure` is reached: what came early is dropped everywhere. */
function press(env: TcpEnvironment): void {
  const { memory } = env;
  if (memory.level !== MemoryLevel.easy) return;
  memory.level = MemoryLevel.pressed;
  memory.pressedSinceUs = env.clock.nowUs;
  env.extCounters.TCPMemoryPressures++;
  sweep(env, false);
}

/** `mem_high` is reached: the same once more, and orphans with something to send go, whom nobody misses. */
function fill(env: TcpEnvironment): void {
  const { memory, settings, pool } = env;
  const isFirst = memory.level !== MemoryLevel.full;
  // Every search is paid for by what was acquired since the last one.
  const step = (settings.mem_high - settings.mem_pressure) >> 2;
  if (!isFirst && pool.heldBytes - memory.heldAfterSweep < step) return;
  memory.level = MemoryLevel.full;
  sweep(env, true);
}

function sweep(env: TcpEnvironment, isFull: boolean): void {
  const orphans: Tcb[] = [];
  for (const connection of env.connections) {
    if (!(connection instanceof Tcb)) continue;
    if (connection.isOrphan && isFull && heldBy(connection) > 0) orphans.push(connection);
    else prune(env, connection);
  }
  for (const orphan of orphans) {
    env.extCounters.TCPAbortOnMemory++;
    abortConnection(env, orphan, null, 'out-of-memory');
  }
  env.memory.heldAfterSweep = env.pool.heldBytes;
}

/** Drops what came early, and the memory that what is in order does not need. */
function prune(env: TcpEnvironment, tcb: Tcb): void {
  const { receiveBuffer, reassembly } = tcb;
  const isEarly = reassembly !== null && !reassembly.isEmpty;
  if (isEarly) {
    env.extCounters.OfoPruned++;
    reassembly.clear();
    env.pool.recount(reassembly, 0);
  }
  if (receiveBuffer === null) return;
  const before = receiveBuffer.capacity;
  receiveBuffer.trim(env.pool);
  if (!isEarly && receiveBuffer.capacity < before) env.extCounters.TCPRcvCollapsed++;
}

/** Room for one segment: what a connection gets in any case. */
function leastRoom(tcb: Tcb): number {
  return Math.max(SMALLEST_RING, tcb.advertisedMss);
}

/**
 * How many of `length` octets that start `ahead` octets behind RCV.NXT its receive buffer may take. 0: none; fewer than
 * `length` only in order.
 */
export function admitText(env: TcpEnvironment, tcb: Tcb, buffer: ReceiveBuffer, ahead: number, length: number): number {
  if (mayStore(env, tcb, buffer, ahead, length)) return length;
  // Early octets can be sent again; nor do they deserve that others go for them.
  if (ahead > 0) return 0;
  env.extCounters.PruneCalled++;
  prune(env, tcb);
  if (mayStore(env, tcb, buffer, 0, length)) return length;
  const room = Math.max(buffer.capacity, leastRoom(tcb)) - buffer.length;
  if (room <= 0) env.extCounters.RcvPruned++;
  return Math.max(0, Math.min(length, room));
}

function mayStore(env: TcpEnvironment, tcb: Tcb, buffer: ReceiveBuffer, ahead: number, length: number): boolean {
  const growth = buffer.growthFor(ahead, length);
  if (growth === 0 || isEasy(env, growth)) return true;
  if (!mayHold(env, tcb, growth)) return false;
  // Making room may have taken early octets from this buffer too: then it has further to grow.
  const now = buffer.growthFor(ahead, length);
  return now === growth || mayHold(env, tcb, now);
}

/** How many of `length` octets that the send buffer has room for may be written now. */
export function admitWrite(env: TcpEnvironment, tcb: Tcb, buffer: SendBuffer, length: number): number {
  const growth = buffer.growthFor(length);
  if (growth === 0 || isEasy(env, growth) || mayHold(env, tcb, growth)) return length;
  const room = Math.max(buffer.capacity, SMALLEST_RING);
  // The writer is told to go on when a third of that is free.
  if (!tcb.isSendLimitFixed) tcb.sendLimit = Math.min(tcb.sendLimit, room);
  return Math.max(0, Math.min(length, room - buffer.length));
}

/** The widest window worth announcing now: under pressure no wider than what would be taken. */
export function windowCeiling(env: TcpEnvironment, tcb: Tcb): number {
  const most = env.settings.workaround_signed_windows && tcb.rcvScale === 0 ? SIGNED_WINDOW_MAX : NO_CEILING;
  return isPressed(env) ? Math.min(most, pressedCeiling(env, tcb)) : most;
}

function pressedCeiling(env: TcpEnvironment, tcb: Tcb): number {
  const used = tcb.receiveBuffer?.length ?? 0;
  if (env.memory.level === MemoryLevel.full) return Math.max(tcb.receiveBuffer?.capacity ?? 0, leastRoom(tcb)) - used;
  return used > tcb.receiveLimit >> 1 ? PRESSED_SEGMENTS * tcb.advertisedMss : NO_CEILING;
}

/** The ranges out of order have become more or fewer. */
export function countRanges(env: TcpEnvironment, reassembly: Reassembly): void {
  env.pool.recount(reassembly, reassembly.rangeCount * RANGE_OCTETS);
}

/** CLOSE with octets to send, but there is no memory for connections nobody holds. */
export function isTooFullForOrphans(env: TcpEnvironment, tcb: Tcb): boolean {
  return isPressed(env) && env.memory.level === MemoryLevel.full && heldBy(tcb) > 0;
}
