/**
 * How a half-open connection is made of a SYN (RFC 9293 section 3.5): what the SYN asks for and what will be answered. It becomes a Tcb with the last segment of the handshake (`promotion.ts`); until then it is
 * looked after by `arrive-half-open.ts`.
 */
import { TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import { authOfPassiveOpen } from '../auth/admission.ts';
import { answerSyn } from '../ecn/negotiation.ts';
import type { TcpEnvironment } from '../environment.ts';
import { boundFirst, firstOctets, firstWindow, offerable, windowClamp, windowScaleOffered } from '../input/window.ts';
import { mssToAnnounce } from '../output/mss.ts';
import { Agreed } from '../tcb/tcb.ts';
import { startSequence } from './isn.ts';
import { HalfOpen, type Listener } from './listener.ts';
import { readSynOptions } from './syn-options.ts';

/**
 * A record of what this SYN for `listener` asks for and what will be answered; nobody knows of it yet. Null: there is no way back.
 * @param initialSeq our ISN when it is settled already, null otherwise
 * @param isOnce one answer goes out, and nothing is remembered
 */
export function readSyn(
  env: TcpEnvironment,
  listener: Listener,
  segment: TcpSegment,
  initialSeq: number | null,
  isOnce = false,
): HalfOpen | null {
  const back = env.routeBack(segment, isOnce);
  if (back === null) return null;
  const entry = new HalfOpen(env.takeId(), listener, back, segment.seq, segment.window);
  entry.auth = authOfPassiveOpen(env, listener, entry.key, segment);
  startSequence(env, entry, initialSeq);
  readSynOptions(env, entry, entry.auth, true, segment);
  settleWindow(env, entry);
  if (segment.optionsPresent & TcpOptionBit.userTimeout) entry.remoteTimeoutSeconds = segment.userTimeoutSeconds;
  entry.ecn = answerSyn(env, listener.isDctcp(env.settings), segment);
  return entry;
}

/** The window that the SYN-ACK offers and the scale of those behind it, when it is known whether there will be one. */
export function settleWindow({ settings }: TcpEnvironment, entry: HalfOpen): void {
  const { receiveBufferSize, rare } = entry.listener.defaults;
  const limit = receiveBufferSize ?? settings.rmem_default;
  const isFixed = receiveBufferSize !== null;
  const clamp = windowClamp(rare ?? null, entry.path);
  entry.offeredScale = windowScaleOffered(settings, limit, isFixed, clamp);
  const mss = mssToAnnounce(settings, entry.path, entry.key.remoteAddress.family, rare ?? null);
  const offered = firstWindow(
    settings,
    Math.min(limit, clamp || limit, firstOctets(entry.path, mss)),
    mss,
    entry.has(Agreed.timestamps),
  );
  entry.rcvWnd = boundFirst(settings, offerable(Math.max(offered, 2 << entry.rcvScale), entry.rcvScale, clamp));
}
