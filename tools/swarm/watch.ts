/** What is looked at while a run goes on: frames at the ends, connections between events, records of observers. */
import type { Observer, ObserverRecord } from '../../src/base/observer.ts';
import type { Slot } from '../../src/base/slot.ts';
import type { Host } from '../../src/sim/host.ts';
import type { NetworkRecorder } from '../../src/sim/network-options.ts';
import { Tcb } from '../../src/tcp/index.ts';
import { TRANSITIONS } from '../../src/tcp/state.ts';
import { ETHERNET_HEADER_LENGTH } from '../../src/wire/ethernet.ts';
import { FrameView } from '../../src/wire/frame-view.ts';
import { IpProtocol } from '../../src/wire/ip-packet.ts';
import { EdgeWatch } from '../../test/support/edge-watch.ts';
import { tcbTrouble } from '../../test/support/tcb-watch.ts';
import { BrokenPromise, FIRST_PORT } from './programs.ts';

const ARROWS = new Set(TRANSITIONS.map(({ from, to }) => `${from}>${to}`));
const CONNECTIONS_MAX = 64;
/** Of the networks that are drawn. */
const MTU_MAX = 1_500;

/** Counts segments and watches the edges of windows, at the hosts where connections end. */
export class WireWatch implements NetworkRecorder {
  segments = 0;
  private readonly watched: ReadonlySet<string>;
  private readonly isEnd: boolean[] = [];
  private readonly edges = new Map<string, EdgeWatch>();
  private readonly view = new FrameView();

  private readonly unjudgedPorts: ReadonlySet<number>;

  /**
   * @param watched names of the hosts where connections end
   * @param unjudgedPorts ports of servers whose windows cannot be judged by the order of segments
   */
  constructor(watched: ReadonlySet<string>, unjudgedPorts: ReadonlySet<number>) {
    this.watched = watched;
    this.unjudgedPorts = unjudgedPorts;
  }

  addInterface({ name }: { name: string }): number {
    return this.isEnd.push(this.watched.has(name.slice(0, name.indexOf('/')))) - 1;
  }

  frameSeen(interfaceId: number, direction: 'in' | 'out', _timeUs: number, slot: Slot): void {
    if (direction === 'in' || !this.isEnd[interfaceId]) return;
    const { view } = this;
    if (!view.look(slot, 'ethernet') || view.protocol !== IpProtocol.tcp || !view.hasTransport) return;
    this.segments++;
    if (this.unjudgedPorts.has(view.destinationPort) || this.unjudgedPorts.has(view.sourcePort)) return;
    const fromClient = view.destinationPort >= FIRST_PORT && view.destinationPort < FIRST_PORT + 16;
    const key = fromClient
      ? `${view.sourcePort} ${view.destinationPort}`
      : `${view.destinationPort} ${view.sourcePort}`;
    const edge = this.edges.get(key) ?? new EdgeWatch();
    this.edges.set(key, edge);
    const start = slot.offset + ETHERNET_HEADER_LENGTH;
    try {
      edge.sent(fromClient, slot.memory.u8.subarray(start, slot.offset + slot.length));
    } catch (error) {
      throw new BrokenPromise(`window: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** Keeps the law of transitions a second time, and counts what timers do. */
export class RecordWatch implements Observer {
  transitions = 0;
  timeouts = 0;

  observe(record: ObserverRecord): void {
    if (record.kind === 'timeout') this.timeouts++;
    if (record.kind !== 'state') return;
    this.transitions++;
    if (!ARROWS.has(`${record.from}>${record.to}`)) {
      throw new BrokenPromise(`transition: from ${record.from} to ${record.to}`);
    }
  }
}

/** Looks at all connections of a host between two events. @throws BrokenPromise */
export function checkHost(host: Host): void {
  // What a host that has its turn yet to come owes, it owes.
  if (host.condition !== 'up' || host.isReady) return;
  const { tcp } = host.stack;
  if (tcp.connections.size > CONNECTIONS_MAX) throw new BrokenPromise('memory: connections pile up');
  for (const entry of tcp.connections) {
    if (!(entry instanceof Tcb)) continue;
    const trouble = tcbTrouble(entry) ?? hoarding(entry, tcp.settings.reassembly_ranges_max);
    if (trouble !== null) throw new BrokenPromise(`connection: ${trouble}`);
  }
}

function hoarding(tcb: Tcb, rangesMax: number): string | null {
  const received = tcb.receiveBuffer?.length ?? 0;
  const ranges = tcb.reassembly?.rangeCount ?? 0;
  // A SYN-ACK offers as much as if its SYN had brought no text; text of a SYN (Fast Open) comes on top, as on Linux.
  const allowed = tcb.receiveLimit + (1 << tcb.rcvScale) + (tcb.isFastOpened ? MTU_MAX : 0);
  if (received > allowed) return `${received} octets received, ${tcb.receiveLimit} allowed`;
  return ranges > rangesMax ? `${ranges} ranges kept, ${rangesMax} allowed` : null;
}
