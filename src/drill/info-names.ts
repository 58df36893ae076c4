/**
 * Names the code of `%{ … }%` knows: a connection in figures under Linux's names (`tcpi_snd_cwnd`), its memory and its congestion
 * control, states, option bits.
 */
import { Bbr } from '../tcp/congestion/bbr.ts';
import { Dctcp } from '../tcp/congestion/dctcp.ts';
import { sendMemory } from '../tcp/output/send-account.ts';
import { TcpState } from '../tcp/state.ts';
import type { Tcb } from '../tcp/tcb/tcb.ts';
import { CA_STATE_NAMES, type TcpInfo } from '../tcp/tcp-info.ts';
import type { CodeValue } from './code/code-values.ts';

/** States by their numbers in Linux, RFC 9293's names beside those of its headers. */
const STATES: readonly (readonly [name: string, rfc: string])[] = [
  ['TCP_ESTABLISHED', 'ESTABLISHED'],
  ['TCP_SYN_SENT', 'SYN-SENT'],
  ['TCP_SYN_RECV', 'SYN-RECEIVED'],
  ['TCP_FIN_WAIT1', 'FIN-WAIT-1'],
  ['TCP_FIN_WAIT2', 'FIN-WAIT-2'],
  ['TCP_TIME_WAIT', 'TIME-WAIT'],
  ['TCP_CLOSE', 'CLOSED'],
  ['TCP_CLOSE_WAIT', 'CLOSE-WAIT'],
  ['TCP_LAST_ACK', 'LAST-ACK'],
  ['TCP_LISTEN', 'LISTEN'],
  ['TCP_CLOSING', 'CLOSING'],
];

/** Constants beside the fields of a connection, whatever is under test. */
export const CODE_CONSTANTS: readonly (readonly [name: string, value: number])[] = [
  ...STATES.map(([name], index) => [name, index + 1] as const),
  // A request that is not a connection yet; no socket is ever in it.
  ['TCP_NEW_SYN_RECV', 12],
  ...CA_STATE_NAMES.map((name, index) => [`TCP_CA_${name}`, index] as const),
  ['TCPI_OPT_TIMESTAMPS', 1],
  ['TCPI_OPT_SACK', 2],
  ['TCPI_OPT_WSCALE', 4],
  ['TCPI_OPT_ECN', 8],
  ['TCPI_OPT_ECN_SEEN', 16],
  ['TCPI_OPT_SYN_DATA', 32],
  ['TCPI_OPT_USEC_TS', 64],
  ['TCPI_OPT_TFO_CHILD', 128],
];

/** The fields of tcp_info with their values at one moment, and the constants beside them. */
export function infoNames(info: TcpInfo): ReadonlyMap<string, CodeValue> {
  const names = new Map<string, CodeValue>(CODE_CONSTANTS);
  for (const [field, value] of Object.entries(info) as [string, CodeValue][]) {
    names.set(`tcpi_${snakeCase(field.replace(/(?:Us|Ms)$/, ''))}`, value);
  }
  names.set('tcpi_state', STATES.findIndex(([, rfc]) => rfc === info.state) + 1);
  names.set('tcpi_ca_state', CA_STATE_NAMES.indexOf(info.caState));
  // No least of nothing: the kernel says the largest number.
  if (info.rttUs === 0) names.set('tcpi_min_rtt', 0xffff_ffff);
  return names;
}

/** Linux counts the SYN of a connection it has opened, and FINs, among the octets that were acknowledged and received. */
export function flagOctets(tcb: Tcb, names: Map<string, CodeValue>): void {
  const isSynAcked = !tcb.isPassive && tcb.state >= TcpState.established;
  const isFinAcked = tcb.finSent && tcb.sndUna === tcb.sndNxt;
  names.set('tcpi_bytes_acked', tcb.bytesAcked + (isSynAcked ? 1 : 0) + (isFinAcked ? 1 : 0));
  names.set('tcpi_bytes_received', tcb.bytesReceived + (tcb.rcvFinDone ? 1 : 0));
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** SO_MEMINFO under Linux's names, octets; what the stack keeps no account of is 0. */
export function memoryNames(tcb: Tcb | null): ReadonlyMap<string, CodeValue> {
  const sent = tcb?.sendBuffer?.length ?? 0;
  return new Map<string, CodeValue>([
    ['SK_MEMINFO_RMEM_ALLOC', tcb?.receiveAccount?.held ?? tcb?.receiveBuffer?.length ?? 0],
    ['SK_MEMINFO_RCVBUF', tcb === null ? 0 : (tcb.receiveAccount?.space ?? 2 * tcb.receiveLimit)],
    ['SK_MEMINFO_WMEM_ALLOC', tcb === null ? 0 : sent - tcb.unsentLength],
    ['SK_MEMINFO_SNDBUF', tcb?.sendLimit ?? 0],
    ['SK_MEMINFO_FWD_ALLOC', 0],
    ['SK_MEMINFO_WMEM_QUEUED', tcb?.sendBuffer?.account == null ? sent : sendMemory(tcb)],
    ['SK_MEMINFO_OPTMEM', 0],
    ['SK_MEMINFO_BACKLOG', 0],
    ['SK_MEMINFO_DROPS', 0],
  ]);
}

/** BBR counts gains in 256ths, as in `struct tcp_bbr_info`. */
const GAIN_UNIT = 256;

/** Figures of the congestion control, as TCP_CC_INFO tells them; none of a control that has none. */
export function controlNames(tcb: Tcb | null): ReadonlyMap<string, CodeValue> {
  const control = tcb?.congestion ?? null;
  if (control instanceof Dctcp) {
    return new Map<string, CodeValue>([
      ['dctcp_enabled', tcb?.ecn === null ? 0 : 1],
      ['dctcp_alpha', control.alpha],
    ]);
  }
  if (!(control instanceof Bbr)) return new Map();
  const { model } = control;
  const bw = Math.floor(model.bw);
  return new Map<string, CodeValue>([
    ['bbr_bw', bw],
    ['bbr_bw_lo', bw % 2 ** 32],
    ['bbr_bw_hi', Math.floor(bw / 2 ** 32)],
    ['bbr_min_rtt', Number.isFinite(model.minRttUs) ? Math.round(model.minRttUs) : 0xffff_ffff],
    ['bbr_pacing_gain', Math.round(model.pacingGain * GAIN_UNIT)],
    ['bbr_cwnd_gain', Math.round(model.cwndGain * GAIN_UNIT)],
  ]);
}
