/** Counters of UDP under the names of Linux's /proc/net/snmp (RFC 4113); one object per family. */
export class UdpCounters {
  InDatagrams = 0;
  NoPorts = 0;
  InErrors = 0;
  OutDatagrams = 0;
  RcvbufErrors = 0;
  SndbufErrors = 0;
  InCsumErrors = 0;
  /** Copies delivered beyond the first of a multicast or broadcast. */
  InMulti = 0;
}
