/**
 * What TCP counts, under the names of Linux's /proc/net/snmp and /proc/net/netstat (RFC 4022 for the first group).
 * Plain numbers, so that reading them costs nothing and `nstat` prints them as they are.
 */

/** `Tcp:` of /proc/net/snmp. */
export class TcpCounters {
  ActiveOpens = 0;
  PassiveOpens = 0;
  AttemptFails = 0;
  EstabResets = 0;
  CurrEstab = 0;
  InSegs = 0;
  OutSegs = 0;
  RetransSegs = 0;
  InErrs = 0;
  OutRsts = 0;
  InCsumErrors = 0;
}

/** `TcpExt:` of /proc/net/netstat, the part that exists here. */
export class TcpExtCounters {
  SyncookiesSent = 0;
  SyncookiesRecv = 0;
  SyncookiesFailed = 0;
  ListenOverflows = 0;
  ListenDrops = 0;
  TCPDeferAcceptDrop = 0;
  TCPReqQFullDoCookies = 0;
  TCPReqQFullDrop = 0;
  // Not in Linux: SYNs left unanswered because frames came faster than they could be taken.
  SynsShed = 0;
  TCPMinTTLDrop = 0;
  TCPTimeouts = 0;
  TCPSynRetrans = 0;
  TCPFastRetrans = 0;
  TCPSlowStartRetrans = 0;
  TCPRenoRecovery = 0;
  TCPSackRecovery = 0;
  TCPSACKReneging = 0;
  TCPSACKReorder = 0;
  TCPSACKDiscard = 0;
  TCPFullUndo = 0;
  TCPPartialUndo = 0;
  TCPDSACKUndo = 0;
  TCPLossUndo = 0;
  TCPSpuriousRTOs = 0;
  TCPLostRetransmit = 0;
  TCPLossProbes = 0;
  TCPLossProbeRecovery = 0;
  TCPDeliveredCE = 0;
  TCPDSACKRecv = 0;
  TCPDSACKIgnoredDubious = 0;
  TCPDSACKOldSent = 0;
  TCPDSACKOfoSent = 0;
  TCPAbortOnData = 0;
  TCPAbortOnClose = 0;
  TCPAbortOnMemory = 0;
  TCPAbortOnTimeout = 0;
  TCPAbortOnLinger = 0;
  TCPOFOQueue = 0;
  TCPOFODrop = 0;
  TCPOFOMerge = 0;
  TCPRcvQDrop = 0;
  PruneCalled = 0;
  RcvPruned = 0;
  OfoPruned = 0;
  TCPRcvCollapsed = 0;
  TCPMemoryPressures = 0;
  // Milliseconds.
  TCPMemoryPressuresChrono = 0;
  TCPChallengeACK = 0;
  TCPSYNChallenge = 0;
  TCPACKSkippedChallenge = 0;
  TCPACKSkippedSeq = 0;
  TCPACKSkippedFinWait2 = 0;
  TCPACKSkippedSynRecv = 0;
  TCPACKSkippedTimeWait = 0;
  PAWSEstab = 0;
  PAWSActive = 0;
  PAWSTimewait = 0;
  DelayedACKs = 0;
  DelayedACKLost = 0;
  TCPPureAcks = 0;
  TCPAckCompressed = 0;
  TCPKeepAlive = 0;
  TCPWinProbe = 0;
  TCPFromZeroWindowAdv = 0;
  TCPToZeroWindowAdv = 0;
  TCPWantZeroWindowAdv = 0;
  TW = 0;
  TWRecycled = 0;
  TCPTimeWaitOverflow = 0;
  OutOfWindowIcmps = 0;
  EmbryonicRsts = 0;
  TCPOrigDataSent = 0;
  TCPFastOpenActive = 0;
  TCPFastOpenActiveFail = 0;
  TCPFastOpenPassive = 0;
  TCPFastOpenPassiveFail = 0;
  TCPFastOpenListenOverflow = 0;
  TCPFastOpenCookieReqd = 0;
  TCPFastOpenBlackhole = 0;
  TCPFastOpenPassiveAltKey = 0;
  TCPHystartTrainDetect = 0;
  TCPHystartTrainCwnd = 0;
  TCPHystartDelayDetect = 0;
  TCPHystartDelayCwnd = 0;
  TCPUrgentData = 0;
  TCPMTUPFail = 0;
  TCPMTUPSuccess = 0;
  // Not in Linux: messages that packets were too big, held back because such packets had got through, and proven wrong.
  PmtuClaimsHeld = 0;
  PmtuClaimsRefuted = 0;
  TCPMD5NotFound = 0;
  TCPMD5Unexpected = 0;
  TCPMD5Failure = 0;
  TCPAORequired = 0;
  TCPAOBad = 0;
  TCPAOKeyNotFound = 0;
  TCPAOGood = 0;
  TCPAODroppedIcmps = 0;
}
