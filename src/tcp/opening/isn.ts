/**
 * Initial sequence numbers (RFC 9293 section 3.4.1) and timestamp offsets (RFC 7323 section 5.4): a clock plus a keyed
 * hash of the four-tuple. One hash gives both.
 */
import type { TcpEnvironment } from '../environment.ts';
import { hashTuple, type Numbered } from './tuple-hash.ts';

// RFC 9293 §3.4.1 MUST-8: the ISN has a component that a clock of about 4 microseconds drives.
// RFC 9293 §3.4.1 MUST-9, SHLD-1: the rest is a keyed hash that nobody outside can compute.
/** The ISN for a tuple whose hash is `tupleHash`, at `nowUs` of the driver's time. */
export function initialSequenceNumber(tupleHash: number, nowUs: number): number {
  return (Math.floor(nowUs / 4) + tupleHash) | 0;
}

/** ISS and the timestamp offset, from one keyed hash of the four-tuple (RFC 9293 section 3.4.1, RFC 7323 section 5.4). */
export function startSequence(env: TcpEnvironment, numbered: Numbered, initialSeq: number | null): void {
  const { key } = numbered;
  hashTuple(env.hash, key.localAddress, key.localPort, key.remoteAddress, key.remotePort);
  numbered.iss = initialSeq ?? initialSequenceNumber(env.hash.low, env.clock.nowUs);
  numbered.tsOffset = env.secrets.timestampOffset(key, env.hash.high);
}

/** The timestamp offset alone, of a connection whose ISS is known. */
export function startTimestamps(env: TcpEnvironment, numbered: Numbered): void {
  startSequence(env, numbered, numbered.iss);
}
