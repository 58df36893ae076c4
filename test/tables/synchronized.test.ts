/** RFC 9293 section 3.10.7.4: SEGMENT ARRIVES in the synchronized states, the checks in their order, a row for each branch. */
import { expect } from 'vitest';
import { text } from '../requirements/bench.ts';
import { type SegmentPeer, SYNCHRONIZED_STATES } from '../support/segment-peer.ts';
import { type Row, table } from './row.ts';

type Common = Omit<Row, 'state' | 'after'>;

const readsNothing = (peer: SegmentPeer): void => {
  expect(peer.user.readableLength).toBe(0);
};
/** SND.NXT as an ACK that changes nothing: what was acknowledged before the state was reached. */
const unacknowledged: Readonly<Record<string, number>> = { 'FIN-WAIT-1': -1, CLOSING: -1, 'LAST-ACK': -1 };

/** Rows for every state, the ACK number chosen so that it moves nothing. */
function everywhere(rows: (ack: number) => readonly Common[]): Row[] {
  return SYNCHRONIZED_STATES.flatMap((state) =>
    rows(unacknowledged[state] ?? 0).map((row) => ({ ...row, state, after: state })),
  );
}

// First check, sequence number: an unacceptable segment is answered by an ACK, unless it is a RST.
table(
  'first, the sequence number',
  everywhere((ack) => [
    { name: 'nothing at RCV.NXT - 1', given: { flags: 'A', seq: -1, ack }, reply: { flags: 'A', seq: 0, ack: 0 } },
    { name: 'old text', given: { flags: 'PA', seq: -10, ack, data: 9 }, reply: { flags: 'A', ack: 0, length: 0 } },
    { name: 'text wholly before', given: { flags: 'PA', seq: -9, ack, data: 9 }, reply: { flags: 'A', ack: 0 } },
    {
      name: 'text beyond the window',
      given: { flags: 'PA', seq: 400_000, ack, data: 9 },
      reply: { flags: 'A', ack: 0 },
    },
    { name: 'nothing beyond the window', given: { flags: 'A', seq: 400_000, ack }, reply: { flags: 'A', ack: 0 } },
    {
      name: 'half the space away',
      given: { flags: 'A', seq: -(2 ** 31), ack, data: 1 },
      reply: { flags: 'A', ack: 0 },
    },
    { name: 'a FIN beyond the window', given: { flags: 'FA', seq: 400_000, ack }, reply: { flags: 'A', ack: 0 } },
    { name: 'a RST before the window is dropped', given: { flags: 'R', seq: -2 }, reply: null },
    { name: 'a RST,ACK before the window is dropped', given: { flags: 'RA', seq: -2, ack }, reply: null },
    { name: 'a RST beyond the window is dropped', given: { flags: 'R', seq: 400_000 }, reply: null },
  ]),
);

/** A buffer of the user's choice, without scaling all of it is the window. */
const WINDOW = 65_535;

// Its last octet is in, the one behind it is out.
table(
  'first, the edge of the window',
  (
    [
      {
        name: 'RST at the last octet is challenged',
        given: { flags: 'R', seq: WINDOW - 1 },
        reply: { flags: 'A', ack: 0 },
      },
      { name: 'RST behind it is dropped', given: { flags: 'R', seq: WINDOW }, reply: null },
      {
        name: 'an octet at the last place is early',
        given: { flags: 'A', seq: WINDOW - 1, data: 1 },
        reply: { ack: 0 },
      },
      { name: 'an octet behind it is outside', given: { flags: 'A', seq: WINDOW, data: 1 }, reply: { ack: 0 } },
    ] as const
  ).map((row, index) => ({
    ...row,
    options: { receiveBufferSize: WINDOW },
    state: 'ESTABLISHED',
    after: 'ESTABLISHED',
    check: (peer) => {
      const { TCPOFOQueue } = peer.bench.stack.counters.tcpExt;
      expect(TCPOFOQueue).toBe(index === 2 ? 1 : 0);
    },
  })),
);

// Second check, RST (RFC 5961 section 3.2): only at RCV.NXT exactly; elsewhere in the window it is challenged.
table('second, the RST bit', [
  ...everywhere((ack) => [
    { name: 'RCV.NXT + 1 is challenged', given: { flags: 'R', seq: 1 }, reply: { flags: 'A', seq: 0, ack: 0 } },
    {
      name: 'in the window with ACK is challenged',
      given: { flags: 'RA', seq: 999, ack },
      reply: { flags: 'A', ack: 0 },
    },
    {
      name: 'its number counts, not that of text that reaches into the window',
      profile: 'rfc',
      given: { flags: 'R', seq: -5, data: 10 },
      reply: null,
    },
    {
      name: 'text that reaches into the window is challenged, and does not move its number to RCV.NXT',
      profile: 'linux',
      given: { flags: 'R', seq: -5, data: 10 },
      reply: { flags: 'A', seq: 0, ack: 0 },
    },
  ]),
  ...SYNCHRONIZED_STATES.flatMap((state): Row[] => [
    { name: 'at RCV.NXT it ends the connection', state, given: { flags: 'R' }, reply: null, after: 'CLOSED' },
    // RFC 9293 §3.5.3 SHLD-2: octets in a RST change nothing.
    { name: 'at RCV.NXT with text as well', state, given: { flags: 'R', data: 9 }, reply: null, after: 'CLOSED' },
    {
      name: 'at RCV.NXT with an old ACK as well',
      state,
      given: { flags: 'RA', ack: -9 },
      reply: null,
      after: 'CLOSED',
    },
  ]),
  ...(['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2'] as const).map(
    (state): Row => ({
      name: 'the user hears "connection reset"',
      state,
      given: { flags: 'R' },
      reply: null,
      after: 'CLOSED',
      check: (peer) => expect(peer.user.error?.code).toBe('ECONNRESET'),
    }),
  ),
  ...(['CLOSING', 'LAST-ACK'] as const).flatMap((state): Row[] => {
    const row = { state, given: { flags: 'R' }, reply: null, after: 'CLOSED' } as const;
    const hears = (code: string | undefined) => (peer: SegmentPeer) => expect(peer.user.error?.code).toBe(code);
    return [
      { ...row, name: 'a user who is still there hears of it on Linux', profile: 'linux', check: hears('ECONNRESET') },
      { ...row, name: 'the user hears nothing', profile: 'rfc', check: hears(undefined) },
    ];
  }),
]);

// Fourth check, SYN (RFC 5961 section 4.2): a challenge ACK wherever the SYN lies, and nothing of it is taken.
table(
  'fourth, the SYN bit',
  everywhere((ack) =>
    [0, 1, 1_000, -1, -1_000, 400_000, 2 ** 30].flatMap((seq) => [
      { name: `SYN at ${seq} is challenged`, given: { flags: 'S', seq }, reply: { flags: 'A', seq: 0, ack: 0 } },
      {
        name: `SYN,ACK with text at ${seq} is challenged, the text not taken`,
        given: { flags: 'SA', seq, ack, data: 5_000 },
        reply: { flags: 'A', seq: 0, ack: 0 },
        check: readsNothing,
      },
    ]),
  ),
);

// Fifth check, ACK (RFC 5961 section 5.2): SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT.
table('fifth, the ACK field', [
  ...everywhere((ack) => [
    { name: 'a segment without ACK is dropped', given: { flags: 'P', data: 5 }, reply: null, check: readsNothing },
    { name: 'a FIN without ACK is dropped', given: { flags: 'F' }, reply: null },
    {
      name: 'an ACK of something not yet sent is answered by ACK, text not taken',
      given: { flags: 'PA', ack: 1, data: 5 },
      reply: { flags: 'A', seq: 0, ack: 0 },
      check: readsNothing,
    },
    {
      name: 'an ACK older than the largest window is challenged, text not taken',
      given: { flags: 'PA', ack: -70_000, data: 5 },
      reply: { flags: 'A', seq: 0, ack: 0 },
      check: readsNothing,
    },
    { name: 'an ACK that repeats moves nothing', given: { flags: 'A', ack }, reply: null },
  ]),
  { name: 'the ACK of our FIN', state: 'FIN-WAIT-1', given: { flags: 'A' }, reply: null, after: 'FIN-WAIT-2' },
  { name: 'the ACK of our FIN', state: 'CLOSING', given: { flags: 'A' }, reply: null, after: 'TIME-WAIT' },
  { name: 'the ACK of our FIN', state: 'LAST-ACK', given: { flags: 'A' }, reply: null, after: 'CLOSED' },
  {
    name: 'an old ACK within the largest window: its text is taken',
    profile: 'rfc',
    state: 'ESTABLISHED',
    given: { flags: 'PA', ack: -60_000, data: 5 },
    reply: 'any',
    after: 'ESTABLISHED',
    check: (peer) => expect(peer.user.readableLength).toBe(5),
  },
  {
    name: 'an ACK of what was before our SYN is challenged on Linux, within the largest window too',
    profile: 'linux',
    state: 'ESTABLISHED',
    given: { flags: 'PA', ack: -60_000, data: 5 },
    reply: { flags: 'A', seq: 0, ack: 0 },
    after: 'ESTABLISHED',
    check: readsNothing,
  },
  {
    name: 'the ACK of our SYN,ACK repeated is a duplicate like any other',
    state: 'ESTABLISHED',
    options: { opening: 'passive' },
    given: { flags: 'A' },
    reply: null,
    after: 'ESTABLISHED',
  },
]);

// Sixth check, URG: taken where text may come, ignored behind the peer's FIN.
table('sixth, the URG bit', [
  ...(['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2'] as const).map(
    (state): Row => ({
      name: 'the user is told',
      state,
      given: { flags: 'UA', ack: state === 'FIN-WAIT-1' ? -1 : 0, urgent: 10 },
      reply: null,
      after: state,
      check: (peer) => expect(peer.user.urgentLength).toBe(10),
    }),
  ),
  ...(['CLOSE-WAIT', 'CLOSING', 'LAST-ACK'] as const).map(
    (state): Row => ({
      name: 'is ignored after the FIN',
      state,
      given: { flags: 'UA', ack: state === 'CLOSE-WAIT' ? 0 : -1, urgent: 10 },
      reply: null,
      after: state,
      check: (peer) => expect(peer.user.urgentLength).toBe(0),
    }),
  ),
]);

// Eighth check, FIN: by state. (A FIN cannot be processed before SYN-SENT ends: see the tables of the opening states.)
const FIN_ROWS: readonly Row[] = [
  { name: 'a FIN', state: 'ESTABLISHED', given: { flags: 'FA' }, reply: { flags: 'A', ack: 1 }, after: 'CLOSE-WAIT' },
  {
    name: 'text and FIN: Linux waits for an answer to ride on',
    profile: 'linux',
    state: 'ESTABLISHED',
    given: { flags: 'FPA', data: 7 },
    reply: null,
    after: 'CLOSE-WAIT',
    check: (peer) => {
      expect(peer.user.readableLength).toBe(7);
      peer.bench.run(45);
      peer.expect({ flags: 'A', ack: 8 });
    },
  },
  {
    name: 'text and FIN',
    profile: 'rfc',
    state: 'ESTABLISHED',
    given: { flags: 'FPA', data: 7 },
    reply: { flags: 'A', ack: 8 },
    after: 'CLOSE-WAIT',
    check: (peer) => expect(peer.user.readableLength).toBe(7),
  },
  {
    name: 'a FIN before its text waits',
    state: 'ESTABLISHED',
    given: { flags: 'FA', seq: 7 },
    reply: { flags: 'A', ack: 0 },
    after: 'ESTABLISHED',
    check: (peer) => {
      peer.send({ flags: 'A', data: 7 });
      peer.expect({ flags: 'A', ack: 8 });
      expect(peer.state).toBe('CLOSE-WAIT');
    },
  },
  {
    name: 'a FIN that does not acknowledge ours',
    state: 'FIN-WAIT-1',
    given: { flags: 'FA', ack: -1 },
    reply: { flags: 'A', ack: 1 },
    after: 'CLOSING',
  },
  {
    name: 'a FIN that acknowledges ours',
    state: 'FIN-WAIT-1',
    given: { flags: 'FA' },
    reply: { flags: 'A', ack: 1 },
    after: 'TIME-WAIT',
  },
  {
    name: 'a FIN with text that acknowledges ours',
    state: 'FIN-WAIT-1',
    given: { flags: 'FA', data: 3 },
    reply: { flags: 'A', ack: 4 },
    after: 'TIME-WAIT',
    check: (peer) => expect(peer.user.readableLength).toBe(3),
  },
  { name: 'a FIN', state: 'FIN-WAIT-2', given: { flags: 'FA' }, reply: { flags: 'A', ack: 1 }, after: 'TIME-WAIT' },
  {
    name: 'text and FIN',
    state: 'FIN-WAIT-2',
    given: { flags: 'FA', data: 3 },
    reply: { flags: 'A', ack: 4 },
    after: 'TIME-WAIT',
    check: (peer) => expect(peer.user.readableLength).toBe(3),
  },
  // Remain in the state; the FIN is old by now, so the first check acknowledges it.
  ...(['CLOSE-WAIT', 'CLOSING', 'LAST-ACK'] as const).map(
    (state): Row => ({
      name: 'a FIN that comes again is acknowledged again',
      state,
      given: { flags: 'FA', seq: -1, ack: state === 'CLOSE-WAIT' ? 0 : -1 },
      reply: { flags: 'A', ack: 0 },
      after: state,
    }),
  ),
  ...(['CLOSE-WAIT', 'CLOSING', 'LAST-ACK'] as const).map(
    (state): Row => ({
      name: 'text behind a FIN is ignored',
      state,
      given: { flags: 'PA', ack: state === 'CLOSE-WAIT' ? 0 : -1, data: 5 },
      reply: 'any',
      after: state,
      check: (peer) => {
        expect(peer.user.readableLength).toBe(0);
        peer.send({ flags: 'A', seq: -1, ack: state === 'CLOSE-WAIT' ? 0 : -1, data: 1 });
        const { ack } = peer.taken().at(-1) ?? { ack: 0 };
        expect(ack, 'RCV.NXT has not moved').toBe(0);
      },
    }),
  ),
  {
    name: 'a FIN that comes again tells nothing new',
    profile: 'rfc',
    state: 'CLOSING',
    given: { flags: 'FA', seq: -1, ack: -1 },
    reply: 'any',
    after: 'CLOSING',
  },
  {
    name: 'a FIN that comes again is heard for its ACK, here of our FIN',
    profile: 'linux',
    state: 'CLOSING',
    given: { flags: 'FA', seq: -1, ack: 0 },
    reply: 'any',
    after: 'TIME-WAIT',
  },
];
table('eighth, the FIN bit', FIN_ROWS);

// The closed receive window: RFC 9293 §3.10.7.4, special allowance for ACK, URG and RST.
const CLOSED_WINDOW = { receiveBufferSize: 2_000 } as const;
const fill = (peer: SegmentPeer): void => {
  peer.send({ flags: 'PA', data: text(2_000) });
  peer.rcvNxt = (peer.rcvNxt + 2_000) >>> 0;
  peer.bench.run(500);
};
const zero = { state: 'ESTABLISHED', options: CLOSED_WINDOW, before: fill, after: 'ESTABLISHED' } as const;
table('a closed receive window', [
  { ...zero, name: 'an empty segment at RCV.NXT is acceptable', given: { flags: 'A' }, reply: null },
  {
    ...zero,
    name: 'one octet is not taken, and answered with window 0',
    given: { flags: 'A', data: 1 },
    reply: { flags: 'A', ack: 0, window: 0 },
    check: (peer) => expect(peer.user.readableLength).toBe(2_000),
  },
  {
    ...zero,
    name: 'a full segment is not taken',
    given: { flags: 'A', data: 1_460 },
    reply: { flags: 'A', ack: 0, window: 0 },
  },
  {
    ...zero,
    name: 'the octet before is answered (a probe as kernels send it)',
    given: { flags: 'A', seq: -1 },
    reply: { flags: 'A', ack: 0, window: 0 },
  },
  { ...zero, name: 'RCV.NXT + 1 is unacceptable', given: { flags: 'A', seq: 1 }, reply: { flags: 'A', ack: 0 } },
  { ...zero, name: 'a RST at RCV.NXT counts', given: { flags: 'R' }, reply: null, after: 'CLOSED' },
  { ...zero, name: 'a RST at RCV.NXT + 1 does not', given: { flags: 'R', seq: 1 }, reply: null },
  { ...zero, name: 'a RST with text at RCV.NXT counts', given: { flags: 'R', data: 3 }, reply: null, after: 'CLOSED' },
  {
    ...zero,
    name: 'an urgent pointer counts',
    given: { flags: 'UA', urgent: 10, data: 1 },
    reply: { flags: 'A', ack: 0 },
    check: (peer) => expect(peer.user.urgentLength).toBe(2_010),
  },
  {
    ...zero,
    name: 'the ACK of a segment with text counts, the text does not',
    before: (peer) => {
      fill(peer);
      peer.user.write(text(100));
      peer.sndNxt = (peer.sndNxt + 100) >>> 0;
    },
    given: { flags: 'A', data: 10 },
    reply: { flags: 'A', ack: 0 },
    check: (peer) => expect([peer.user.unacknowledgedLength, peer.user.readableLength]).toEqual([0, 2_000]),
  },
]);
