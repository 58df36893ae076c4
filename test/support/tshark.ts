/** What tshark, which knows nothing of us, finds wrong in a capture of ours. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Why tshark cannot be asked, for the title of a test that is skipped; null when it can. */
export const noTshark = (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, 'tshark')))
  ? null
  : 'tshark is not installed';

const SUMS = ['ip', 'tcp', 'udp'];
const REPEATED = ['retransmission', 'fast_retransmission', 'spurious_retransmission', 'out_of_order', 'lost_segment'];

/** Frames that fit a display filter, a line each, with sums checked. @throws Error when the file cannot be read */
export function framesThatFit(file: string, filter: string): string[] {
  const checks = SUMS.flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`]);
  const text = execFileSync('tshark', ['-n', '-r', file, ...checks, '-Y', filter], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
  });
  return text.split('\n').filter((line) => line !== '');
}

/**
 * Frames that no reader can make sense of, or whose sums are wrong.
 * @param ours display filter of what our stack sent, default all: Linux may write a sum of 0 as 0xffff, which is the same number
 *   and which tshark does not like; we may not.
 */
export function damagedFrames(file: string, ours = 'frame'): string[] {
  const tcp = `(tcp.checksum.status==0 and (tcp.checksum!=0xffff or (${ours})))`;
  const others = ['ip', 'udp', 'icmp', 'icmpv6'].map((protocol) => `${protocol}.checksum.status==0`);
  return framesThatFit(file, ['_ws.malformed', tcp, ...others].join(' or '));
}

/** Segments that tshark takes for sent again, out of order, or behind a gap. */
export function repeatedSegments(file: string, ours = 'frame'): string[] {
  const flags = REPEATED.map((name) => `tcp.analysis.${name}`).join(' or ');
  return framesThatFit(file, `(${flags}) and (${ours})`);
}
