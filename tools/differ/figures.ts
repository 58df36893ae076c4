/** Figures of a connection as assertions of a script: what does not depend on real time exactly, the rest with some leeway. */
import type { CodeValue } from '../../src/drill/code/code-values.ts';

/** Compared exactly. */
const EXACT: readonly string[] = [
  ...['state', 'ca_state', 'retransmits', 'probes', 'backoff', 'options', 'snd_wscale', 'rcv_wscale', 'pmtu'],
  ...[
    'snd_mss',
    'rcv_mss',
    'advmss',
    'unacked',
    'sacked',
    'lost',
    'retrans',
    'rcv_ssthresh',
    'snd_ssthresh',
    'snd_cwnd',
  ],
  ...['reordering', 'rcv_space', 'total_retrans', 'bytes_acked', 'bytes_received', 'segs_out', 'segs_in'],
  ...['notsent_bytes', 'data_segs_in', 'data_segs_out', 'delivered', 'delivered_ce', 'bytes_sent', 'bytes_retrans'],
  ...[
    'received_ce',
    'received_e0_bytes',
    'received_e1_bytes',
    'received_ce_bytes',
    'accecn_fail_mode',
    'accecn_opt_seen',
  ],
  ...['delivered_e0_bytes', 'delivered_e1_bytes', 'delivered_ce_bytes'],
  ...['dsack_dups', 'reord_seen', 'rcv_ooopack', 'snd_wnd', 'rcv_wnd', 'total_rto'],
];

/** Compared with leeway, in their own units. */
const ROUGH: readonly (readonly [name: string, leeway: number])[] = [
  ['rtt', 6000],
  ['min_rtt', 6000],
  ['rto', 24_000],
  ['busy_time', 10_000],
  ['rwnd_limited', 10_000],
  ['sndbuf_limited', 10_000],
  ['last_data_sent', 40],
  ['last_data_recv', 16],
  ['last_ack_recv', 16],
];

/** Of the states that Linux counts, the last in which the peer has not closed. */
const FIN_WAIT_2 = 5;

/** Octets that the socket's buffers have and take, as ss(8) tells them with -m. */
const MEMORY: readonly string[] = ['RMEM_ALLOC', 'RCVBUF', 'SNDBUF'];

/** `assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd`, a line each; empty when there is no connection to ask about. @param choice names; none for all */
export function assertions(figures: ReadonlyMap<string, CodeValue>, choice = ''): string {
  const chosen = choice.split(' ');
  const figure = (name: string): number | null => {
    const value = figures.get(`tcpi_${name}`);
    return typeof value === 'number' && (choice === '' || chosen.includes(name)) ? value : null;
  };
  const lines: string[] = [];
  for (const name of EXACT) {
    const value = figure(name);
    if (value !== null) lines.push(`assert tcpi_${name} == ${value}, tcpi_${name}`);
  }
  for (const [name, leeway] of ROUGH) {
    const value = figure(name);
    if (value !== null) lines.push(`assert abs(tcpi_${name} - ${Math.round(value)}) <= ${leeway}, tcpi_${name}`);
  }
  // Behind the peer's FIN nobody cares what it takes.
  const hasEnded = Number(figures.get('tcpi_state')) > FIN_WAIT_2;
  for (const name of MEMORY) {
    if (hasEnded && name === 'RMEM_ALLOC') continue;
    const word = `SK_MEMINFO_${name}`;
    const value = figures.get(word);
    if (typeof value === 'number' && (choice === '' || chosen.includes(word)))
      lines.push(`assert ${word} == ${value}, ${word}`);
  }
  return lines.join('\n');
}
