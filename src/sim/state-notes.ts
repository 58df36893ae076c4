/**
 * Writes what connections do beside the packets that show it: a state change caused by a segment is noted at the frame
 * that brought it, one caused by a call or a timeout at the next frame the host sends. Wireshark shows the notes as packet
 * comments. Notes follow one recorder; after `Network.restore` they stay with the one they were made for.
 */
import type { Observer, ObserverRecord } from '../base/observer.ts';
import type { FrameCommenter, RecordedFrame, RecordedInterface, Recorder } from '../capture/recorder.ts';

/** Notes for one host; give it to the host as its observer. */
class HostNotes implements Observer {
  readonly hostName: string;
  /** Notes for the next frame out. */
  readonly pending: string[] = [];
  lastIn: RecordedFrame | null = null;
  private readonly next: Observer | null;

  constructor(hostName: string, next: Observer | null) {
    this.hostName = hostName;
    this.next = next;
  }

  observe(record: ObserverRecord): void {
    this.next?.observe(record);
    if (record.kind !== 'state' && record.kind !== 'timeout') return;
    const note =
      record.kind === 'state'
        ? `${this.hostName}: ${record.from} → ${record.to}`
        : `${this.hostName}: ${record.timer} timeout ${record.count}`;
    const frame = this.lastIn;
    if (record.kind === 'state' && record.cause === 'segment' && frame !== null) append(frame, note);
    else this.pending.push(note);
  }
}

/** The notes of a network. Make it, make the recorder with it as `commenter`, and give each host its observer. */
export class StateNotes implements FrameCommenter {
  private readonly hosts = new Map<string, HostNotes>();
  private recorder: Recorder | null = null;

  /** The recorder whose interface names tell which frame is whose. */
  attach(recorder: Recorder): void {
    this.recorder = recorder;
  }

  /** The observer for a host of that name; records are passed on to `next`. */
  observerFor(hostName: string, next: Observer | null = null): Observer {
    const notes = new HostNotes(hostName, next);
    this.hosts.set(hostName, notes);
    return notes;
  }

  comment(frame: RecordedFrame): string | null {
    const known: RecordedInterface | undefined = this.recorder?.interfaces[frame.interfaceId];
    const notes = this.hosts.get(known?.name.split('/')[0] ?? '');
    if (notes === undefined) return null;
    if (frame.direction === 'in') {
      notes.lastIn = frame;
      return null;
    }
    return notes.pending.length === 0 ? null : notes.pending.splice(0).join('; ');
  }
}

function append(frame: RecordedFrame, note: string): void {
  frame.comment = frame.comment === null ? note : `${frame.comment}; ${note}`;
}
