/** Segments that belong to no connection (RFC 9293 sections 3.5.2 and 3.10.7.1): the RST that answers them. */
import type { IpPacket } from '../../wire/ip-packet.ts';
import { TcpFlag, type TcpSegment } from '../../wire/tcp-segment.ts';
import { ConnectionKey } from '../connection-key.ts';
import type { ControlSegment } from '../environment.ts';

/** RFC 9293 section 3.10.7.1: <SEQ=SEG.ACK><CTL=RST>, or <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>. */
export function resetAnswering(segment: TcpSegment): ControlSegment {
  const { packet } = segment;
  const local = packet.destinationAddress();
  const hasAck = (segment.flags & TcpFlag.ack) !== 0;
  return {
    key: new ConnectionKey(local, segment.destinationPort, packet.sourceAddress(), segment.sourcePort, 0),
    seq: hasAck ? segment.ack : 0,
    ack: hasAck ? 0 : (segment.seq + segment.length) | 0,
    flags: hasAck ? TcpFlag.rst : TcpFlag.rst | TcpFlag.ack,
    window: 0,
    hasTimestamps: false,
    timestampValue: 0,
    timestampEcho: 0,
    parameters: null,
  };
}

/** Source and destination are one and the same: a connection with itself. */
export function isFromItself(segment: TcpSegment): boolean {
  const { packet } = segment;
  return (
    segment.sourcePort === segment.destinationPort &&
    packet.source3 === packet.destination3 &&
    packet.source2 === packet.destination2 &&
    packet.source1 === packet.destination1 &&
    packet.source0 === packet.destination0
  );
}

/** Whether the packet comes from or goes to a group, or to nobody (RFC 9293 section 3.9.2.3). */
export function namesGroup(packet: IpPacket): boolean {
  return (
    isGroup(packet.family, packet.source0, packet.source3) ||
    isGroup(packet.family, packet.destination0, packet.destination3)
  );
}

function isGroup(family: number, w0: number, w3: number): boolean {
  return family === 4 ? w3 >>> 28 >= 0xe || w3 === 0 : w0 >>> 24 === 0xff;
}
