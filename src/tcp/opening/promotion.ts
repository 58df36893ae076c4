/**
 * A half-open connection becomes a Tcb: with the segment that completes the handshake, which the Tcb then takes as any other,
 * or at once when Fast Open hands it to the user early.
 */
import { makeCongestionControl } from '../congestion/index.ts';
import { type TcpEnvironment, TcpEvent } from '../environment.ts';
import { firstWindow, fixReceiveLimit, openAccount } from '../input/window.ts';
import { mssToAnnounce } from '../output/mss.ts';
import { sendHistoryOf } from '../output/occupation.ts';
import { fixSendLimit } from '../output/send-tuning.ts';
import { rareOptions } from '../rare-options.ts';
import { TcpState } from '../state.ts';
import { ReceiveBuffer } from '../tcb/receive-buffer.ts';
import { Agreed, Tcb } from '../tcb/tcb.ts';
import { heedSynTimeout, startUserTimeout } from '../user-timeout.ts';
import type { HalfOpen, ListenerDefaults } from './listener.ts';
import { applySynTerms } from './syn-options.ts';

/** The Tcb of a half-open connection, in SYN-RECEIVED with nothing sent; the demultiplexer is not told yet. */
export function tcbOf(env: TcpEnvironment, entry: HalfOpen): Tcb {
  const { listener } = entry;
  const { settings } = env;
  const congestion = makeCongestionControl(listener.defaults.congestionControl ?? settings.congestion_control);
  const tcb = new Tcb(entry.id, entry.key, entry.path, listener, settings, congestion);
  // Observers know that this state has been reached.
  tcb.state = TcpState.synReceived;
  applyDefaults(env, tcb, listener.defaults);
  if (entry.savedSyn !== null) rareOptions(tcb).savedSyn = entry.savedSyn;
  if (entry.ipOptions !== null) tcb.ipOptions = entry.ipOptions;
  tcb.auth = entry.auth;
  startUserTimeout(env, tcb);
  if (entry.remoteTimeoutSeconds > 0) heedSynTimeout(env, tcb, entry.remoteTimeoutSeconds);
  tcb.iss = entry.iss;
  tcb.tsOffset = entry.tsOffset;
  tcb.startSending();
  tcb.segmentsIn = 1;
  tcb.irs = entry.irs;
  tcb.rcvNxt = (entry.irs + 1) | 0;
  tcb.rcvAdv = tcb.rcvNxt;
  tcb.lastAckSent = tcb.rcvNxt;
  tcb.sndWnd = entry.sndWnd;
  tcb.maxSndWnd = entry.sndWnd;
  tcb.sndWl1 = entry.irs;
  tcb.offeredScale = entry.offeredScale;
  tcb.agreed = entry.agreed;
  tcb.peerMss = entry.peerMss;
  tcb.sndScale = entry.sndScale;
  tcb.tsRecent = entry.tsRecent;
  tcb.tsRecentS = entry.tsRecentS;
  tcb.advertisedMss = mssToAnnounce(settings, entry.path, entry.key.remoteAddress.family, tcb.rare);
  applySynTerms(env, tcb);
  if (!tcb.isReceiveLimitFixed)
    tcb.receiveLimit = firstWindow(settings, tcb.receiveLimit, tcb.advertisedMss, tcb.has(Agreed.timestamps));
  tcb.ecn = entry.ecn;
  tcb.cookieOwed = entry.cookieOwed;
  return tcb;
}

/** The last segment of the handshake has come and is acceptable: the Tcb takes the place of the record. */
export function promote(env: TcpEnvironment, entry: HalfOpen): Tcb {
  const tcb = answeredTcbOf(env, entry);
  env.wheel.cancel(entry);
  entry.listener.synQueue.remove(entry);
  env.promoted(entry, tcb);
  return tcb;
}

/** The same for a record that the client has kept for us. Linux takes the peer's segments for the unit of the window then. */
export function adopt(env: TcpEnvironment, entry: HalfOpen): Tcb {
  const tcb = answeredTcbOf(env, entry, entry.peerMss);
  env.add(tcb);
  return tcb;
}

/** A Tcb whose SYN-ACK has been sent. */
function answeredTcbOf(env: TcpEnvironment, entry: HalfOpen, unit = 0): Tcb {
  const tcb = tcbOf(env, entry);
  tcb.sndNxt = (tcb.iss + 1) | 0;
  tcb.smallSeq = tcb.sndNxt;
  // Linux counts from here on.
  tcb.segmentsOut = env.settings.profile === 'linux' ? 0 : 1 + entry.timeouts;
  tcb.isSynTimed = entry.isSynTimed;
  tcb.synSentUs = entry.synSentUs;
  tcb.lastSendTick = env.clock.tick;
  if (entry.repetitions > 0) tcb.retransmitted = entry.repetitions;
  if (entry.timeouts > 0) carryTimeouts(env, tcb, entry);
  takeHeld(env, tcb, entry);
  tcb.lastAckSent = tcb.rcvNxt;
  tcb.rcvAdv = (tcb.rcvNxt + entry.rcvWnd) | 0;
  openAccount(env.settings, tcb, unit);
  return tcb;
}

/** The SYN-ACK had to go again: settles the first window and RTO, and is told by tcp_info. */
function carryTimeouts(env: TcpEnvironment, tcb: Tcb, entry: HalfOpen): void {
  tcb.timeouts = entry.timeouts;
  const history = sendHistoryOf(tcb);
  history.timeouts = entry.timeouts;
  history.timeoutRuns = 1;
  history.runStartUs = env.clock.nowUs - ((env.clock.us - entry.synSentUs) >>> 0);
}

/** Text and FIN that came with the SYN have waited for this (RFC 9293 section 3.4). */
function takeHeld(env: TcpEnvironment, tcb: Tcb, entry: HalfOpen): void {
  const { heldText } = entry;
  if (heldText !== null) {
    tcb.receiveBuffer = new ReceiveBuffer();
    tcb.receiveBuffer.store(env.pool, 0, heldText, 0, heldText.length);
    tcb.receiveBuffer.advance(heldText.length);
    tcb.rcvNxt = (tcb.rcvNxt + heldText.length) | 0;
    tcb.bytesReceived = heldText.length;
    env.notify(tcb, TcpEvent.readable);
  }
  if (entry.isFinHeld) {
    tcb.rcvFinKnown = true;
    tcb.rcvFinSeq = tcb.rcvNxt;
  }
}

function applyDefaults(env: TcpEnvironment, tcb: Tcb, defaults: ListenerDefaults): void {
  tcb.noDelay = defaults.noDelay;
  tcb.trafficClass = defaults.trafficClass;
  if (defaults.isInteractive) tcb.isInteractive = true;
  if (defaults.hopLimit) tcb.hopLimit = defaults.hopLimit;
  if (defaults.rare) tcb.rare = defaults.rare.copy();
  if (defaults.receiveBufferSize !== null) fixReceiveLimit(tcb, defaults.receiveBufferSize);
  if (defaults.sendBufferSize !== null) fixSendLimit(env.settings, tcb, defaults.sendBufferSize);
  if (defaults.keepAliveMs > 0) tcb.keepAlive = { idleMs: defaults.keepAliveMs, intervalMs: 75_000, probes: 9 };
}
