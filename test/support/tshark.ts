/** What tshark, which knows nothing of us, finds wrong in a capture of ours. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Why tshark cannot be asked, for the title of a test that is skipped; null when it can. */
export const noTshark = (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, 'tshark')))
  ? null
  : 'tshark is not installed';

const SUMS = ['ip', 'tcp', 'udp'];
const REPEATED = ['retransmission', 'fast_retransmission', 'spurious_retransmission', 'out_of_order', 'lost_segment']
  .map((name) => `tcp.analysis.${name}`)
  .join(' or ');

/** Text of any octets, cut anywhere: tshark would take some of it for one protocol or another, and that for malformed. DNS is ours. */
const ANY_OCTETS = ['1-52', '54-65535'];

/**
 * Frames that fit a display filter, a line each, with sums checked and each segment read for itself.
 * @param field what to tell of them, default a summary
 * @throws Error when the file cannot be read
 */
export async function framesThatFit(file: string, filter: string, field = ''): Promise<string[]> {
  const settings = [...SUMS.map((protocol) => `${protocol}.check_checksum:TRUE`), 'tcp.desegment_tcp_streams:FALSE'];
  const told = field === '' ? [] : ['-T', 'fields', '-e', field];
  const args = [
    ...['-n', '-r', file],
    ...ANY_OCTETS.flatMap((ports) => ['-d', `tcp.port==${ports},data`]),
    ...settings.flatMap((setting) => ['-o', setting]),
    ...['-Y', filter],
    ...told,
  ];
  const { stdout } = await promisify(execFile)('tshark', args, { maxBuffer: 1 << 28 });
  return stdout.split('\n').filter((line) => line !== '');
}

/**
 * Display filter for frames that no reader can make sense of, or whose sums are wrong.
 * @param ours filter of what our stack sent, default all: Linux may write a sum of 0 as 0xffff, which is the same number and which
 *   tshark does not like; we may not.
 */
function damaged(ours = 'frame'): string {
  // What an ICMP message quotes is seldom the whole segment.
  const tcp = `(tcp.checksum.status==0 and not icmp and not icmpv6 and (tcp.checksum!=0xffff or (${ours})))`;
  const others = ['ip', 'udp', 'icmp', 'icmpv6'].map((protocol) => `${protocol}.checksum.status==0`);
  return ['_ws.malformed', tcp, ...others].join(' or ');
}

/** Frames that no reader can make sense of, or whose sums are wrong; `ours` fits what our stack sent. */
export function damagedFrames(file: string, ours = 'frame'): Promise<string[]> {
  return framesThatFit(file, damaged(ours));
}

/** Segments that tshark takes for sent again, out of order, or behind a gap. */
export function repeatedSegments(file: string, ours = 'frame', field = ''): Promise<string[]> {
  return framesThatFit(file, `(${REPEATED}) and (${ours})`, field);
}

/** Whether there is none of either kind: one look where two are seldom needed. */
export async function isSpotless(file: string): Promise<boolean> {
  return (await framesThatFit(file, `${REPEATED} or ${damaged()}`)).length === 0;
}
