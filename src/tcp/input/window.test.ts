/** What window is offered and which one is taken (RFC 9293 sections 3.8.6.2.2 and 3.10.7.4, RFC 7323 section 2). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareTcb } from '../../../test/support/bare-tcb.ts';
import { PlainPacketMemory } from '../../base/packet-memory.ts';
import { IpPacket } from '../../wire/ip-packet.ts';
import { TcpSegment } from '../../wire/tcp-segment.ts';
import { linuxTcpSettings, rfcTcpSettings } from '../settings.ts';
import { BufferPool } from '../tcb/byte-ring.ts';
import { ReceiveBuffer } from '../tcb/receive-buffer.ts';
import { offerSynWindow, offerWindow, updateSendWindow, windowGain, windowScaleFor } from './window.ts';

describe('windowScaleFor', () => {
  it.each([
    [1, 0],
    [65_535, 0],
    [65_536, 1],
    [131_072, 2],
    [6_291_456, 7],
    [2 ** 30 - 1, 14],
    [2 ** 31 - 1, 14],
  ])('%i bytes: %i', (limit, scale) => {
    expect(windowScaleFor(limit)).toBe(scale);
  });
});

describe('offering', () => {
  it('a SYN is never scaled', () => {
    const tcb = bareTcb();
    tcb.rcvScale = 7;
    tcb.receiveLimit = 200_000;
    expect(offerSynWindow(tcb, rfcTcpSettings())).toBe(65_535);
    expect(tcb.rcvWnd).toBe(65_535);
  });

  it('of a SYN is a whole number of segments on Linux, timestamps taken off where they are agreed on', () => {
    const tcb = bareTcb();
    tcb.advertisedMss = 1460;
    tcb.receiveLimit = 65_536;
    expect(offerSynWindow(tcb, linuxTcpSettings())).toBe(44 * 1460);
  });

  it('opens by a segment at least, or by half the buffer', () => {
    const tcb = bareTcb();
    const pool = new BufferPool();
    tcb.receiveLimit = 10_000;
    tcb.receiveBuffer = new ReceiveBuffer();
    tcb.receiveBuffer.store(pool, 0, new Uint8Array(10_000), 0, 10_000);
    tcb.receiveBuffer.advance(10_000);
    expect([windowGain(tcb), offerWindow(tcb)]).toEqual([0, 0]);
    tcb.receiveBuffer.discard(pool, 1_459);
    expect([windowGain(tcb), offerWindow(tcb)]).toEqual([0, 0]);
    tcb.receiveBuffer.discard(pool, 1);
    expect([windowGain(tcb), offerWindow(tcb)]).toEqual([1_460, 1_460]);
    expect(tcb.rcvAdv).toBe(1_460);
  });

  it('whatever arrives and is read: the edge stays, the buffer is never promised twice', () => {
    const move = fc.record({
      arrives: fc.integer({ min: 0, max: 3_000 }),
      reads: fc.integer({ min: 0, max: 3_000 }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 14 }),
        fc.integer({ min: 500, max: 300_000 }),
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        fc.array(move, { maxLength: 60 }),
        (scale, limit, start, moves) => {
          const pool = new BufferPool();
          const tcb = bareTcb();
          tcb.rcvScale = scale;
          tcb.receiveLimit = limit;
          tcb.rcvNxt = start;
          tcb.rcvAdv = start;
          tcb.receiveBuffer = new ReceiveBuffer();
          const unit = 2 ** scale;
          let wireEdge = (start + offerWindow(tcb) * unit) | 0;
          for (const { arrives, reads } of moves) {
            const count = Math.min(arrives, tcb.rcvWnd);
            tcb.receiveBuffer.store(pool, 0, new Uint8Array(count), 0, count);
            tcb.receiveBuffer.advance(count);
            tcb.rcvNxt = (tcb.rcvNxt + count) | 0;
            tcb.receiveBuffer.discard(pool, Math.min(reads, tcb.receiveBuffer.length));
            const edge = (tcb.rcvNxt + offerWindow(tcb) * unit) | 0;
            expect((edge - wireEdge) | 0).toBeGreaterThan(-unit);
            if (((edge - wireEdge) | 0) > 0) wireEdge = edge;
            expect(((tcb.rcvAdv - wireEdge) | 0) >= 0).toBe(true);
            expect(tcb.receiveBuffer.length + tcb.rcvWnd).toBeLessThanOrEqual(limit + 2 * unit);
          }
        },
      ),
    );
  });
});

// RFC 9293 section 3.10.7.4, fifth: SND.WL1 < SEG.SEQ, or SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK.
describe('taking', () => {
  it.each([
    ['newer sequence', 101, 40, 1_000, 'both'],
    ['newer sequence, older ACK', 101, 30, 1_000, 'both'],
    ['same sequence, newer ACK', 100, 51, 1_000, 'both'],
    ['same sequence, newer ACK, less', 100, 51, 1, 'both'],
    ['same sequence, same ACK', 100, 50, 1_000, 'both'],
    ['same sequence, same ACK, nothing', 100, 50, 0, 'both'],
    // Linux takes it for an older one that comes late.
    ['same sequence, same ACK, less', 100, 50, 1, 'rfc'],
    ['same sequence, older ACK', 100, 49, 1_000, 'neither'],
    ['older sequence, newer ACK', 99, 60, 1_000, 'linux'],
    ['older sequence, same ACK', 99, 50, 1_000, 'neither'],
  ])('%s', (_, seq, ack, window, takes) => {
    for (const settings of [linuxTcpSettings(), rfcTcpSettings()]) {
      const tcb = bareTcb();
      tcb.sndWl1 = 100;
      tcb.sndWl2 = 50;
      tcb.sndWnd = 50;
      tcb.sndScale = 3;
      const segment = new TcpSegment(new IpPacket(new PlainPacketMemory(64)));
      segment.seq = seq;
      segment.ack = ack;
      segment.window = window;
      const isTaken = takes === 'both' || takes === settings.profile;
      expect(updateSendWindow(settings, tcb, segment, seq)).toBe(isTaken);
      expect(tcb.sndWnd).toBe(isTaken ? 8 * window : 50);
      expect(tcb.maxSndWnd).toBe(isTaken ? 8 * window : 0);
    }
  });

  // RFC 9293 §3.1 MUST-1: the window is an unsigned number, up to 65535 shifted by 14.
  it('the largest one is a positive number', () => {
    const tcb = bareTcb();
    tcb.sndScale = 14;
    const segment = new TcpSegment(new IpPacket(new PlainPacketMemory(64)));
    segment.seq = 1;
    segment.window = 65_535;
    updateSendWindow(rfcTcpSettings(), tcb, segment, segment.seq);
    expect(tcb.sndWnd).toBe(65_535 * 16_384);
  });
});
