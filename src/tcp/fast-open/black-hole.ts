/**
 * Protection against paths that swallow Fast Open (RFC 7413 section 7): after signs of one, active Fast Open pauses for the
 * whole host, twice as long each time up to 64 times the setting fastopen_blackhole_timeout_sec, until it is seen to work.
 */
import type { TcpSurroundings } from '../surroundings.ts';

const DOUBLINGS_MAX = 6;

export class BlackHole {
  /** Signs seen since Fast Open last worked. */
  private times = 0;
  private lastUs = 0;

  /** A path seems to swallow what Fast Open sends. */
  seen(env: TcpSurroundings): void {
    if (env.settings.fastopen_blackhole_timeout_sec === 0) return;
    this.times++;
    this.lastUs = env.clock.nowUs;
    env.extCounters.TCPFastOpenBlackhole++;
  }

  /** Signs were seen, however long ago: an attempt that works would say that it is over. */
  get isSuspected(): boolean {
    return this.times > 0;
  }

  /** Fast Open is not to be tried now. */
  isPausing(env: TcpSurroundings): boolean {
    const seconds = env.settings.fastopen_blackhole_timeout_sec;
    if (seconds === 0 || this.times === 0) return false;
    const pauseUs = seconds * 1e6 * 2 ** Math.min(this.times - 1, DOUBLINGS_MAX);
    return env.clock.nowUs < this.lastUs + pauseUs;
  }

  passed(): void {
    this.times = 0;
  }
}
