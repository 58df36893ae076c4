/**
 * What is counted, under the names of /proc/net/snmp and /proc/net/netstat: a row for each thing that can happen, with everything
 * that it counts and nothing else, so that a counter too many is seen like one too few.
 */
import { Tcb } from '../../src/tcp/index.ts';
import { MSS_1460 } from '../requirements/bench.ts';
import type { SegmentPeer } from '../support/segment-peer.ts';
import { countedRows } from './counted-row.ts';

/** Octets of a timestamp that our clock has not come to yet. */
function echoOfTomorrow({ bench }: SegmentPeer): number[] {
  const [entry] = bench.stack.tcp.connections;
  const offset = entry instanceof Tcb ? entry.tsOffset : 0;
  const value = (bench.nowUs / 1_000 + offset + 86_400_000) >>> 0;
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}
countedRows('challenges and resets', [
  {
    name: 'a SYN in the window is challenged',
    state: 'ESTABLISHED',
    act: (peer) => peer.send({ flags: 'S', seq: 5 }),
    counts: { InSegs: 1, OutSegs: 1, TCPChallengeACK: 1, TCPSYNChallenge: 1 },
  },
  {
    name: 'a SYN outside of the window is challenged too',
    state: 'ESTABLISHED',
    act: (peer) => peer.send({ flags: 'S', seq: -500 }),
    counts: { InSegs: 1, OutSegs: 1, TCPChallengeACK: 1, TCPSYNChallenge: 1 },
  },
  {
    name: 'a RST in the window but not in place, and another one too soon',
    state: 'ESTABLISHED',
    act: (peer) => {
      peer.send({ flags: 'R', seq: 5 });
      peer.send({ flags: 'R', seq: 5 });
    },
    counts: { InSegs: 2, OutSegs: 1, TCPChallengeACK: 1, TCPACKSkippedChallenge: 1 },
  },
  {
    name: 'a RST in the window of a half-open connection but not in place',
    state: 'SYN-RECEIVED',
    act: (peer) => peer.send({ flags: 'R', seq: 5 }),
    counts: { InSegs: 1, OutSegs: 1, TCPChallengeACK: 1 },
  },
  {
    name: 'a RST in place ends a half-open connection',
    state: 'SYN-RECEIVED',
    act: (peer) => peer.send({ flags: 'R' }),
    counts: { InSegs: 1, AttemptFails: 1, EmbryonicRsts: 1 },
  },
  {
    name: 'the SYN of a half-open connection again, and again too soon',
    state: 'SYN-RECEIVED',
    act: (peer) => {
      peer.send({ flags: 'S', seq: -1, options: MSS_1460 });
      peer.send({ flags: 'S', seq: -1, options: MSS_1460 });
    },
    counts: { InSegs: 2, OutSegs: 1, RetransSegs: 1, TCPSynRetrans: 1, TCPACKSkippedSynRecv: 1 },
  },
  {
    name: 'a segment outside of the window of a half-open connection, and another one too soon',
    state: 'SYN-RECEIVED',
    act: (peer) => {
      peer.send({ flags: 'A', seq: -500 });
      peer.send({ flags: 'A', seq: -500 });
    },
    counts: { InSegs: 2, OutSegs: 1, TCPACKSkippedSynRecv: 1 },
  },
  {
    name: 'a bare ACK outside of the window, and another one too soon',
    state: 'ESTABLISHED',
    act: (peer) => {
      peer.send({ flags: 'A', seq: -500 });
      peer.send({ flags: 'A', seq: -500 });
    },
    counts: { InSegs: 2, OutSegs: 1, TCPPureAcks: 1, TCPACKSkippedSeq: 1 },
  },
]);

countedRows('PAWS', [
  {
    name: 'text from before what was heard last',
    state: 'ESTABLISHED',
    options: { timestamp: 0x1000_0000 },
    act: (peer) => {
      peer.peer.timestamp = 0x0fff_0000;
      peer.send({ flags: 'PA', data: 10 });
    },
    counts: { InSegs: 1, OutSegs: 1, PAWSEstab: 1, TCPPureAcks: 1 },
  },
  {
    name: 'an echo of what was never sent, in answer to our SYN',
    state: 'SYN-SENT',
    act: (peer) => peer.peer.send('SA', { options: [...MSS_1460, 1, 1, 8, 10, 0, 0, 0, 9, ...echoOfTomorrow(peer)] }),
    counts: { InSegs: 1, OutSegs: 1, OutRsts: 1, PAWSActive: 1 },
  },
]);

countedRows('text', [
  {
    name: 'early text is kept; what it has in common with what was kept is merged',
    state: 'ESTABLISHED',
    act: (peer) => {
      peer.send({ flags: 'A', seq: 100, data: 10 });
      peer.send({ flags: 'A', seq: 105, data: 10 });
    },
    counts: { InSegs: 2, OutSegs: 2, TCPOFOQueue: 2, TCPOFOMerge: 1, TCPPureAcks: 2 },
  },
  {
    name: 'text whose first half has arrived before: our ACK was lost',
    state: 'ESTABLISHED',
    before: (peer) => peer.send({ flags: 'PA', data: 10 }),
    act: (peer) => peer.send({ flags: 'PA', seq: 5, data: 10 }),
    counts: { InSegs: 1, OutSegs: 1, DelayedACKLost: 1, TCPPureAcks: 1 },
  },
  {
    name: 'urgent text',
    state: 'ESTABLISHED',
    act: (peer) => {
      peer.send({ flags: 'UPA', urgent: 4, data: 10 });
      peer.bench.run(1_000);
    },
    counts: { InSegs: 1, OutSegs: 1, TCPPureAcks: 1, DelayedACKs: 1, TCPUrgentData: 1 },
    profile: 'rfc',
  },
  {
    name: 'text for nobody',
    state: 'FIN-WAIT-2',
    before: (peer) => peer.user.close(),
    act: (peer) => peer.send({ flags: 'PA', data: 10 }),
    counts: { InSegs: 1, OutSegs: 1, OutRsts: 1, TCPAbortOnData: 1 },
    profile: 'rfc',
  },
  {
    name: 'text for what is as good as a record of TIME-WAIT',
    state: 'FIN-WAIT-2',
    before: (peer) => peer.user.close(),
    act: (peer) => peer.send({ flags: 'PA', data: 10 }),
    counts: { InSegs: 1, OutSegs: 1, OutRsts: 1 },
    profile: 'linux',
  },
  {
    name: 'CLOSE with text unread',
    state: 'ESTABLISHED',
    before: (peer) => peer.send({ flags: 'PA', data: 10 }),
    act: (peer) => peer.user.close(),
    counts: { OutSegs: 1, OutRsts: 1, EstabResets: 1, CurrEstab: -1, TCPAbortOnClose: 1 },
  },
]);
countedRows('TIME-WAIT', [
  {
    name: 'is counted where it begins',
    state: 'FIN-WAIT-2',
    act: (peer) => peer.send({ flags: 'FA' }),
    counts: { InSegs: 1, OutSegs: 1, TW: 1 },
  },
  {
    name: 'old text from before the FIN by its timestamp',
    state: 'TIME-WAIT',
    options: { timestamp: 0x1000_0000 },
    act: (peer) => {
      peer.peer.timestamp = 0x0fff_0000;
      peer.send({ flags: 'PA', seq: -1, data: 10 });
    },
    counts: { InSegs: 1, OutSegs: 1, PAWSTimewait: 1 },
  },
  {
    name: 'a new SYN reopens it for a listener',
    state: 'TIME-WAIT',
    options: { opening: 'passive' },
    act: (peer) => peer.send({ flags: 'S', seq: 1_000, options: MSS_1460 }),
    counts: { InSegs: 1, OutSegs: 1, TWRecycled: 1 },
  },
]);
