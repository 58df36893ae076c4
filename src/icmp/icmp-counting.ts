/** Which counter an ICMP message belongs to, by family and type (RFC 4293, RFC 4292; Linux's names). */
import type { Icmp6Counters, IcmpCounters, IpCounters } from '../ip/counters.ts';

type Counter4 = keyof IcmpCounters;
type Counter6 = keyof Icmp6Counters;

const IN_4: ReadonlyMap<number, Counter4> = new Map<number, Counter4>([
  [0, 'InEchoReps'],
  [3, 'InDestUnreachs'],
  [4, 'InSrcQuenchs'],
  [5, 'InRedirects'],
  [8, 'InEchos'],
  [11, 'InTimeExcds'],
  [12, 'InParmProbs'],
  [13, 'InTimestamps'],
  [14, 'InTimestampReps'],
  [17, 'InAddrMasks'],
  [18, 'InAddrMaskReps'],
]);

const OUT_4: ReadonlyMap<number, Counter4> = new Map<number, Counter4>([
  [0, 'OutEchoReps'],
  [3, 'OutDestUnreachs'],
  [5, 'OutRedirects'],
  [8, 'OutEchos'],
  [11, 'OutTimeExcds'],
  [12, 'OutParmProbs'],
  [13, 'OutTimestamps'],
  [14, 'OutTimestampReps'],
]);

const IN_6: ReadonlyMap<number, Counter6> = new Map<number, Counter6>([
  [1, 'InDestUnreachs'],
  [2, 'InPktTooBigs'],
  [3, 'InTimeExcds'],
  [4, 'InParmProblems'],
  [128, 'InEchos'],
  [129, 'InEchoReplies'],
  [130, 'InGroupMembQueries'],
  [131, 'InGroupMembResponses'],
  [132, 'InGroupMembReductions'],
  [133, 'InRouterSolicits'],
  [134, 'InRouterAdvertisements'],
  [135, 'InNeighborSolicits'],
  [136, 'InNeighborAdvertisements'],
  [137, 'InRedirects'],
  [143, 'InMLDv2Reports'],
]);

const OUT_6: ReadonlyMap<number, Counter6> = new Map<number, Counter6>([
  [1, 'OutDestUnreachs'],
  [2, 'OutPktTooBigs'],
  [3, 'OutTimeExcds'],
  [4, 'OutParmProblems'],
  [128, 'OutEchos'],
  [129, 'OutEchoReplies'],
  [131, 'OutGroupMembResponses'],
  [132, 'OutGroupMembReductions'],
  [133, 'OutRouterSolicits'],
  [135, 'OutNeighborSolicits'],
  [136, 'OutNeighborAdvertisements'],
  [143, 'OutMLDv2Reports'],
]);

/** Counts the type of a sound message that came in; `InMsgs` is counted by the caller, before anything is checked. */
export function countIn(counters: IpCounters, family: 4 | 6, type: number): void {
  if (family === 4) {
    const name = IN_4.get(type);
    if (name !== undefined) counters.icmp[name]++;
    return;
  }
  const name = IN_6.get(type);
  if (name !== undefined) counters.icmp6[name]++;
}

/** Counts a message that goes out, `OutMsgs` included. */
export function countOut(counters: IpCounters, family: 4 | 6, type: number): void {
  if (family === 4) {
    counters.icmp.OutMsgs++;
    const name = OUT_4.get(type);
    if (name !== undefined) counters.icmp[name]++;
    return;
  }
  counters.icmp6.OutMsgs++;
  const name = OUT_6.get(type);
  if (name !== undefined) counters.icmp6[name]++;
}
