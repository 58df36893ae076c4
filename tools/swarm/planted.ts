/** Bugs to plant: each a change of one source file, of a kind that people really write. */
import type { Break } from '../report/prove.ts';

export interface PlantedBug extends Break {
  readonly name: string;
  /** Further changes, where the code guards itself in more than one place. */
  readonly also: readonly Break[];
}

function bug(name: string, file: string, find: string, replace: string, also: readonly Break[] = []): PlantedBug {
  return { name, file, find, replace, also };
}

export const PLANTED: readonly PlantedBug[] = [
  bug(
    'checksums are not looked at',
    'src/wire/tcp.ts',
    'if (packet.checksumVerified === 0) {',
    'if (packet.checksumVerified === 2) {',
  ),
  bug(
    'no timer after a retransmission',
    'src/tcp/output/after-sending.ts',
    '    armTimer(env, tcb, TcpTimer.retransmission, isCut ? retryTicks(env, tcb) : usToTicks(tcb.rtoUs));',
    '    if (isSyn || isNew) armTimer(env, tcb, TcpTimer.retransmission, isCut ? retryTicks(env, tcb) : usToTicks(tcb.rtoUs));',
    [
      {
        file: 'src/tcp/timeouts.ts',
        find: '  armTimer(env, tcb, TcpTimer.retransmission, retryTicks(env, tcb));',
        replace: '  if (isSynOpen) armTimer(env, tcb, TcpTimer.retransmission, retryTicks(env, tcb));',
      },
    ],
  ),
  bug('a later sequence number is a larger one', 'src/tcp/seq.ts', 'return ((a - b) | 0) > 0;', 'return a > b;'),
  bug(
    'an early range behind a small hole is in order',
    'src/tcp/tcb/reassembly.ts',
    'while (gone < edges.length && seqLe(edges[gone] ?? 0, edge)) {',
    'while (gone < edges.length && seqLe(edges[gone] ?? 0, (edge + 100) | 0)) {',
  ),
  bug(
    'the edge of the window goes back while nobody reads',
    'src/tcp/input/window.ts',
    '    field = tcb.rcvWnd >>> scale;',
    '    field = tcb.rcvWnd >>> (scale + 1);',
  ),
  bug(
    'a closed window is not probed',
    'src/tcp/output/output.ts',
    'else if (isProbed && windowRoom < tcb.sendMss) {',
    'else if (isProbed && windowRoom < 0) {',
  ),
  bug(
    'a FIN is taken before the text in front of it',
    'src/tcp/input/text.ts',
    '|| tcb.rcvFinDone || !seqLe(tcb.rcvFinSeq, tcb.rcvNxt)) return true;',
    '|| tcb.rcvFinDone) return true;',
  ),
  bug('what overlaps is not skipped', 'src/tcp/input/segment-arrives.ts', '    segment.payloadOffset += early;\n', ''),
  bug(
    'an early FIN counts as an octet',
    'src/tcp/input/text.ts',
    '    if (tcb.rcvFinKnown && seqGt(edge, tcb.rcvFinSeq)) edge = tcb.rcvFinSeq;\n',
    '',
  ),
  bug(
    'the earlier of two ticks is the smaller one, also when the clock wraps',
    'src/tcp/timers.ts',
    'if (!tcb.isArmed || ((due - tcb.dueTick) | 0) < 0) env',
    'if (!tcb.isArmed || due < tcb.dueTick) env',
  ),
];
