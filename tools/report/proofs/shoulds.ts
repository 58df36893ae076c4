/** Breaks of what RFC 9293 only recommends, where the stack does it. */
import type { ProofRow } from './proof-row.ts';

const ARRIVAL = 'test/requirements/arrival.test.ts';
const CALLS = 'test/requirements/user-calls.test.ts';
const CLOSING = 'test/requirements/closing.test.ts';
const ICMP = 'test/requirements/icmp.test.ts';
const KEEP_ALIVE = 'test/requirements/keep-alive.test.ts';
const MSS = 'test/requirements/mss.test.ts';
const OPENING = 'test/requirements/opening.test.ts';
const RETRANSMISSION = 'test/requirements/retransmission.test.ts';
const SEQUENCE = 'test/requirements/sequence.test.ts';
const WINDOW = 'test/requirements/window.test.ts';

export const SHOULD_PROOFS: readonly ProofRow[] = [
  [
    'SHLD-1',
    'src/tcp/opening/tuple-hash.ts',
    'WORDS[8] = (localPort << 16) | remotePort;',
    'WORDS[8] = remotePort;',
    SEQUENCE,
    'rfc: initial sequence numbers depend on the four-tuple through the key',
  ],
  [
    'SHLD-2',
    'src/tcp/input/segment-arrives.ts',
    '(segment.flags & TcpFlag.rst) === 0 || takeReset(env, tcb, segment)',
    '(segment.flags & TcpFlag.rst) === 0 || (segment.payloadLength === 0 && takeReset(env, tcb, segment))',
    OPENING,
    'rfc: opening takes a R that carries data',
  ],
  [
    'SHLD-3',
    'src/tcp/user-calls.ts',
    'const unread = tcb.receiveBuffer?.length ?? 0;',
    'const unread = 0;',
    CLOSING,
    'rfc: closing resets when closed with data unread',
  ],
  [
    'SHLD-4',
    'src/tcp/closing/time-wait.ts',
    'if (timeWait.hasTimestamps && newHas) {',
    'if (timeWait.hasTimestamps && !newHas) {',
    CLOSING,
    'rfc: reopening out of TIME-WAIT takes a SYN with a larger timestamp',
  ],
  [
    'SHLD-5',
    'src/tcp/opening/syn-writers.ts',
    "if (settings.profile !== 'linux' && mss === defaultMssOf(family)) return offset;",
    "if (settings.profile !== 'linux') return offset;",
    MSS,
    'rfc: maximum segment size is announced, and the announced one is obeyed',
  ],
  [
    'SHLD-7',
    'src/tcp/output/output.ts',
    "return env.settings.nagle === 'rfc' || seqGt(tcb.smallSeq, tcb.sndUna);",
    'return false;',
    MSS,
    'rfc: Nagle gathers small writes while octets are in flight',
  ],
  [
    'SHLD-9',
    'src/tcp/timeouts.ts',
    'if (tcb.timeouts !== env.settings.retries1) return;',
    'if (tcb.timeouts !== env.settings.retries2) return;',
    RETRANSMISSION,
    'rfc: giving up tells at R1 and closes at R2',
  ],
  [
    'SHLD-10',
    'src/tcp/settings.ts',
    'retries1: 3,',
    'retries1: 2,',
    RETRANSMISSION,
    'rfc: giving up does not reach R1 before three retransmissions',
  ],
  [
    'SHLD-11',
    'src/tcp/settings.ts',
    'retries2: 15,',
    'retries2: 4,',
    RETRANSMISSION,
    'rfc: giving up does not reach R2 within 100 seconds',
  ],
  [
    'SHLD-12',
    'src/tcp/output/output.ts',
    'what.seq = (tcb.sndNxt - 1) | 0;',
    'what.seq = tcb.sndNxt;',
    KEEP_ALIVE,
    'rfc: keep-alive probes without data',
  ],
  [
    'SHLD-18',
    'src/tcp/input/delayed-acks.ts',
    '  tcb.isAckDelayed = true;\n',
    '  return true;\n',
    WINDOW,
    'rfc: acknowledgments are delayed, by less than half a second',
  ],
  [
    'SHLD-19',
    'src/tcp/input/text.ts',
    ': unacknowledged >= full;',
    ': unacknowledged >= 3 * full;',
    WINDOW,
    'rfc: acknowledgments come at least for every second full segment',
  ],
  [
    'SHLD-20',
    'src/tcp/input/icmp-errors.ts',
    'if (tcb.hasUser && tcb.softErrorReports) env.notify(tcb, TcpEvent.softError);',
    'if (tcb.hasUser) env.notify(tcb, TcpEvent.softError);',
    CALLS,
    'rfc: soft errors are not reported to a user who does not want them',
  ],
  [
    'SHLD-24',
    'src/stack/tcp-layer.ts',
    'if (!tcb.isPassive || !isAcceptable(',
    'if (tcb.isPassive || !isAcceptable(',
    CALLS,
    'rfc: source routes are replaced by a later one',
  ],
  [
    'SHLD-26',
    'src/tcp/settings.ts',
    'hard_icmp_aborts: true,',
    'hard_icmp_aborts: false,',
    ICMP,
    'rfc: hard ICMP errors abort an established connection: port unreachable',
  ],
  [
    'SHLD-29',
    'src/tcp/output/output.ts',
    'windowRoom < tcb.sendMss) {\n    // RFC 9293 §3.8.6.1 SHLD-29: the first probe after one RTO of closed window.\n    armTimer(env, tcb, TcpTimer.persist, usToTicks(tcb.rtoUs));',
    'windowRoom < tcb.sendMss) {\n    armTimer(env, tcb, TcpTimer.persist, usToTicks(tcb.rtoUs * 3));',
    WINDOW,
    'rfc: a window that is closed is probed first after a retransmission time-out',
  ],
  [
    'SHLD-31',
    'src/tcp/input/text.ts',
    'else takeEarly(env, tcb, segment);',
    'else acknowledgeNow(env, tcb);',
    ARRIVAL,
    'rfc: arrival keeps segments that arrive early',
  ],
];
