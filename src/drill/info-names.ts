/** Names the code of `%{ … }%` knows: a connection in figures under Linux's names (`tcpi_snd_cwnd`), states, option bits. */
import { CA_STATE_NAMES, type TcpInfo } from '../tcp/tcp-info.ts';
import type { CodeValue } from './code-ast.ts';

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

const CONSTANTS: readonly (readonly [name: string, value: number])[] = [
  ...STATES.map(([name], index) => [name, index + 1] as const),
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
  const names = new Map<string, CodeValue>(CONSTANTS);
  for (const [field, value] of Object.entries(info) as [string, CodeValue][]) {
    names.set(`tcpi_${snakeCase(field.replace(/(?:Us|Ms)$/, ''))}`, value);
  }
  names.set('tcpi_state', STATES.findIndex(([, rfc]) => rfc === info.state) + 1);
  names.set('tcpi_ca_state', CA_STATE_NAMES.indexOf(info.caState));
  return names;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
