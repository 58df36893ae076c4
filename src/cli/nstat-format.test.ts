/** Counters under the kernel's names. */
import { describe, expect, it } from 'vitest';
import { StackPair } from '../../test/support/stack-pair.ts';
import { describeCounters } from '../stack/describe.ts';
import { namedCounters } from '../stack/named-counters.ts';
import { formatCounters } from './nstat-format.ts';

describe('nstat', () => {
  it('sorts the counters of IPv4 into Ip and IpExt and names drops', () => {
    const lines = formatCounters(
      {
        stack: 'a',
        groups: {
          Ip: { InReceives: 12, InOctets: 900, InHdrErrors: 0 },
          Tcp: { ActiveOpens: 1 },
          TcpExt: { TCPTimeouts: 2 },
        },
        drops: { 'tcp-bad-checksum': 3, notForUs: 1 },
      },
      false,
    );
    expect(lines).toEqual([
      '#woshou',
      'IpInReceives                    12                 0.0',
      'TcpActiveOpens                  1                  0.0',
      'TcpExtTCPTimeouts               2                  0.0',
      'IpExtInOctets                   900                0.0',
      'DropTcpBadChecksum              3                  0.0',
      'DropNotForUs                    1                  0.0',
    ]);
  });

  it('knows every counter of a stack, each once', () => {
    const names = namedCounters(describeCounters(new StackPair().a)).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of [
      'TcpActiveOpens',
      'TcpRetransSegs',
      'TcpExtListenOverflows',
      'IpInReceives',
      'IcmpInMsgs',
      'UdpInDatagrams',
      'Ip6OutRequests',
    ]) {
      expect(names).toContain(name);
    }
  });
});
