/**
 * The queue in front of a link of limited rate, for one direction: when a frame will have left, whether it finds room, and
 * whether the queue wants to signal congestion on it. First in, first out, so everything is known when a frame comes:
 * the marking by waiting time, which a router does when a frame leaves, falls on the same frame with the same answer.
 * The queue holds no frames, only their departure times.
 */
import { ArgumentError } from '../base/errors.ts';
import type { SeededGenerator } from '../base/random.ts';
import { Ecn } from '../wire/ip-packet.ts';
import {
  type MarkingSettings,
  RED_MAX_PROBABILITY,
  RED_WEIGHT,
  type RedMarking,
  STEP_THRESHOLD_US,
  type StepMarking,
} from './marking.ts';

/** The settings of a bottleneck, as in `ImpairmentSettings`. */
export interface BottleneckSettings {
  /** Bits per second, 0 for no limit. Frames wait in a queue in front of the bottleneck. */
  readonly rateBps: number;
  /** Frames that queue holds; the last ones to come are dropped. */
  readonly queuePackets: number;
  /** Bytes that queue holds, 0 for no limit in bytes. */
  readonly queueBytes: number;
  /** How the queue signals congestion before it is full; null: by dropping only. Without `rateBps` there is no queue. */
  readonly marking: MarkingSettings | null;
}

/** What the queue thinks of a frame that comes. */
export const Signal = { none: 0, mark: 1, drop: 2 } as const;

/** One direction's queue. */
export class Bottleneck {
  /** When everything that was taken so far has been sent. */
  private freeAtUs = 0;
  /** Departure times of the frames not yet sent, a ring. */
  private departures = new Float64Array(16);
  private head = 0;
  private count = 0;
  /** RED: the average length, in packets or bytes as the thresholds are. */
  private average = 0;
  /** RED: frames since the last one that was marked, -1 while the average is below the lower threshold. */
  private sinceMark = -1;

  /** What the marking says about a frame with codepoint `ecn` that comes now. To be asked once per frame, before `admit`. */
  signal(settings: BottleneckSettings, ecn: number, nowUs: number, random: SeededGenerator): number {
    const { marking, rateBps } = settings;
    if (marking === null || rateBps === 0) return Signal.none;
    this.forgetSent(nowUs);
    if (marking.kind === 'step') return this.isStepOver(marking, ecn, nowUs) ? Signal.mark : Signal.none;
    if (!this.isChosenByRed(marking, rateBps, nowUs, random)) return Signal.none;
    // RFC 3168 §5 R3168-19: where the packet cannot carry the signal, the drop is the signal.
    return ecn === Ecn.notEct ? Signal.drop : Signal.mark;
  }

  /** When the last bit of a frame that comes now will have left, -1 when the queue is full. */
  admit(settings: BottleneckSettings, lengthBytes: number, nowUs: number): number {
    const { rateBps, queuePackets, queueBytes } = settings;
    if (rateBps === 0) return nowUs;
    this.forgetSent(nowUs);
    // The frame being sent right now is not in the queue any more.
    if (this.count > queuePackets) return -1;
    const backlogBytes = this.backlogBytes(rateBps, nowUs);
    if (queueBytes > 0 && backlogBytes > 0 && backlogBytes + lengthBytes > queueBytes) return -1;
    const leftUs = Math.max(nowUs, this.freeAtUs) + (lengthBytes * 8e6) / rateBps;
    this.freeAtUs = leftUs;
    if (this.count === this.departures.length) this.grow();
    this.departures[(this.head + this.count) % this.departures.length] = leftUs;
    this.count++;
    return leftUs;
  }

  /** What a frame that comes now would wait before its first bit is sent. */
  delayUs(nowUs: number): number {
    return Math.max(0, this.freeAtUs - nowUs);
  }

  private backlogBytes(rateBps: number, nowUs: number): number {
    return (Math.max(0, this.freeAtUs - nowUs) * rateBps) / 8e6;
  }

  private forgetSent(nowUs: number): void {
    while (this.count > 0 && this.departures[this.head]! <= nowUs) {
      this.head = (this.head + 1) % this.departures.length;
      this.count--;
    }
  }

  /** RFC 9331 §5.1: ECT(1) asks for the fine-grained marking; CE stands for either and needs no mark. */
  private isStepOver(marking: StepMarking, ecn: number, nowUs: number): boolean {
    if (ecn !== Ecn.ect1 && !(marking.marks === 'ect' && ecn === Ecn.ect0)) return false;
    return this.freeAtUs - nowUs > (marking.thresholdUs ?? STEP_THRESHOLD_US);
  }

  private isChosenByRed(marking: RedMarking, rateBps: number, nowUs: number, random: SeededGenerator): boolean {
    const inBytes = marking.minBytes !== undefined;
    const min = (inBytes ? marking.minBytes : marking.minPackets) ?? 0;
    const max = (inBytes ? marking.maxBytes : marking.maxPackets) ?? 0;
    this.updateAverage(marking.weight ?? RED_WEIGHT, inBytes, rateBps, nowUs);
    if (this.average < min) {
      this.sinceMark = -1;
      return false;
    }
    this.sinceMark++;
    let isChosen = this.average >= max;
    if (!isChosen) {
      const base = ((marking.maxProbability ?? RED_MAX_PROBABILITY) * (this.average - min)) / (max - min);
      // Dividing by the wait spreads the marks evenly instead of in clusters.
      const spread = this.sinceMark * base;
      isChosen = spread >= 1 || random.nextFraction() < base / (1 - spread);
    }
    if (isChosen) this.sinceMark = 0;
    return isChosen;
  }

  /** The average follows the length; over a time without frames it sinks as if small frames had come to an empty queue. */
  private updateAverage(weight: number, inBytes: boolean, rateBps: number, nowUs: number): void {
    if (this.count === 0) {
      const idleFrames = (Math.max(0, nowUs - this.freeAtUs) * rateBps) / (8e6 * IDLE_FRAME_BYTES);
      this.average *= (1 - weight) ** (1 + idleFrames);
      return;
    }
    const length = inBytes ? this.backlogBytes(rateBps, nowUs) : this.count;
    this.average += weight * (length - this.average);
  }

  private grow(): void {
    const { departures, head, count } = this;
    const wider = new Float64Array(departures.length * 2);
    for (let k = 0; k < count; k++) wider[k] = departures[(head + k) % departures.length]!;
    this.departures = wider;
    this.head = 0;
  }
}

/** What an idle line is taken to have sent: frames of this size. */
const IDLE_FRAME_BYTES = 1000;

/** @throws ArgumentError naming the setting that is out of range. */
export function checkQueuePackets(queuePackets: number): void {
  if (Number.isInteger(queuePackets) && queuePackets >= 1) return;
  throw new ArgumentError('queuePackets', `must be an integer of at least 1, got ${String(queuePackets)}`);
}
