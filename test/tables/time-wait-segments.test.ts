/** RFC 9293 section 3.10.7.4 in TIME-WAIT: SEGMENT ARRIVES, a row for each branch. */
import { table } from './row.ts';

// TIME-WAIT: a repeated FIN is acknowledged; a RST at RCV.NXT ends the wait; the rest is at most answered.
const WAITS = { state: 'TIME-WAIT', after: 'TIME-WAIT' } as const;
table('TIME-WAIT', [
  { ...WAITS, name: 'the FIN again', given: { flags: 'FA', seq: -1 }, reply: { flags: 'A', seq: 0, ack: 0 } },
  { ...WAITS, name: 'an ACK in place', given: { flags: 'A' }, reply: null },
  { ...WAITS, name: 'old text', given: { flags: 'PA', seq: -100, data: 5 }, reply: { flags: 'A', seq: 0, ack: 0 } },
  {
    ...WAITS,
    name: 'text beyond the window',
    given: { flags: 'A', seq: 400_000, data: 5 },
    reply: { flags: 'A', ack: 0 },
  },
  { ...WAITS, name: 'an old SYN', given: { flags: 'S', seq: -100 }, reply: { flags: 'A', seq: 0, ack: 0 } },
  { ...WAITS, name: 'a SYN,ACK', given: { flags: 'SA', seq: -100 }, reply: { flags: 'A', seq: 0, ack: 0 } },
  { ...WAITS, name: 'a new SYN nobody listens for', given: { flags: 'S', seq: 9 }, reply: { flags: 'A', ack: 0 } },
  { ...WAITS, name: 'a RST before the window', given: { flags: 'R', seq: -1 }, reply: null },
  { ...WAITS, name: 'a RST beyond the window', given: { flags: 'R', seq: 400_000 }, reply: null },
  { ...WAITS, name: 'a RST in the window but not in place', given: { flags: 'R', seq: 1 }, reply: 'any' },
  { state: 'TIME-WAIT', after: 'CLOSED', name: 'a RST in place', given: { flags: 'R' }, reply: null },
  {
    ...WAITS,
    name: 'a RST in place when RFC 1337 is followed',
    options: { settings: { tcp: { rfc1337: true } } },
    given: { flags: 'R' },
    reply: null,
  },
]);
