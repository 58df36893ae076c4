/** Segments that lie just before the window: where Linux hears more than RFC 9293 section 3.10.7.4 does. */
import { SYNCHRONIZED_STATES } from '../support/segment-peer.ts';
import { type Row, table } from './row.ts';

// Linux lets a RST stand where the peer's FIN stood.
table(
  'first, a RST at RCV.NXT - 1',
  SYNCHRONIZED_STATES.flatMap((state): Row[] => {
    const isBehindFin = state === 'CLOSE-WAIT' || state === 'CLOSING' || state === 'LAST-ACK';
    const row = {
      name: isBehindFin ? 'behind a FIN' : 'before any FIN',
      state,
      given: { flags: 'R', seq: -1 },
      reply: null,
    } as const;
    return [
      { ...row, profile: 'linux', after: isBehindFin ? 'CLOSED' : state },
      { ...row, profile: 'rfc', after: state },
    ];
  }),
);

table('a FIN that comes again', [
  {
    name: 'a FIN that comes again with the ACK of ours is heard on Linux',
    state: 'CLOSING',
    profile: 'linux',
    given: { flags: 'FA', seq: -1, ack: 0 },
    reply: null,
    after: 'TIME-WAIT',
  },
  {
    name: 'a FIN that comes again lies before the window, whatever it acknowledges',
    state: 'CLOSING',
    profile: 'rfc',
    given: { flags: 'FA', seq: -1, ack: 0 },
    reply: { flags: 'A', ack: 0 },
    after: 'CLOSING',
  },
]);
