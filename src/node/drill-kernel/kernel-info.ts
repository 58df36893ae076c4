/** A connection of the kernel in figures, by getsockopt(2): TCP_INFO, SO_MEMINFO, TCP_CC_INFO as the names that code of scripts knows. */
import type { CodeValue } from '../../drill/code/code-values.ts';
import { POSIX } from '../../socket/posix/constants.ts';
import { int32 } from '../native.ts';
import type { Libc } from './libc.ts';
import { viewOf } from './structures.ts';

const SO_MEMINFO = 55;
const TCP_CC_INFO = 26;

type Field = readonly [name: string, octets: 1 | 2 | 4 | 8];

/** struct tcp_info of Linux 6.18, in order; an older kernel fills less of it. */
/** TCP_SYN_SENT as the kernel numbers states. */
const SYN_SENT = 2;
const TCP_INFO: readonly Field[] = [
  ...fields(1, 'state', 'ca_state', 'retransmits', 'probes', 'backoff', 'options', 'wscales', 'flags'),
  ...fields(4, 'rto', 'ato', 'snd_mss', 'rcv_mss', 'unacked', 'sacked', 'lost', 'retrans', 'fackets'),
  ...fields(4, 'last_data_sent', 'last_ack_sent', 'last_data_recv', 'last_ack_recv', 'pmtu', 'rcv_ssthresh'),
  ...fields(4, 'rtt', 'rttvar', 'snd_ssthresh', 'snd_cwnd', 'advmss', 'reordering', 'rcv_rtt', 'rcv_space'),
  ...fields(4, 'total_retrans'),
  ...fields(8, 'pacing_rate', 'max_pacing_rate', 'bytes_acked', 'bytes_received'),
  ...fields(4, 'segs_out', 'segs_in', 'notsent_bytes', 'min_rtt', 'data_segs_in', 'data_segs_out'),
  ...fields(8, 'delivery_rate', 'busy_time', 'rwnd_limited', 'sndbuf_limited'),
  ...fields(4, 'delivered', 'delivered_ce'),
  ...fields(8, 'bytes_sent', 'bytes_retrans'),
  ...fields(4, 'dsack_dups', 'reord_seen', 'rcv_ooopack', 'snd_wnd', 'rcv_wnd', 'rehash'),
  ...fields(2, 'total_rto', 'total_rto_recoveries'),
  ...fields(4, 'total_rto_time', 'received_ce', 'delivered_e1_bytes', 'delivered_e0_bytes', 'delivered_ce_bytes'),
  ...fields(4, 'received_e1_bytes', 'received_e0_bytes', 'received_ce_bytes'),
  ...fields(2, 'accecn_fail_mode', 'accecn_opt_seen'),
];

const MEMORY: readonly string[] = [
  ...['RMEM_ALLOC', 'RCVBUF', 'WMEM_ALLOC', 'SNDBUF', 'FWD_ALLOC', 'WMEM_QUEUED', 'OPTMEM', 'BACKLOG', 'DROPS'],
];

const CONTROLS: Readonly<Record<string, readonly Field[]>> = {
  bbr: fields(4, 'bbr_bw_lo', 'bbr_bw_hi', 'bbr_min_rtt', 'bbr_pacing_gain', 'bbr_cwnd_gain'),
  dctcp: [...fields(2, 'dctcp_enabled', 'dctcp_ce_state'), ...fields(4, 'dctcp_alpha', 'dctcp_ab_ecn', 'dctcp_ab_tot')],
};

function fields(octets: 1 | 2 | 4 | 8, ...names: readonly string[]): Field[] {
  return names.map((name) => [name, octets] as const);
}

/** The octets of an option; none when the call fails. */
function option(libc: Libc, fd: number, level: number, name: number): Uint8Array {
  const value = new Uint8Array(512);
  const length = int32(value.length);
  if (libc.getsockopt(fd, level, name, value, length) < 0) return new Uint8Array(0);
  return value.subarray(0, viewOf(length).getInt32(0, true));
}

function decode(bytes: Uint8Array, layout: readonly Field[], prefix: string): [string, CodeValue][] {
  const view = viewOf(bytes);
  let at = 0;
  return layout.map(([name, octets]) => {
    const value = at + octets > bytes.length ? 0 : numberAt(view, at, octets);
    at += octets;
    return [`${prefix}${name}`, value];
  });
}

function numberAt(view: DataView, at: number, octets: 1 | 2 | 4 | 8): number {
  if (octets === 1) return view.getUint8(at);
  if (octets === 2) return view.getUint16(at, true);
  return octets === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}

/** The connection behind a descriptor is in SYN-SENT. */
export function isOpening(libc: Libc, fd: number): boolean {
  return option(libc, fd, POSIX.SOL_TCP, POSIX.TCP_INFO)[0] === SYN_SENT;
}

/** All figures of the connection behind a descriptor. */
export function kernelFigures(libc: Libc, fd: number): Map<string, CodeValue> {
  const info = new Map(decode(option(libc, fd, POSIX.SOL_TCP, POSIX.TCP_INFO), TCP_INFO, 'tcpi_'));
  const scales = Number(info.get('tcpi_wscales') ?? 0);
  const flags = Number(info.get('tcpi_flags') ?? 0);
  info.set('tcpi_snd_wscale', scales & 15);
  info.set('tcpi_rcv_wscale', scales >> 4);
  info.set('tcpi_delivery_rate_app_limited', flags & 1);
  info.set('tcpi_fastopen_client_fail', (flags >> 1) & 3);
  const memory = decode(
    option(libc, fd, POSIX.SOL_SOCKET, SO_MEMINFO),
    MEMORY.map((name) => [name, 4]),
    'SK_MEMINFO_',
  );
  const control = String.fromCharCode(...option(libc, fd, POSIX.SOL_TCP, POSIX.TCP_CONGESTION)).split('\0')[0] ?? '';
  const layout = CONTROLS[control] ?? [];
  const figures = layout.length === 0 ? [] : decode(option(libc, fd, POSIX.SOL_TCP, TCP_CC_INFO), layout, '');
  return new Map([...info, ...memory, ...figures]);
}
