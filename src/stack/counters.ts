/** All counters of a stack, grouped and named as /proc/net/snmp, snmp6 and netstat do, and drops by reason. */
import { IpCounters } from '../ip/counters.ts';
import { TcpCounters, TcpExtCounters } from '../tcp/counters.ts';
import { UdpCounters } from '../udp/udp-counters.ts';

/**
 * The counters of one stack. Plain numbers, only ever growing (but gauges such as `tcp.CurrEstab`); names are
 * Linux's.
 */
export class StackCounters extends IpCounters {
  /** Group Tcp of /proc/net/snmp: `ActiveOpens`, `RetransSegs`, … */
  tcp = new TcpCounters();
  /** Group TcpExt of /proc/net/netstat: `ListenDrops`, `TCPTimeouts`, … */
  tcpExt = new TcpExtCounters();
  readonly udp = new UdpCounters();
  readonly udp6 = new UdpCounters();
  /** What was dropped without being anybody's, by the name of the reason. */
  readonly drops = new Map<string, number>();
}
