/** The Fast Open cookies that scripts take for granted are those a stack makes under the standing keys. */
import { expect, test } from 'vitest';
import { parseDrillScript } from '../../src/drill/parse-script.ts';
import { failureLines } from '../../src/drill/report.ts';
import { runScript } from '../../src/drill/runner.ts';

const ZERO_KEY = '00000000-00000000-00000000-00000000';

const offer = (cookie: string, mss: number): string => `
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 setsockopt(3, SOL_TCP, TCP_FASTOPEN, [5], 4) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000,FO,nop,nop>
+0 > S. 0:0(0) ack 1 <mss ${mss},FO ${cookie},nop,nop>
`;

test.each(['ipv4', 'ipv6', 'ipv4-mapped-ipv6'])('%s', (version) => {
  const mss = version === 'ipv6' ? 1440 : 1460;
  const texts = [
    `--ip_version=${version}\n\`./defaults.sh\`\n${offer('TFO_COOKIE', mss)}`,
    `--ip_version=${version}\n\`sysctl -q net.ipv4.tcp_fastopen=0x403 net.ipv4.tcp_fastopen_key=${ZERO_KEY} net.ipv4.tcp_ecn=0\`\n${offer('TFO_COOKIE_ZERO', mss)}`,
  ];
  for (const text of texts) {
    const result = runScript(parseDrillScript(text, { file: 'cookie.pkt' }));
    expect(failureLines(result, text)).toEqual([]);
  }
});
