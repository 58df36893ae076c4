/**
 * The raw record of a play, in the order in which things happened: frames at link taps, records of the stacks' observers,
 * and what the scene did and said. A frame that comes out of a link is matched with the one that went in, which tells
 * what was lost, doubled, changed or made up on the way.
 */
import type { LinkMedium } from '../base/link-capabilities.ts';
import type { Observer, ObserverRecord } from '../base/observer.ts';
import type { Slot } from '../base/slot.ts';
import type { Text } from './text.ts';

/** A frame left a host. */
export interface SentFrame {
  readonly kind: 'sent';
  readonly timeUs: number;
  readonly host: string;
  readonly link: string;
  readonly medium: LinkMedium;
  readonly bytes: Uint8Array;
  /** Where and when it came out, in order; the host a frame of the network's own goes to is here alone. */
  readonly arrivals: FrameArrival[];
}

export interface FrameArrival {
  readonly timeUs: number;
  readonly host: string;
  /** Not the bytes that were sent. */
  readonly change: 'none' | 'corrupted' | 'translated';
  /** False when the host was crashed or frozen: nobody read it. */
  readonly isTaken: boolean;
  /** What arrived, when a translator had changed it on the way. */
  readonly bytes: Uint8Array | null;
}

/** A frame reached a host. */
export interface ArrivedFrame {
  readonly kind: 'arrived';
  readonly timeUs: number;
  readonly host: string;
  readonly frame: SentFrame;
  readonly arrival: FrameArrival;
}

export interface ObservedRecord {
  readonly kind: 'observed';
  readonly timeUs: number;
  readonly host: string;
  readonly record: ObserverRecord;
}

/** Somebody on a host did something, or the story says a word. */
export interface SpokenEntry {
  /** `event`: an action on `host`; `note`: a row of its own; `say`: belongs to the next frame. */
  readonly kind: 'event' | 'note' | 'say';
  readonly timeUs: number;
  readonly host: string;
  readonly text: Text;
  /** The call itself, when the action was a program's call. */
  readonly call: StageCall | null;
}

/** A program's call, for those who write down what was done. */
export interface StageCall {
  readonly name: 'listen' | 'connect' | 'accept' | 'write' | 'read' | 'close' | 'shutdown' | 'abort';
  /** Of `listen` and `connect`. */
  readonly port?: number;
  /** The connection's number in its stack; `connect` does not know it yet. */
  readonly connection?: number;
  /** Written, or read. */
  readonly bytes?: number;
}

/** Who listens, which no observer tells; and that a host forgot everything. */
export interface HostEntry {
  readonly kind: 'listening' | 'crashed';
  readonly timeUs: number;
  readonly host: string;
  /** 0 for a crash. */
  readonly port: number;
  readonly isOn: boolean;
}

export type TapeEntry = SentFrame | ArrivedFrame | ObservedRecord | SpokenEntry | HostEntry;

/** Says whether a host takes frames now. */
export interface HostConditions {
  isUp(host: string): boolean;
}

/** Host name of frames that nobody on the link had sent: answers of rules, of address translators. */
export const NETWORK_HOST = 'network';

const FUZZY_LOOKBACK = 256;
/** A frame that was not seen again for so long is lost. */
const AFLOAT_US = 300_000_000;

/** Listens at every tap; give it to `Network.record`. */
export class Tape {
  readonly entries: TapeEntry[] = [];
  /** Forgotten frames that had not arrived when what is kept begins. */
  private afloat: SentFrame[] = [];
  /** Entries before the first of `entries`: what is recorded without end keeps its newest part. */
  forgotten = 0;
  private readonly conditions: HostConditions;
  private readonly delaysUs: ReadonlyMap<string, number>;
  private readonly ends: { readonly host: string; readonly link: string; readonly medium: LinkMedium }[] = [];
  /** Frames by link and content, oldest first. */
  private readonly sent = new Map<string, SentFrame[]>();
  private readonly recent = new Map<string, SentFrame[]>();

  /** @param delaysUs by link: how long a frame takes when nothing special happens to it */
  constructor(conditions: HostConditions, delaysUs: ReadonlyMap<string, number>) {
    this.conditions = conditions;
    this.delaysUs = delaysUs;
  }

  addInterface(options: { name: string; medium: LinkMedium }): number {
    const [host = '', link = ''] = options.name.split('/');
    return this.ends.push({ host, link, medium: options.medium }) - 1;
  }

  frameSeen(interfaceId: number, direction: 'in' | 'out', timeUs: number, slot: Slot): void {
    const end = this.ends[interfaceId];
    if (end === undefined) return;
    const bytes = slot.memory.u8.slice(slot.offset, slot.offset + slot.length);
    if (direction === 'out') this.left(end.host, end.link, end.medium, timeUs, bytes);
    else this.reached(end.host, end.link, end.medium, timeUs, bytes);
  }

  observed(host: string, record: ObserverRecord): void {
    this.entries.push({ kind: 'observed', timeUs: record.timeUs, host, record });
  }

  speak(kind: SpokenEntry['kind'], timeUs: number, host: string, text: Text, call: StageCall | null = null): void {
    this.entries.push({ kind, timeUs, host, text, call });
  }

  changed(kind: HostEntry['kind'], timeUs: number, host: string, port: number, isOn: boolean): void {
    this.entries.push({ kind, timeUs, host, port, isOn });
  }

  /** All entries there have been, the forgotten ones included. */
  get length(): number {
    return this.forgotten + this.entries.length;
  }

  /** Goes back to the first `count` entries, with a network that was restored to that moment. */
  rewind(count: number): void {
    this.entries.length = Math.max(0, Math.min(count - this.forgotten, this.entries.length));
    this.relearn();
  }

  /** Forgets all entries before entry `count`. */
  forget(count: number): void {
    const gone = Math.max(0, Math.min(count - this.forgotten, this.entries.length));
    const frames = this.entries.splice(0, gone).filter((entry): entry is SentFrame => entry.kind === 'sent');
    this.forgotten += gone;
    const oldestUs = (this.entries[0]?.timeUs ?? 0) - AFLOAT_US;
    const stillArriving = new Set(this.entries.map((entry) => (entry.kind === 'arrived' ? entry.frame : null)));
    this.afloat = [...this.afloat, ...frames].filter(
      (frame) => stillArriving.has(frame) || (frame.arrivals.length === 0 && frame.timeUs >= oldestUs),
    );
    this.relearn();
  }

  /** Knows again which of the remaining frames are on their way. */
  private relearn(): void {
    this.sent.clear();
    this.recent.clear();
    for (const frame of this.afloat) {
      frame.arrivals.length = 0;
      this.remember(frame);
    }
    for (const entry of this.entries) {
      if (entry.kind === 'sent') {
        entry.arrivals.length = 0;
        this.remember(entry);
      } else if (entry.kind === 'arrived') entry.frame.arrivals.push(entry.arrival);
    }
  }

  private left(host: string, link: string, medium: LinkMedium, timeUs: number, bytes: Uint8Array): SentFrame {
    const frame: SentFrame = { kind: 'sent', timeUs, host, link, medium, bytes, arrivals: [] };
    this.entries.push(frame);
    this.remember(frame);
    return frame;
  }

  private remember(frame: SentFrame): void {
    const key = contentKey(frame.link, frame.bytes);
    const same = this.sent.get(key);
    if (same === undefined) this.sent.set(key, [frame]);
    else same.push(frame);
    const recent = this.recent.get(frame.link) ?? [];
    recent.push(frame);
    if (recent.length > FUZZY_LOOKBACK) recent.shift();
    this.recent.set(frame.link, recent);
  }

  private reached(host: string, link: string, medium: LinkMedium, timeUs: number, bytes: Uint8Array): void {
    let change: FrameArrival['change'] = 'none';
    let frame = this.findSame(host, link, timeUs, bytes);
    if (frame === null) {
      frame = this.findAlike(host, link, bytes);
      if (frame !== null) change = bitsApart(frame.bytes, bytes) <= 2 ? 'corrupted' : 'translated';
    }
    frame ??= this.left(NETWORK_HOST, link, medium, timeUs, bytes);
    const arrival: FrameArrival = {
      timeUs,
      host,
      change,
      isTaken: this.conditions.isUp(host),
      bytes: change === 'translated' ? bytes : null,
    };
    frame.arrivals.push(arrival);
    this.entries.push({ kind: 'arrived', timeUs, host, frame, arrival });
  }

  /**
   * Of frames with these bytes the one that should arrive about now, when one of them was lost; or else the newest, which
   * then came twice.
   */
  private findSame(host: string, link: string, timeUs: number, bytes: Uint8Array): SentFrame | null {
    const all = this.sent.get(contentKey(link, bytes))?.filter((frame) => frame.host !== host) ?? [];
    const delayUs = this.delaysUs.get(link) ?? 0;
    const waiting = all.filter((frame) => !hasReached(frame, host));
    let best: SentFrame | null = waiting[0] ?? null;
    if (delayUs !== Number.POSITIVE_INFINITY) {
      for (const frame of waiting) {
        if (best === null || Math.abs(frame.timeUs + delayUs - timeUs) < Math.abs(best.timeUs + delayUs - timeUs))
          best = frame;
      }
    }
    return best ?? all.at(-1) ?? null;
  }

  /** A frame that was damaged by a bit or two, or had its addresses translated. */
  private findAlike(host: string, link: string, bytes: Uint8Array): SentFrame | null {
    for (const frame of this.recent.get(link) ?? []) {
      if (frame.host === host || frame.arrivals.length > 0 || frame.bytes.length !== bytes.length) continue;
      if (bitsApart(frame.bytes, bytes) <= 2 || isTranslated(frame, bytes)) return frame;
    }
    return null;
  }
}

/** Hands the records of one host's stack to the tape. */
export class HostObserver implements Observer {
  readonly host: string;
  private readonly tape: Tape;

  constructor(tape: Tape, host: string) {
    this.tape = tape;
    this.host = host;
  }

  observe(record: ObserverRecord): void {
    this.tape.observed(this.host, record);
  }
}

function hasReached(frame: SentFrame, host: string): boolean {
  return frame.arrivals.some((arrival) => arrival.host === host);
}

function contentKey(link: string, bytes: Uint8Array): string {
  let low = 0x811c9dc5 | 0;
  let high = 0x2545f491 | 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    low = Math.imul(low ^ byte, 0x01000193);
    high = (Math.imul(high, 31) + byte) | 0;
  }
  return `${link}:${bytes.length}:${low}:${high}`;
}

/** How many bits differ, at most 3 counted. */
function bitsApart(a: Uint8Array, b: Uint8Array): number {
  let bits = 0;
  for (let at = 0; at < a.length && bits < 3; at++) {
    for (let rest = a[at]! ^ b[at]!; rest !== 0; rest &= rest - 1) bits++;
  }
  return bits;
}

/** The same IPv4 packet but for addresses, ports and checksums: behind the ports, twelve bytes of TCP are alike. */
function isTranslated(frame: SentFrame, bytes: Uint8Array): boolean {
  const ip = frame.medium === 'ethernet' ? 14 : 0;
  const transport = ip + ((frame.bytes[ip] ?? 0) & 15) * 4;
  if (frame.bytes.length < transport + 8 || (frame.bytes[ip] ?? 0) >>> 4 !== 4) return false;
  if (frame.bytes[ip + 9] !== bytes[ip + 9]) return false;
  const isTcp = frame.bytes[ip + 9] === 6;
  const until = isTcp ? transport + 16 : frame.bytes.length;
  for (let at = transport + (isTcp ? 4 : 8); at < until; at++) if (frame.bytes[at] !== bytes[at]) return false;
  return true;
}
