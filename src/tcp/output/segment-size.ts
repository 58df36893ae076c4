/**
 * How large the peer's full segments are, as far as what arrives tells: acknowledgments are counted by it (RFC 9293 section
 * 3.8.6.3), and which of them belong to small segments decides whether a reader releases them. The estimate follows what is
 * larger at once; what is smaller only when it comes twice in a row and does not look like the end of a write.
 */
import { TcpOptionSize } from '../../wire/tcp-option-writers.ts';
import { TcpFlag, type TcpSegment } from '../../wire/tcp-segment.ts';
import { noteSize } from '../input/receive-account.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import { announcedText, DEFAULT_MSS_V4 } from './mss.ts';
import { boundToWindow } from './payload.ts';

const HEADER_LENGTH = 20;
/** The least MSS anybody has. */
export const MSS_MIN = 88;
/** A segment with one of these may be the rest of something. */
const REMNANT = TcpFlag.fin | TcpFlag.urg | TcpFlag.syn | TcpFlag.psh;

/** Before anything has come, the peer's segments are thought to be no larger than ours, nor than half of the window. */
export function guessReceiveMss(tcb: Tcb): void {
  const least = Math.min(announcedText(tcb), boundToWindow(tcb, tcb.sendMss), tcb.rcvWnd >> 1, DEFAULT_MSS_V4);
  tcb.receiveMss = Math.max(MSS_MIN, least);
}

/** Octets of text in a segment. Linux counts what was old of it, too. */
export function wholeText(tcb: Tcb, { packet, headerLength, payloadLength }: TcpSegment): number {
  return tcb.receiveAccount === null ? payloadLength : packet.payloadLength - headerLength;
}

/** A segment with text has arrived. */
export function measureSegment(tcb: Tcb, segment: TcpSegment): void {
  const last = tcb.lastSegmentSize;
  if (last !== 0) tcb.lastSegmentSize = 0;
  const { gsoSize } = segment.packet;
  const whole = wholeText(tcb, segment);
  const length = gsoSize > 0 ? Math.min(gsoSize, whole) : whole;
  if (length >= tcb.receiveMss) {
    if (tcb.receiveAccount !== null && length !== tcb.receiveMss)
      noteSize(tcb, tcb.receiveAccount, length, segment.packet.totalLength);
    const full = Math.min(length, Math.max(announcedText(tcb), MSS_MIN));
    if (full !== tcb.receiveMss) tcb.receiveMss = full;
    if (segment.flags & TcpFlag.psh && tcb.pushedSegments === 0) tcb.pushedSegments = 1;
    return;
  }
  // With the header: options that come and go must not make equal segments look different.
  const size = length + segment.headerLength;
  const isPlain = (segment.flags & REMNANT) === 0 && size >= MSS_MIN + HEADER_LENGTH;
  if (isPlain || size >= DEFAULT_MSS_V4 + HEADER_LENGTH) {
    tcb.lastSegmentSize = size - HEADER_LENGTH - (tcb.has(Agreed.timestamps) ? TcpOptionSize.timestamps : 0);
    if (tcb.lastSegmentSize === last) {
      tcb.receiveMss = last;
      return;
    }
  }
  if (tcb.pushedSegments < 2) tcb.pushedSegments++;
}
