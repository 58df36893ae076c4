/**
 * TCP of one stack: finds the connection a segment belongs to, and gives the connections what `TcpEnvironment` promises.
 * Segments come in from the IP layer, frames go out when the driver asks; between the two stands only `tcp/`.
 */
import type { Clock } from '../base/clock.ts';
import { type KeyedHash, SipHash } from '../base/keyed-hash.ts';
import type { Observer } from '../base/observer.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import type { RandomSource } from '../base/random.ts';
import type { Slot } from '../base/slot.ts';
import type { TimerWheel } from '../base/timer-wheel.ts';
import type { Destination } from '../ip/destination.ts';
import type { IpSendOptions } from '../ip/ip-context.ts';
import type { IpLayer } from '../ip/ip-layer.ts';
import { authorizeReset, isAdmittedToListener } from '../tcp/auth/admission.ts';
import type { TcpAuthAlgorithms } from '../tcp/auth/algorithms.ts';
import { KeyStore } from '../tcp/auth/keys.ts';
import { arriveTimeWait, timeWaitsExpired } from '../tcp/closing/time-wait.ts';
import { type TimeWaitQueue, TimeWaits } from '../tcp/closing/time-wait-queue.ts';
import { TimeWait } from '../tcp/closing/time-wait-record.ts';
import { makeCongestionControl } from '../tcp/congestion/index.ts';
import type { ConnectionKey } from '../tcp/connection-key.ts';
import { TcpCounters, TcpExtCounters } from '../tcp/counters.ts';
import type { ControlSegment, TcpEnvironment } from '../tcp/environment.ts';
import { FastOpen } from '../tcp/fast-open/fast-open.ts';
import { ChallengeBudget } from '../tcp/input/challenge-budget.ts';
import { pathMtuChanged, sendMssChanged } from '../tcp/input/icmp-errors.ts';
import { isAcceptable, segmentArrives } from '../tcp/input/segment-arrives.ts';
import { TcpMemory } from '../tcp/memory-level.ts';
import { arriveHalfOpen } from '../tcp/opening/arrive-half-open.ts';
import { arriveListen, openPassively } from '../tcp/opening/arrive-listen.ts';
import { CookieSecrets, type TcpSecrets } from '../tcp/opening/cookie-secrets.ts';
import { halfOpenExpired } from '../tcp/opening/half-open-life.ts';
import { HalfOpen, type Listener } from '../tcp/opening/listener.ts';
import { isFromItself, namesGroup, resetAnswering } from '../tcp/opening/strangers.ts';
import { SynShedding } from '../tcp/opening/syn-shedding.ts';
import type { RouteBack, TcpPath } from '../tcp/path.ts';
import { AckSample } from '../tcp/recovery/ack-sample.ts';
import type { TcpSettings } from '../tcp/settings.ts';
import { TcpState } from '../tcp/state.ts';
import { BufferPool } from '../tcp/tcb/byte-ring.ts';
import { ScoreboardPool } from '../tcp/tcb/scoreboard-pool.ts';
import { type AcceptingListener, Tcb } from '../tcp/tcb/tcb.ts';
import { tcbExpired } from '../tcp/timeouts.ts';
import { setState } from '../tcp/transitions.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { parseTcp } from '../wire/tcp.ts';
import { TcpFlag, TcpSegment } from '../wire/tcp-segment.ts';
import { ConnectionTable } from './connection-table.ts';
import type { StackContext } from './context.ts';
import { ControlSender } from './control-sender.ts';
import { DeferredTimers } from './deferred-timers.ts';
import { EphemeralPorts } from './ephemeral-ports.ts';
import type { EventQueue } from './event-queue.ts';
import type { ReadyQueue } from './ready-queue.ts';
import { ReturnRoutes } from './return-routes.ts';
import { ListenerTable } from './tcp-ports.ts';
import { Transmitter } from './transmitter.ts';
import { TupleHash } from './tuple-hash.ts';
import { TupleProbe } from './tuple-probe.ts';

export class TcpLayer implements TcpEnvironment {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly settings: TcpSettings;
  readonly counters = new TcpCounters();
  readonly extCounters = new TcpExtCounters();
  readonly random: RandomSource;
  /** ISNs and timestamp offsets: full-strength rounds. */
  readonly hash: KeyedHash;
  /** Keys of SYN cookies may be changed while it runs: `secrets.setKeys`. */
  readonly secrets: CookieSecrets;
  readonly pool: BufferPool;
  readonly memory = new TcpMemory();
  readonly scoreboards = new ScoreboardPool();
  readonly ackSample = new AckSample();
  readonly challengeBudget = new ChallengeBudget();
  readonly fastOpen = new FastOpen();
  readonly synShedding = new SynShedding();
  readonly observer: Observer | null;
  readonly authAlgorithms: TcpAuthAlgorithms | null;
  readonly keys: KeyStore;
  readonly timeWaits = new TimeWaits();
  timeWaitCount = 0;
  orphanCount = 0;

  readonly connections = new ConnectionTable<Tcb | TimeWait | HalfOpen>();
  readonly listeners = new ListenerTable();
  readonly ports = new EphemeralPorts();
  readonly tuples: TupleHash;
  private readonly context: StackContext;
  private readonly ip: IpLayer;
  private readonly events: EventQueue;
  private readonly segment: TcpSegment;
  private readonly control: ControlSender;
  private readonly transmitter: Transmitter;
  private readonly returnRoutes: ReturnRoutes;
  private readonly deferred = new DeferredTimers();
  private lastFound: Tcb | null = null;
  private nextId = 1;
  // RFC 1191 §3 R1191-1: no segment of TCP is cut on its way, unless its user wants it so.
  private readonly sendOptions: IpSendOptions = {
    trafficClass: 0,
    hopLimit: 64,
    flowLabel: 0,
    dontFragment: true,
    ipOptions: null,
  };

  constructor(
    context: StackContext,
    settings: TcpSettings,
    ip: IpLayer,
    events: EventQueue,
    algorithms: TcpAuthAlgorithms | null,
    secrets: TcpSecrets | null,
  ) {
    this.context = context;
    this.clock = context.clock;
    this.wheel = context.wheel;
    this.settings = settings;
    this.pool = new BufferPool(undefined, undefined, settings.mem_low);
    this.random = context.random;
    this.observer = context.observer;
    this.ip = ip;
    this.events = events;
    this.hash = SipHash.keyedBy(context.random);
    this.secrets = new CookieSecrets(context.random, secrets, context.clock.epochUs);
    this.tuples = new TupleHash(SipHash.keyedBy(context.random, 1, 2));
    this.segment = new TcpSegment(new IpPacket(new PlainPacketMemory(64)));
    this.authAlgorithms = algorithms;
    this.keys = new KeyStore(algorithms !== null);
    this.control = new ControlSender(ip, settings, algorithms);
    this.transmitter = new Transmitter(ip);
    this.returnRoutes = new ReturnRoutes(ip);
  }

  /** A datagram with protocol TCP, addressed to us, lies in the stack's packet view. */
  arrived(packet: IpPacket): void {
    const { segment, counters } = this;
    counters.InSegs++;
    // Packets come in one of two views, the IP layer's and the reassembler's.
    segment.packet = packet;
    const reason = parseTcp(segment);
    if (reason !== DropReason.none) {
      counters.InErrs++;
      if (reason === DropReason.tcpBadChecksum) counters.InCsumErrors++;
      this.context.dropped(reason, packet.interfaceId);
      return;
    }
    const last = this.lastFound;
    if (last?.key.matches(segment)) {
      if (packet.sourceRouteOffset !== 0) this.replaceReturnRoute(last);
      segmentArrives(this, last, segment);
      return;
    }
    const found = this.connections.find(segment, this.tuples.ofSegment(segment));
    if (found instanceof Tcb) {
      this.lastFound = found;
      if (packet.sourceRouteOffset !== 0) this.replaceReturnRoute(found);
      segmentArrives(this, found, segment);
    } else if (found === null) this.arrivedForNobody(packet);
    else if (found instanceof HalfOpen) arriveHalfOpen(this, found, segment);
    else arriveTimeWait(this, found, segment);
  }

  /** A segment the host's filter turns away with a RST, as if nobody listened. */
  refuse(packet: IpPacket): void {
    this.segment.packet = packet;
    if (parseTcp(this.segment) === DropReason.none && !this.isGroupAddressed(packet)) this.sendResetFor(this.segment);
  }

  /** RFC 9293 section 3.10.7.1 and 3.10.7.2: CLOSED and LISTEN. */
  private arrivedForNobody(packet: IpPacket): void {
    const { segment } = this;
    // RFC 9293 §3.9.2.3 MUST-57, MUST-63: nothing sent to or from a group or broadcast address is answered.
    if (packet.linkBroadcast || this.isGroupAddressed(packet)) {
      this.context.dropped(DropReason.martianSource, packet.interfaceId);
      return;
    }
    const listener = this.listeners.find(packet, segment.destinationPort);
    if (listener === null) {
      this.sendResetFor(segment);
      return;
    }
    // A SYN from its own destination would make a connection with itself (the "land" attack).
    if (isFromItself(segment) && segment.flags & TcpFlag.syn) {
      this.context.dropped(DropReason.martianSource, packet.interfaceId);
      return;
    }
    arriveListen(this, listener, segment);
  }

  private isGroupAddressed(packet: IpPacket): boolean {
    return namesGroup(packet) || this.ip.isBroadcast(packet);
  }

  // --- frames out ---

  queueOf(interfaceId: number): ReadyQueue {
    return this.transmitter.queueOf(interfaceId);
  }

  /** Writes the next segment of the connections that send over `slot.interfaceId`; false when there is none. */
  pollTransmit(slot: Slot): boolean {
    return this.transmitter.pollTransmit(this, slot);
  }

  scheduleOutput(tcb: Tcb): void {
    this.transmitter.schedule(tcb);
  }

  pushText(tcb: Tcb, mode: number): void {
    this.transmitter.pushText(this, tcb, mode);
  }

  transportOffset(tcb: Tcb, slot: Slot): number {
    return this.ip.transportOffset(slot, tcb.path as Destination, tcb.ipOptions?.length ?? 0);
  }

  // RFC 9293 §3.9.1.9 MUST-48, SHLD-22: the DiffServ value goes to IP as it is.
  // RFC 9293 §3.9.2 MUST-49: so does the time to live.
  seal(tcb: Tcb, slot: Slot, length: number): boolean {
    const options = this.sendOptions;
    // RFC 3168 §6.1.1 R3168-8: the two bits below it are ours, whatever the user has put there.
    options.trafficClass = (tcb.trafficClass & 0xfc) | (tcb.ecn?.codepoint ?? 0);
    options.hopLimit = tcb.hopLimit;
    options.flowLabel = tcb.flowLabel;
    options.ipOptions = tcb.ipOptions;
    options.dontFragment = tcb.rare?.mayBeCut !== true;
    return this.ip.seal(slot, tcb.path as Destination, IpProtocol.tcp, length, options);
  }

  sendControl(control: ControlSegment): void {
    this.counters.OutSegs++;
    if (control.flags & TcpFlag.rst) this.counters.OutRsts++;
    this.control.send(this, control);
  }

  sendResetFor(segment: TcpSegment): void {
    if (segment.flags & TcpFlag.rst) return;
    const control = resetAnswering(segment);
    const owner = this.connections.find(segment, this.tuples.ofSegment(segment));
    const connection = owner instanceof TimeWait ? null : owner;
    const keys = this.listeners.find(segment.packet, segment.destinationPort)?.keys ?? null;
    if (authorizeReset(this, connection, keys, segment, control)) this.sendControl(control);
  }

  // --- connections come and go ---
  routeBack(segment: TcpSegment, isOnce: boolean): RouteBack | null {
    return this.returnRoutes.of(segment, this.tuples.ofSegment(segment), isOnce);
  }

  // RFC 9293 §3.9.2.1 SHLD-24, MUST-52: a later route replaces the one received before, never one the user gave.
  private replaceReturnRoute(tcb: Tcb): void {
    const { packet } = this.segment;
    // Nor is a signed connection led elsewhere by what has not been verified yet.
    if (tcb.auth !== null) return;
    if (!tcb.isPassive || !isAcceptable(tcb, this.segment)) return;
    const route = this.returnRoutes.recorded(packet, tcb.key.localAddress);
    if (route === null) return;
    tcb.path = route.path;
    tcb.ipOptions = route.ipOptions;
    sendMssChanged(this, tcb, tcb.sendMss);
    pathMtuChanged(this, tcb);
  }

  /** A connection in CLOSED, known to the demux. */
  create(key: ConnectionKey, path: Destination, listener: Listener | null): Tcb {
    const congestion = makeCongestionControl(listener?.defaults.congestionControl ?? this.settings.congestion_control);
    const tcb = new Tcb(this.takeId(), key, path, listener, this.settings, congestion);
    this.connections.add(tcb);
    if (!this.ports.isQuiet) this.ports.taken(this.peerHash(key), key.localPort);
    return tcb;
  }

  /** A number no connection or listener of this stack has had. */
  takeId(): number {
    return this.nextId++;
  }

  /** Clears the way for an active open that may take it (`TupleProbe`). */
  releaseTimeWait(key: ConnectionKey): void {
    const found = this.holderOf(key);
    if (!(found instanceof TimeWait)) return;
    this.timeWaits.stop(this, found);
    this.removeTimeWait(found);
    this.extCounters.TWRecycled++;
  }

  private holderOf({ hash, localAddress, localPort, remoteAddress, remotePort }: ConnectionKey): object | null {
    return this.connections.findTuple(hash, localAddress, localPort, remoteAddress, remotePort);
  }

  /** Names the peer of an active open for the choice of ports. */
  private peerHash({ localAddress, remoteAddress, remotePort }: ConnectionKey): number {
    return this.tuples.of(localAddress, 0, remoteAddress, remotePort);
  }

  add(connection: HalfOpen | Tcb): void {
    this.connections.add(connection);
  }

  promoted(entry: HalfOpen, tcb: Tcb): void {
    this.connections.replace(entry, tcb);
    this.lastFound = tcb;
  }

  forget(entry: HalfOpen): void {
    this.connections.remove(entry);
  }

  remove(tcb: Tcb): void {
    if (this.lastFound === tcb) this.lastFound = null;
    this.connections.remove(tcb);
    if (!this.ports.isQuiet) this.ports.released(this.peerHash(tcb.key), tcb.key.localPort);
  }

  replaceByTimeWait(tcb: Tcb, timeWait: TimeWait): void {
    if (this.lastFound === tcb) this.lastFound = null;
    this.connections.replace(tcb, timeWait);
    this.timeWaitCount++;
    if (this.ports.isQuiet) return;
    const { localAddress, localPort, remoteAddress, remotePort } = tcb.key;
    const probe = new TupleProbe(this, localAddress, remoteAddress, remotePort);
    this.ports.waits(this.peerHash(tcb.key), localPort, probe);
  }

  removeTimeWait(timeWait: TimeWait): void {
    this.connections.remove(timeWait);
    this.timeWaitCount--;
    if (!this.ports.isQuiet) this.ports.released(this.peerHash(timeWait.key), timeWait.key.localPort);
  }

  reopen(timeWait: TimeWait, segment: TcpSegment, initialSeq: number): boolean {
    const listener = this.listeners.find(segment.packet, segment.destinationPort);
    if (!listener?.hasRoom() || listener.synQueue.isFull || !isAdmittedToListener(this, listener, segment))
      return false;
    this.timeWaits.stop(this, timeWait);
    this.removeTimeWait(timeWait);
    this.extCounters.TWRecycled++;
    openPassively(this, listener, segment, initialSeq);
    return true;
  }

  // --- users and timers ---

  deferTimer(tcb: Tcb, timer: number, ticks: number): void {
    this.deferred.add(this, tcb, timer, ticks);
  }

  /** The driver has said what time it is: timers of user calls start now. */
  startDeferred(): void {
    this.deferred.start(this);
  }

  forgetTimeWait(tcb: Tcb): void {
    const found = this.holderOf(tcb.key);
    if (!(found instanceof TimeWait) || found.id !== tcb.id) return;
    this.timeWaits.stop(this, found);
    this.removeTimeWait(found);
    setState(this, tcb, TcpState.closed, 'abort');
  }

  notify(tcb: Tcb, bits: number): void {
    tcb.events |= bits;
    this.events.push(tcb);
  }

  notifyListener(listener: AcceptingListener): void {
    this.events.push(listener);
  }

  adviseRouteFailure({ path }: { readonly path: TcpPath }): void {
    const { neighbor } = path as Destination;
    // The neighbor has to prove itself before it is used on; if it cannot, the route goes elsewhere or fails.
    if (neighbor !== null) this.ip.resolution.cacheOf(neighbor).suspect(neighbor);
  }

  lowerPathMtu(tcb: Tcb, mtu: number): void {
    this.ip.routing.lowerPathMtu((tcb.path as Destination).remote, mtu, 0);
  }

  adviseReachable(tcb: Tcb): void {
    this.ip.confirm(tcb.path as Destination);
  }

  tcbExpired(tcb: Tcb): void {
    if (tcb.state !== TcpState.closed) tcbExpired(this, tcb);
  }

  halfOpenExpired(entry: HalfOpen): void {
    halfOpenExpired(this, entry);
  }

  timeWaitsExpired(queue: TimeWaitQueue): void {
    timeWaitsExpired(this, queue);
  }
}
