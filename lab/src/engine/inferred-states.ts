/**
 * States of both ends of a recorded connection, concluded from its packets alone (RFC 9293 section 3.3.2): a capture shows
 * what was sent and does not show what was lost behind it, so they are what the ends should have been in.
 */
import type { TcpStateName } from '../../../src/tcp/state.ts';

/** What matters of a segment. */
export interface SegmentFacts {
  readonly isSyn: boolean;
  readonly isAck: boolean;
  readonly isFin: boolean;
  readonly isRst: boolean;
  /** 0 to 2^32 - 1. */
  readonly seq: number;
  readonly ack: number;
  readonly length: number;
}

interface End {
  state: TcpStateName;
  /** One past its FIN, null before there is one. */
  finEnd: number | null;
}

/** Two ends, 0 and 1; 0 sent the first segment. */
export class InferredStates {
  private readonly ends: readonly [End, End];

  /** @param isFromBeginning the first segment is a SYN: else the connection was there before the recording */
  constructor(isFromBeginning: boolean) {
    const state = (): TcpStateName => (isFromBeginning ? 'CLOSED' : 'ESTABLISHED');
    this.ends = [
      { state: state(), finEnd: null },
      { state: isFromBeginning ? 'LISTEN' : 'ESTABLISHED', finEnd: null },
    ];
  }

  get states(): readonly [TcpStateName, TcpStateName] {
    return [this.ends[0].state, this.ends[1].state];
  }

  /** A segment of end `from` was seen; it is taken to arrive. */
  take(from: 0 | 1, segment: SegmentFacts): void {
    const sender = this.ends[from];
    const receiver = this.ends[from === 0 ? 1 : 0];
    if (segment.isRst) {
      sender.state = receiver.state = 'CLOSED';
      return;
    }
    if (segment.isSyn) this.syn(sender, receiver, segment);
    else if (segment.isAck && receiver.state === 'SYN-RECEIVED') receiver.state = 'ESTABLISHED';
    if (segment.isFin && sender.finEnd === null) {
      const knowsFin = receiver.finEnd === null || (segment.isAck && ((segment.ack - receiver.finEnd) | 0) >= 0);
      sendsFin(sender, (segment.seq + segment.length + 1) >>> 0, knowsFin);
    }
    if (segment.isAck && receiver.finEnd !== null && ((segment.ack - receiver.finEnd) | 0) >= 0)
      finAcknowledged(receiver);
    if (segment.isFin) receivesFin(receiver);
  }

  private syn(sender: End, receiver: End, segment: SegmentFacts): void {
    if (sender.state === 'CLOSED') sender.state = 'SYN-SENT';
    if (sender.state === 'LISTEN') sender.state = segment.isAck ? 'SYN-RECEIVED' : 'SYN-SENT';
    if (!segment.isAck) {
      if (receiver.state === 'LISTEN' || receiver.state === 'SYN-SENT') receiver.state = 'SYN-RECEIVED';
      return;
    }
    if (receiver.state === 'SYN-SENT' || receiver.state === 'SYN-RECEIVED') receiver.state = 'ESTABLISHED';
  }
}

/** @param knowsFin false: it does not acknowledge the peer's FIN, so the two have crossed and it was no answer */
function sendsFin(end: End, finEnd: number, knowsFin: boolean): void {
  end.finEnd = finEnd;
  if (end.state === 'CLOSE-WAIT' && !knowsFin) end.state = 'CLOSING';
  else if (end.state === 'ESTABLISHED' || end.state === 'SYN-RECEIVED') end.state = 'FIN-WAIT-1';
  else if (end.state === 'CLOSE-WAIT') end.state = 'LAST-ACK';
}

function finAcknowledged(end: End): void {
  if (end.state === 'FIN-WAIT-1') end.state = 'FIN-WAIT-2';
  else if (end.state === 'CLOSING') end.state = 'TIME-WAIT';
  else if (end.state === 'LAST-ACK') end.state = 'CLOSED';
}

function receivesFin(end: End): void {
  if (end.state === 'ESTABLISHED' || end.state === 'SYN-RECEIVED') end.state = 'CLOSE-WAIT';
  else if (end.state === 'FIN-WAIT-1') end.state = 'CLOSING';
  else if (end.state === 'FIN-WAIT-2') end.state = 'TIME-WAIT';
}
