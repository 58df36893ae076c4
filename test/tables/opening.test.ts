/** RFC 9293 sections 3.10.7.1 to 3.10.7.4: SEGMENT ARRIVES before a connection is established, a row for each branch. */
import { expect } from 'vitest';
import { MSS_1460, readAll, text } from '../requirements/bench.ts';
import type { SegmentPeer } from '../support/segment-peer.ts';
import { type Row, table } from './row.ts';

const noListenerLost = (peer: SegmentPeer): void => {
  expect(peer.bench.stack.tcp.connections.size).toBe(0);
};

// RFC 9293 §3.10.7.1: all data is discarded; everything but a RST is answered by one.
const CLOSED: readonly Omit<Row, 'state' | 'after'>[] = [
  { name: 'RST is dropped', given: { flags: 'R' }, reply: null },
  { name: 'RST with ACK is dropped', given: { flags: 'RA' }, reply: null },
  { name: 'SYN is answered by RST,ACK', given: { flags: 'S' }, reply: { flags: 'RA', ack: 1 } },
  { name: 'data without ACK is answered by RST,ACK', given: { flags: '', data: 10 }, reply: { flags: 'RA', ack: 10 } },
  { name: 'FIN counts one octet', given: { flags: 'F' }, reply: { flags: 'RA', ack: 1 } },
  { name: 'SYN and FIN and data all count', given: { flags: 'SF', data: 5 }, reply: { flags: 'RA', ack: 7 } },
  { name: 'no flag at all is answered by RST,ACK', given: { flags: '' }, reply: { flags: 'RA', ack: 0 } },
  { name: 'ACK is answered by RST at its number', given: { flags: 'A', ack: 77 }, reply: { flags: 'R', seq: 77 } },
  { name: 'SYN,ACK is answered by RST at its number', given: { flags: 'SA', ack: 9 }, reply: { flags: 'R', seq: 9 } },
  { name: 'FIN,ACK with data likewise', given: { flags: 'FA', ack: 5, data: 9 }, reply: { flags: 'R', seq: 5 } },
];

table(
  'no connection',
  CLOSED.map((row) => ({ ...row, state: 'CLOSED', after: 'CLOSED', check: noListenerLost })),
);

const LISTEN: readonly Row[] = (
  [
    { name: 'first, a RST is ignored', given: { flags: 'R' }, reply: null },
    { name: 'a RST with SYN is ignored', given: { flags: 'RS' }, reply: null },
    { name: 'a RST with ACK is ignored', given: { flags: 'RA', ack: 5 }, reply: null },
    { name: 'second, an ACK is answered by RST', given: { flags: 'A', ack: 5 }, reply: { flags: 'R', seq: 5 } },
    { name: 'a SYN,ACK is answered by RST', given: { flags: 'SA', ack: 5 }, reply: { flags: 'R', seq: 5 } },
    { name: 'a FIN,ACK is answered by RST', given: { flags: 'FA', ack: 5 }, reply: { flags: 'R', seq: 5 } },
    {
      name: 'data with ACK is answered by RST',
      given: { flags: 'PA', ack: 5, data: 4 },
      reply: { flags: 'R', seq: 5 },
    },
    { name: 'fourth, a FIN alone is dropped', given: { flags: 'F' }, reply: null },
    { name: 'data alone is dropped', given: { flags: '', data: 4 }, reply: null },
    { name: 'URG and PSH alone are dropped', given: { flags: 'UP', urgent: 4, data: 4 }, reply: null },
    { name: 'nothing at all is dropped', given: { flags: '' }, reply: null },
  ] as const
).map((row) => ({ ...row, state: 'LISTEN', after: 'LISTEN', check: noListenerLost }));

const LISTEN_SYN: readonly Row[] = [
  {
    name: 'third, a SYN is answered by SYN,ACK',
    state: 'LISTEN',
    given: { flags: 'S', options: MSS_1460 },
    reply: { flags: 'SA', ack: 1, length: 0 },
    after: 'SYN-RECEIVED',
  },
  {
    name: 'ECE and CWR in a SYN ask for ECN, PSH does not matter',
    state: 'LISTEN',
    given: { flags: 'SPEC', options: MSS_1460 },
    reply: { flags: 'SAE', ack: 1 },
    after: 'SYN-RECEIVED',
  },
  {
    name: 'text in a SYN is left to be sent again',
    profile: 'linux',
    state: 'LISTEN',
    given: [
      { flags: 'S', data: 10, options: MSS_1460 },
      { flags: 'A', seq: 1, ack: 0 },
    ],
    reply: 'any',
    after: 'SYN-RECEIVED',
  },
  {
    name: 'text in a SYN is queued until the connection is established',
    profile: 'rfc',
    state: 'LISTEN',
    given: { flags: 'S', data: 10, options: MSS_1460 },
    reply: { flags: 'SA' },
    after: 'SYN-RECEIVED',
    check: (peer) => {
      expect(finishHandshake(peer, 11)).toEqual(text(10));
      expect(peer.state).toBe('ESTABLISHED');
    },
  },
  {
    name: 'a FIN alone in a SYN is queued until the connection is established',
    profile: 'rfc',
    state: 'LISTEN',
    given: { flags: 'SF', options: MSS_1460 },
    reply: { flags: 'SA' },
    after: 'SYN-RECEIVED',
    check: (peer) => {
      expect(finishHandshake(peer, 2)).toEqual(text(0));
      expect(peer.state).toBe('CLOSE-WAIT');
    },
  },
  {
    name: 'a FIN in a SYN is queued until the connection is established',
    profile: 'rfc',
    state: 'LISTEN',
    given: { flags: 'SF', data: 10, options: MSS_1460 },
    reply: { flags: 'SA' },
    after: 'SYN-RECEIVED',
    check: (peer) => {
      expect(finishHandshake(peer, 12)).toEqual(text(10));
      expect(peer.state).toBe('CLOSE-WAIT');
    },
  },
];

/** Acknowledges the SYN-ACK (ours was taken; its ISN is asked of the connection) and reads what the SYN brought. */
function finishHandshake(peer: SegmentPeer, seq: number): Uint8Array {
  const [connection] = peer.bench.stack.tcp.connections;
  if (connection === undefined || !('iss' in connection)) throw new Error('no connection');
  peer.sndNxt = (connection.iss + 1) >>> 0;
  peer.send({ flags: 'A', seq });
  const socket = peer.listener?.accept() ?? null;
  if (socket === null) throw new Error('nothing to accept');
  return readAll(socket);
}

table('LISTEN', [...LISTEN, ...LISTEN_SYN]);

// RFC 9293 §3.10.7.3: five steps: ACK, RST, security, SYN, anything else. SND.NXT is ISS + 1, RCV.NXT stands for the peer's ISS.
const SYN_SENT: readonly Omit<Row, 'state'>[] = [
  {
    name: 'an ACK of ISS is answered by RST',
    given: { flags: 'A', ack: -1 },
    reply: { flags: 'R', seq: -1 },
    after: 'SYN-SENT',
  },
  {
    name: 'an ACK beyond SND.NXT is answered by RST',
    given: { flags: 'A', ack: 1 },
    reply: { flags: 'R', seq: 1 },
    after: 'SYN-SENT',
  },
  {
    name: 'a SYN,ACK with an unacceptable ACK is answered by RST',
    given: { flags: 'SA', ack: 100 },
    reply: { flags: 'R', seq: 100 },
    after: 'SYN-SENT',
  },
  {
    name: 'an unacceptable ACK with RST is dropped',
    given: { flags: 'RA', ack: 100 },
    reply: null,
    after: 'SYN-SENT',
  },
  {
    name: 'an unacceptable ACK with RST is dropped: ISS',
    given: { flags: 'RA', ack: -1 },
    reply: null,
    after: 'SYN-SENT',
  },
  { name: 'a RST without ACK is dropped', given: { flags: 'R' }, reply: null, after: 'SYN-SENT' },
  {
    name: 'a RST with an acceptable ACK refuses the connection',
    given: { flags: 'RA' },
    reply: null,
    after: 'CLOSED',
    check: (peer) => expect(peer.user.error?.code).toBe('ECONNREFUSED'),
  },
  {
    name: 'a RST,ACK with a SYN refuses as well',
    given: { flags: 'RSA' },
    reply: null,
    after: 'CLOSED',
    check: (peer) => expect(peer.user.error?.code).toBe('ECONNREFUSED'),
  },
  { name: 'an acceptable ACK without SYN or RST is dropped', given: { flags: 'A' }, reply: null, after: 'SYN-SENT' },
  { name: 'a FIN,ACK without SYN is dropped', given: { flags: 'FA', data: 3 }, reply: null, after: 'SYN-SENT' },
  { name: 'a FIN alone is dropped', given: { flags: 'F' }, reply: null, after: 'SYN-SENT' },
  { name: 'data alone is dropped', given: { flags: '', data: 3 }, reply: null, after: 'SYN-SENT' },
  {
    name: 'a SYN,ACK establishes and is acknowledged',
    given: { flags: 'SA', options: MSS_1460 },
    reply: { flags: 'A', seq: 0, ack: 1, length: 0 },
    after: 'ESTABLISHED',
  },
  {
    name: 'a SYN,ACK with text: Linux takes none without Fast Open',
    profile: 'linux',
    given: { flags: 'SFA', data: 20, options: MSS_1460 },
    reply: { flags: 'A', seq: 0, ack: 1 },
    after: 'ESTABLISHED',
    check: (peer) => expect(peer.user.readableLength).toBe(0),
  },
  {
    name: 'a SYN,ACK with text: both are acknowledged',
    profile: 'rfc',
    given: { flags: 'SA', data: 20, options: MSS_1460 },
    reply: { flags: 'A', seq: 0, ack: 21 },
    after: 'ESTABLISHED',
    check: (peer) => expect(readAll(peer.user)).toEqual(text(20)),
  },
  {
    name: 'a SYN,ACK with FIN: the sixth to eighth step follow',
    profile: 'rfc',
    given: { flags: 'SFA', data: 20, options: MSS_1460 },
    reply: { flags: 'A', seq: 0, ack: 22 },
    after: 'CLOSE-WAIT',
    check: (peer) => expect(readAll(peer.user)).toEqual(text(20)),
  },
  {
    name: 'a SYN without ACK: both open at once',
    given: { flags: 'S', options: MSS_1460 },
    reply: { flags: 'SA', seq: -1, ack: 1 },
    after: 'SYN-RECEIVED',
  },
];

table(
  'SYN-SENT',
  SYN_SENT.map((row) => ({ ...row, state: 'SYN-SENT' })),
);

const AFTER_SYN = { state: 'SYN-RECEIVED' } as const;
const ACTIVE = { opening: 'active' } as const;

/** The same whichever way SYN-RECEIVED was reached. */
const SYN_RECEIVED: readonly Omit<Row, 'state'>[] = [
  {
    name: 'first, a segment before the window is answered by ACK',
    given: { flags: 'A', seq: -2, ack: 0, data: 1 },
    reply: { flags: 'A', seq: 0, ack: 0 },
    after: 'SYN-RECEIVED',
  },
  {
    name: 'a segment beyond the window is answered by ACK',
    given: { flags: 'A', seq: 70_000, data: 1 },
    reply: { flags: 'A', seq: 0, ack: 0 },
    after: 'SYN-RECEIVED',
  },
  { name: 'a RST before the window is dropped', given: { flags: 'R', seq: -1 }, reply: null, after: 'SYN-RECEIVED' },
  {
    name: 'a RST beyond the window is dropped',
    given: { flags: 'R', seq: 70_000 },
    reply: null,
    after: 'SYN-RECEIVED',
  },
  {
    name: 'second, a RST in the window but not at RCV.NXT is challenged',
    given: { flags: 'R', seq: 1 },
    reply: { flags: 'A', seq: 0, ack: 0 },
    after: 'SYN-RECEIVED',
  },
  {
    name: 'fifth, a segment without ACK is dropped',
    given: { flags: '', data: 9 },
    reply: null,
    after: 'SYN-RECEIVED',
  },
  { name: 'a FIN without ACK is dropped', given: { flags: 'F' }, reply: null, after: 'SYN-RECEIVED' },
  {
    name: 'an ACK of ISS is answered by RST at its number',
    given: { flags: 'A', ack: -1 },
    reply: { flags: 'R', seq: -1 },
    after: 'SYN-RECEIVED',
  },
  {
    name: 'an ACK beyond SND.NXT is answered by RST at its number',
    given: { flags: 'A', ack: 1 },
    reply: { flags: 'R', seq: 1 },
    after: 'SYN-RECEIVED',
  },
  { name: 'the ACK of our SYN establishes', given: { flags: 'A' }, reply: null, after: 'ESTABLISHED' },
  {
    name: 'the ACK of our SYN with text establishes, the text is taken',
    given: { flags: 'PA', data: 12 },
    reply: 'any',
    after: 'ESTABLISHED',
    check: (peer) => {
      const socket = peer.socket ?? peer.listener?.accept() ?? null;
      expect(socket === null ? null : readAll(socket)).toEqual(text(12));
    },
  },
  {
    name: 'the ACK of our SYN with FIN goes on to CLOSE-WAIT',
    given: { flags: 'FA' },
    reply: { flags: 'A', seq: 0, ack: 1 },
    after: 'CLOSE-WAIT',
  },
];

const SYN_RECEIVED_PASSIVE: readonly Row[] = [
  // RFC 9293 §3.5 MUST-11: a passive opener goes back to LISTEN, and the user hears nothing.
  {
    ...AFTER_SYN,
    name: 'a RST at RCV.NXT leads back to LISTEN',
    given: { flags: 'R' },
    reply: null,
    after: 'LISTEN',
    check: (peer) => expect(peer.listener?.accept()).toBeNull(),
  },
  {
    ...AFTER_SYN,
    name: 'fourth, a SYN in the window leads back to LISTEN',
    given: { flags: 'S', seq: 1 },
    reply: 'any',
    after: 'LISTEN',
  },
  {
    ...AFTER_SYN,
    name: 'the same SYN again is answered by the same SYN,ACK',
    given: { flags: 'S', seq: -1, options: MSS_1460 },
    reply: { flags: 'SA', seq: -1, ack: 0 },
    after: 'SYN-RECEIVED',
  },
];

const SYN_RECEIVED_ACTIVE: readonly Row[] = [
  {
    ...AFTER_SYN,
    options: ACTIVE,
    name: 'a RST at RCV.NXT refuses the connection of an active opener; Linux says that it was reset',
    given: { flags: 'R' },
    reply: null,
    after: 'CLOSED',
    check: ({ user, bench }) => {
      const { profile } = bench.stack.settings.tcp;
      expect(user.error?.code).toBe(profile === 'rfc' ? 'ECONNREFUSED' : 'ECONNRESET');
    },
  },
  {
    ...AFTER_SYN,
    options: ACTIVE,
    name: 'a SYN in the window is challenged (RFC 5961)',
    given: { flags: 'S', seq: 1 },
    reply: { flags: 'A', seq: 0, ack: 0 },
    after: 'SYN-RECEIVED',
  },
  {
    ...AFTER_SYN,
    options: ACTIVE,
    name: 'the SYN,ACK of a simultaneous open establishes',
    given: { flags: 'SA', seq: -1, options: MSS_1460 },
    reply: 'any',
    after: 'ESTABLISHED',
  },
  {
    ...AFTER_SYN,
    options: ACTIVE,
    name: 'the SYN alone again is answered by SYN,ACK',
    profile: 'rfc',
    given: { flags: 'S', seq: -1, options: MSS_1460 },
    reply: { flags: 'SA', seq: -1, ack: 0 },
    after: 'SYN-RECEIVED',
  },
  {
    ...AFTER_SYN,
    options: ACTIVE,
    name: 'the SYN alone again is challenged on Linux',
    profile: 'linux',
    given: { flags: 'S', seq: -1, options: MSS_1460 },
    reply: { flags: 'A', seq: 0, ack: 0 },
    after: 'SYN-RECEIVED',
  },
];

table('SYN-RECEIVED', [
  ...SYN_RECEIVED.map((row) => ({ ...row, ...AFTER_SYN })),
  ...SYN_RECEIVED.map((row) => ({ ...row, ...AFTER_SYN, options: ACTIVE, name: `${row.name}, both opened` })),
  ...SYN_RECEIVED_PASSIVE,
  ...SYN_RECEIVED_ACTIVE,
]);
