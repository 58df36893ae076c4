/**
 * A connection in any state against any segments: whatever a peer sends, nothing throws, states change along the arrows of
 * RFC 9293 only, RCV.NXT and SND.UNA never move back, memory stays within the buffer, and what waits has a timer.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Tcb, TcpTimer } from '../../src/tcp/index.ts';
import { text } from '../requirements/bench.ts';
import { ALL_STATES, type Given, type Profile, SegmentPeer } from '../support/segment-peer.ts';

type Move =
  | { readonly kind: 'segment'; readonly given: Given }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'call'; readonly call: 'write' | 'read' | 'shutdown' | 'close' | 'urgent' };

const BUFFER = 4_000;
const flags = fc.subarray(['F', 'S', 'R', 'P', 'A', 'A', 'A', 'U'] as const).map((letters) => letters.join(''));
/** Near the edges that matter, or anywhere. */
const near = (...edges: number[]): fc.Arbitrary<number> =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.tuple(fc.constantFrom(...edges), fc.integer({ min: -3, max: 3 })).map(([a, b]) => a + b),
    },
    { weight: 1, arbitrary: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) },
  );
const option = fc.oneof(
  fc.constant([2, 4, 3, 232]),
  fc.constant([4, 2]),
  fc.constant([3, 3, 5]),
  fc.integer({ min: 0, max: 255 }).map((value) => [8, 10, 0, 0, 0, value, 0, 0, 0, 0]),
  fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 12 }),
);
const given: fc.Arbitrary<Given> = fc.record({
  flags,
  seq: near(0, 0, 0, 100, 1_000, BUFFER, 65_535),
  ack: near(0, 0, 0, 10, 500, 1_460, -65_535),
  window: fc.constantFrom(0, 1, 100, 2_000, 65_535, 65_535),
  urgent: fc.constantFrom(0, 1, 100, 65_535),
  data: fc.constantFrom(0, 0, 1, 10, 100, 1_000, 1_460),
  options: fc.array(option, { maxLength: 2 }).map((options) => options.flat()),
});
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('segment' as const), given }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 40, 200, 1_000, 30_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('call' as const),
      call: fc.constantFrom('write', 'write', 'read', 'read', 'urgent', 'shutdown', 'close'),
    }),
  },
) as fc.Arbitrary<Move>;

function perform(peer: SegmentPeer, one: Move): void {
  if (one.kind === 'segment') {
    peer.send(one.given);
    return;
  }
  if (one.kind === 'wait') {
    peer.bench.run(one.ms);
    return;
  }
  const { socket } = peer;
  if (socket === null) return;
  if (one.call === 'read') socket.read(new Uint8Array(700));
  else if (one.call === 'shutdown') socket.shutdownWrite();
  else if (one.call === 'close') socket.close();
  else if (socket.writableLength > 0) {
    if (one.call === 'urgent') socket.writeUrgent(text(20));
    else socket.write(text(800));
  }
}

/** The one Tcb there is, if there is one. */
function tcbOf(peer: SegmentPeer): Tcb | null {
  for (const entry of peer.bench.stack.tcp.connections) if (entry instanceof Tcb) return entry;
  return null;
}

function check(tcb: Tcb): void {
  expect(tcb.flightSize).toBeGreaterThanOrEqual(0);
  expect(tcb.rcvWnd).toBeGreaterThanOrEqual(0);
  expect(tcb.cwnd).toBeGreaterThanOrEqual(tcb.state >= 4 ? tcb.sendMss : 0);
  expect(tcb.receiveBuffer?.length ?? 0).toBeLessThanOrEqual(BUFFER + 256);
  const waits = tcb.flightSize > 0 || tcb.unsentLength > 0 || (tcb.finQueued && !tcb.finSent);
  const isTimed = (tcb.armed & (TcpTimer.retransmission | TcpTimer.persist)) !== 0 && tcb.isArmed;
  expect(waits && !isTimed, `${tcb.state}: ${tcb.flightSize} in flight, ${tcb.unsentLength} unsent, no timer`).toBe(
    false,
  );
}

/** RCV.NXT and SND.UNA of one connection, which only go forward. */
class ForwardWatch {
  private tcb: Tcb | null = null;
  private rcvNxt = 0;
  private sndUna = 0;

  look(tcb: Tcb | null): void {
    const isSynchronized = tcb !== null && tcb.state >= 4;
    if (isSynchronized && tcb === this.tcb) {
      expect((tcb.rcvNxt - this.rcvNxt) | 0).toBeGreaterThanOrEqual(0);
      expect((tcb.sndUna - this.sndUna) | 0).toBeGreaterThanOrEqual(0);
    }
    this.tcb = isSynchronized ? tcb : null;
    this.rcvNxt = tcb?.rcvNxt ?? 0;
    this.sndUna = tcb?.sndUna ?? 0;
  }
}

const RUNS = { numRuns: 60, seed: 9_293 };

describe.each<Profile>(['rfc', 'linux'])('%s', (profile) => {
  for (const state of ALL_STATES) {
    it(`any segments when ${state}`, () => {
      fc.assert(
        fc.property(fc.array(move, { maxLength: 25 }), fc.boolean(), (moves, hasOptions) => {
          const extra = hasOptions ? [4, 2, 3, 3, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0] : [];
          const peer = SegmentPeer.inState(state, {
            profile,
            receiveBufferSize: BUFFER,
            sendBufferSize: BUFFER,
            // The bench's own segments carry no timestamps: those states are reached without.
            synOptions: [2, 4, 3, 232, ...(state === 'ESTABLISHED' || profile === 'linux' ? extra : [])],
          });
          const watch = new ForwardWatch();
          for (const one of moves) {
            perform(peer, one);
            peer.bench.take();
            const tcb = tcbOf(peer);
            if (tcb !== null) check(tcb);
            watch.look(tcb);
          }
        }),
        RUNS,
      );
    });
  }
});
