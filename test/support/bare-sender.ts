/** A sender without a stack around it: a connection record with segments on their way, for tests of the leaves of recovery. */
import { Clock } from '../../src/base/clock.ts';
import { TimerWheel } from '../../src/base/timer-wheel.ts';
import {
  AckSample,
  type Tcb,
  TcpCounters,
  type TcpEnvironment,
  TcpExtCounters,
  type TcpSettings,
} from '../../src/tcp/index.ts';
import { TcpMemory } from '../../src/tcp/memory-level.ts';
import { BufferPool } from '../../src/tcp/tcb/byte-ring.ts';
import { RecoveryState } from '../../src/tcp/tcb/recovery-state.ts';
import { Scoreboard } from '../../src/tcp/tcb/scoreboard.ts';
import { bareTcb, LINUX, RFC } from './bare-tcb.ts';
import type { Profile } from './segment-peer.ts';

export const SENDER_MSS = 1_000;

export interface BareSender {
  readonly env: TcpEnvironment;
  readonly clock: Clock;
  readonly tcb: Tcb;
  readonly board: Scoreboard;
  readonly recovery: RecoveryState;
  readonly ack: AckSample;
}

export interface BareSenderOptions {
  readonly profile?: Profile;
  readonly settings?: Partial<TcpSettings>;
  /** Segments of SENDER_MSS octets on their way, from sequence number 0. */
  readonly flying?: number;
  /** The clock's time at the beginning. */
  readonly atUs?: number;
}

export function bareSender(options: BareSenderOptions = {}): BareSender {
  const { profile = 'linux', flying = 0, atUs = 0 } = options;
  const settings: TcpSettings = { ...(profile === 'rfc' ? RFC : LINUX), ...options.settings };
  const clock = new Clock(0);
  clock.set(atUs);
  const ack = new AckSample();
  const env = {
    clock,
    wheel: new TimerWheel(clock.tick),
    settings,
    counters: new TcpCounters(),
    extCounters: new TcpExtCounters(),
    ackSample: ack,
    memory: new TcpMemory(),
    pool: new BufferPool(),
    observer: null,
    scheduleOutput: () => undefined,
  } as unknown as TcpEnvironment;
  const tcb = bareTcb(settings);
  tcb.sendMss = SENDER_MSS;
  tcb.cwnd = 10 * SENDER_MSS;
  const board = new Scoreboard();
  for (let segment = 0; segment < flying; segment++) {
    board.append(segment * SENDER_MSS, (segment + 1) * SENDER_MSS, SENDER_MSS);
  }
  tcb.sndNxt = flying * SENDER_MSS;
  tcb.scoreboard = board;
  const recovery = new RecoveryState(0, settings.reordering);
  tcb.recovery = recovery;
  return { env, clock, tcb, board, recovery, ack };
}
