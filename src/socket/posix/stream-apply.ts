/** Carries socket options over to the stack's sockets: at connect, at listen, at accept, and when one changes. */

import type { TcpEnvironment } from '../../tcp/environment.ts';
import { acknowledgeNow } from '../../tcp/input/delayed-acks.ts';
import { growForLowat, setClamp } from '../../tcp/input/receive-account.ts';
import { chooseReceiveScale } from '../../tcp/input/window.ts';
import type { Listener } from '../../tcp/opening/listener.ts';
import { computeSendMss } from '../../tcp/output/mss.ts';
import { updatePacingRate } from '../../tcp/output/pacing.ts';
import { rareOptions } from '../../tcp/rare-options.ts';
import { TcpState } from '../../tcp/state.ts';
import { RareOptions } from '../../tcp/tcb/rare-options.ts';
import { Pending, type Tcb } from '../../tcp/tcb/tcb.ts';
import { NO_PACING_RATE } from '../../tcp/tcb/tcb-extras.ts';
import type { ConnectOptions } from '../connect.ts';
import type { StreamSocket } from '../stream-socket.ts';
import { POSIX } from './constants.ts';
import { type NumberKey, SocketOptions } from './socket-options.ts';

/** What has to be known before the SYN goes. */
export function connectOptions(options: SocketOptions, isEarly: boolean): Partial<ConnectOptions> {
  const fastOpen = isEarly || options.fastOpenConnect !== 0;
  return {
    ...(options.receiveBuffer > 0 && { receiveBufferSize: options.receiveBuffer }),
    ...(options.sendBuffer > 0 && { sendBufferSize: options.sendBuffer }),
    ...(options.congestion !== '' && { congestionControl: options.congestion }),
    ...(options.hopLimit > 0 && { hopLimit: options.hopLimit }),
    trafficClass: options.trafficClass,
    fastOpen,
    fastOpenNoCookie: fastOpen && options.fastOpenNoCookie !== 0,
  };
}

/** What connections of a listener begin with. */
export function applyToListener(listener: Listener, options: SocketOptions): void {
  const { defaults } = listener;
  defaults.noDelay = options.noDelay !== 0;
  defaults.trafficClass = options.trafficClass;
  defaults.receiveBufferSize = options.receiveBuffer || null;
  defaults.sendBufferSize = options.sendBuffer || null;
  defaults.congestionControl = options.congestion || null;
  defaults.hopLimit = Math.max(0, options.hopLimit);
  defaults.isInteractive = options.quickAck === 0;
  defaults.deferredRetries = options.deferredRetries;
  defaults.rare = hasRare(options) ? fillRare(new RareOptions(), options) : null;
}

/** SO_MAX_PACING_RATE as it is told where there is none. */
const NO_RATE_LIMIT = 0xffff_ffff;
/** As long as a timer can tell, a day and a half; whoever waits longer does not notice. */
const USER_TIMEOUT_MAX_MS = 2 ** 27;
const FRESH = new SocketOptions();

const AT_BIRTH: readonly (keyof SocketOptions)[] = [
  'noDelay',
  'cork',
  'keepAlive',
  'userTimeoutMs',
  'notsentLowat',
  'hopLimit',
  'trafficClass',
  'maxSegment',
  'synCount',
  'linger2Seconds',
  'windowClamp',
  'mtuDiscover',
  'rtoMinUs',
  'rtoMaxMs',
  'delayedAckMaxUs',
  'thinLinear',
  'minHopLimit',
  'receiveLowat',
  'maxPacingRate',
];

/** Everything that was set, to a connection that begins. */
export function applyAll(socket: StreamSocket, options: SocketOptions): void {
  for (const key of AT_BIRTH) if (options[key] !== FRESH[key]) applyOption(socket, options, key);
}

/** The SYN is about to go: a user who will speak first, or says so, does without the third step as a segment of its own. */
export function applyToSyn({ tcb }: StreamSocket, options: SocketOptions): void {
  if (tcb !== null && (options.quickAck === 0 || options.deferredRetries > 0)) tcb.isInteractive = true;
}

/** One option that has changed. */
export function applyOption(socket: StreamSocket, options: SocketOptions, key: keyof SocketOptions): void {
  switch (key) {
    case 'noDelay':
      socket.noDelay = options.noDelay !== 0;
      return;
    case 'cork':
      socket.cork = options.cork !== 0;
      return;
    case 'keepAlive':
    case 'keepIdleSeconds':
    case 'keepIntervalSeconds':
    case 'keepCount':
      applyKeepAlive(socket, options);
      return;
    case 'userTimeoutMs':
      socket.userTimeoutMs = Math.min(options.userTimeoutMs, USER_TIMEOUT_MAX_MS);
      return;
    case 'notsentLowat':
      socket.notsentLowat = options.notsentLowat;
      return;
    case 'hopLimit':
      socket.hopLimit = options.hopLimit === -1 ? socket.stack.tcp.settings.default_hop_limit : options.hopLimit;
      return;
    case 'trafficClass':
      socket.trafficClass = options.trafficClass;
      return;
    case 'sendBuffer':
      socket.sendBufferSize = options.sendBuffer;
      return;
    case 'receiveBuffer':
      socket.receiveBufferSize = options.receiveBuffer;
      return;
    case 'congestion':
      socket.congestionControl = options.congestion;
      return;
    case 'oobInline':
      socket.urgentOutOfBand = options.oobInline === 0;
      return;
    case 'maxSegment':
    case 'synCount':
    case 'linger2Seconds':
    case 'windowClamp':
    case 'mtuDiscover':
    case 'rtoMinUs':
    case 'rtoMaxMs':
    case 'delayedAckMaxUs':
    case 'thinLinear':
    case 'minHopLimit':
    case 'receiveLowat':
      applyRare(socket, options);
      return;
    case 'maxPacingRate':
      if (socket.tcb !== null) applyPacing(socket.stack.tcp, socket.tcb, options.maxPacingRate);
      return;
    case 'quickAck':
      applyQuickAck(socket, options.quickAck);
      return;
    case 'deferredRetries':
      // In time for the third step, too, when the SYN is on its way.
      if (socket.state === TcpState.synSent && options.deferredRetries > 0) applyToSyn(socket, options);
      return;
    default:
  }
}

/** socket(7): whoever sets a limit is paced from then on. */
function applyPacing(tcp: TcpEnvironment, tcb: Tcb, octetsPerSecond: number): void {
  const isUnlimited = octetsPerSecond === NO_RATE_LIMIT;
  tcb.maxPacingRate = isUnlimited ? NO_PACING_RATE : octetsPerSecond;
  if (!isUnlimited && !tcb.isPaced) {
    tcb.isPaced = true;
    updatePacingRate(tcp, tcb);
  }
  tcb.pacingRate = Math.min(tcb.pacingRate, tcb.maxPacingRate);
}

function applyKeepAlive(socket: StreamSocket, options: SocketOptions): void {
  if (options.keepAlive === 0) {
    if (socket.keepAlive !== null) socket.setKeepAlive(null);
    return;
  }
  socket.setKeepAlive({
    ...(options.keepIdleSeconds > 0 && { idleMs: options.keepIdleSeconds * 1000 }),
    ...(options.keepIntervalSeconds > 0 && { intervalMs: options.keepIntervalSeconds * 1000 }),
    ...(options.keepCount > 0 && { probes: options.keepCount }),
  });
}

/** What is kept in the record of rare options. */
const RARE: readonly NumberKey[] = [
  ...(['maxSegment', 'synCount', 'linger2Seconds', 'windowClamp', 'mtuDiscover', 'saveSyn'] as const),
  ...(['rtoMinUs', 'rtoMaxMs', 'delayedAckMaxUs', 'thinLinear', 'minHopLimit', 'receiveLowat'] as const),
];

function hasRare(options: SocketOptions): boolean {
  return RARE.some((key) => options[key] !== FRESH[key]);
}

function fillRare(rare: RareOptions, options: SocketOptions): RareOptions {
  rare.maxSegment = options.maxSegment;
  rare.synRetries = options.synCount;
  rare.finTimeoutSeconds = options.linger2Seconds;
  rare.windowClamp = options.windowClamp;
  rare.rtoMinUs = options.rtoMinUs;
  rare.rtoMaxUs = options.rtoMaxMs * 1000;
  rare.delayedAckMaxUs = options.delayedAckMaxUs;
  rare.isThinLinear = options.thinLinear !== 0;
  rare.receiveLowat = options.receiveLowat;
  rare.minHopLimit = options.minHopLimit;
  rare.savesSyn = options.saveSyn !== 0;
  const { mtuDiscover } = options;
  rare.isNeverCut = mtuDiscover === POSIX.IP_PMTUDISC_DO;
  rare.ignoresTooBig = mtuDiscover === POSIX.IP_PMTUDISC_INTERFACE || mtuDiscover === POSIX.IP_PMTUDISC_OMIT;
  // ip(7): PROBE sets DF, as DO and WANT do.
  rare.mayBeCut = rare.ignoresTooBig || mtuDiscover === POSIX.IP_PMTUDISC_DONT;
  return rare;
}

function applyRare(socket: StreamSocket, options: SocketOptions): void {
  const { tcb, stack } = socket;
  if (tcb === null) return;
  fillRare(rareOptions(tcb), options);
  if (options.receiveLowat > 1) growForLowat(stack.tcp.settings, tcb, options.receiveLowat);
  if (tcb.receiveAccount !== null && options.windowClamp > 0) setClamp(tcb, tcb.receiveAccount, options.windowClamp);
  // Chosen when the connection was opened, a moment ago: its SYN has not gone.
  if (tcb.state !== TcpState.synSent || tcb.sndNxt !== tcb.iss) return;
  computeSendMss(stack.tcp, tcb);
  tcb.offeredScale = chooseReceiveScale(stack.tcp.settings, tcb);
}

/** tcp(7): in quickack mode acknowledgments go at once; it does not last. What is owed goes now; with an even number it is that only. */
function applyQuickAck(socket: StreamSocket, wanted: number): void {
  const { tcb } = socket;
  if (tcb === null) return;
  tcb.isInteractive = wanted === 0;
  if (wanted === 0 || !tcb.isAckDelayed || (tcb.pending & Pending.ack) !== 0) return;
  // What was not read may still be answered.
  const isRead = socket.readableLength === 0 || ((tcb.rcvNxt - tcb.lastAckSent) | 0) > tcb.receiveMss;
  if (isRead || socket.stack.tcp.settings.profile === 'rfc') acknowledgeNow(socket.stack.tcp, tcb);
  if ((wanted & 1) === 0) tcb.isInteractive = true;
}
