/** Of each story about a popular claim: the packet that decides it. */
import { type Pattern, rowOf, type Seen } from './question.ts';

const EVIDENCE: Readonly<Record<string, Pattern>> = {
  'myth-ack-of-fin': { from: 'server', flags: 'ACK' },
  'myth-fin-number-random': { from: 'client', flags: 'FIN,ACK', nth: 3 },
  'myth-four-segments': { flags: 'RST,ACK' },
  'myth-msl': { isRepeat: true, isData: true },
  'myth-two-way-flood': { from: 'server', flags: 'SYN,ACK', isRepeat: true },
  'myth-syn-ack-data': { flags: 'SYN,ACK', nth: 2 },
  'myth-urgent-jumps': { isRepeat: true, isData: true },
  'myth-open-port-fin': { from: 'server', flags: 'RST' },
  'myth-six-flags': { flags: 'SYN,ECE,CWR,AE' },
};

/** The number of that row, null where there is none. */
export function evidenceOf(scene: string, run: Seen): number | null {
  const pattern = EVIDENCE[scene];
  return pattern === undefined ? null : (rowOf(run, pattern)?.number ?? null);
}
