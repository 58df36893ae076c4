/** What is counted, as in `counters.test.ts`: windows, timers, loss. */
import { MSS_1460, readAll, text } from '../requirements/bench.ts';
import type { SegmentPeer } from '../support/segment-peer.ts';
import { countedRows } from './counted-row.ts';

const SACK_PERMITTED = [...MSS_1460, 1, 1, 4, 2];

/** Octets of a SACK option: pairs of offsets from what the stack has sent. */
function sack(peer: SegmentPeer, ...edges: readonly number[]): number[] {
  const words = edges.flatMap((edge) => {
    const seq = (peer.sndNxt + edge) >>> 0;
    return [seq >>> 24, (seq >>> 16) & 255, (seq >>> 8) & 255, seq & 255];
  });
  return [1, 1, 5, 2 + words.length, ...words];
}
countedRows('windows', [
  {
    name: 'a full buffer shuts the window, and reading opens it',
    state: 'ESTABLISHED',
    profile: 'rfc',
    options: { receiveBufferSize: 4_000 },
    act: (peer) => {
      for (let at = 0; at < 4_000; at += 1_000) peer.send({ flags: 'PA', seq: at, data: 1_000 });
      peer.bench.run(1_000);
      readAll(peer.user);
      peer.bench.run(1_000);
    },
    counts: { InSegs: 4, OutSegs: 3, TCPPureAcks: 2, TCPToZeroWindowAdv: 1, TCPFromZeroWindowAdv: 1 },
  },
  {
    name: 'a full buffer shuts the window, and reading opens it again',
    state: 'ESTABLISHED',
    profile: 'linux',
    options: { receiveBufferSize: 2_304 },
    act: (peer) => {
      for (let at = 0; at < 3_000; at += 1_000) peer.send({ flags: 'PA', seq: at, data: 1_000 });
      peer.bench.run(1_000);
      readAll(peer.user);
      peer.bench.run(1_000);
    },
    counts: {
      ...{ InSegs: 3, OutSegs: 3, DelayedACKs: 1, TCPPureAcks: 2 },
      ...{ TCPToZeroWindowAdv: 1, TCPFromZeroWindowAdv: 1 },
    },
  },
  {
    name: 'text at a shut window is dropped',
    state: 'ESTABLISHED',
    profile: 'rfc',
    options: { receiveBufferSize: 2_000 },
    before: (peer) => {
      for (let at = 0; at < 2_000; at += 1_000) peer.send({ flags: 'PA', seq: at, data: 1_000 });
      peer.bench.run(1_000);
    },
    act: (peer) => peer.send({ flags: 'PA', seq: 2_000, data: 10 }),
    counts: { InSegs: 1, OutSegs: 1, TCPPureAcks: 1, TCPRcvQDrop: 1 },
  },
  {
    name: 'the window of the peer is shut: probes of one octet',
    state: 'ESTABLISHED',
    profile: 'rfc',
    before: (peer) => {
      peer.send({ flags: 'A', window: 0 });
      peer.user.write(text(100));
    },
    act: (peer) => peer.bench.run(1_100),
    counts: { OutSegs: 1, TCPWinProbe: 1, TCPOrigDataSent: 1 },
  },
  {
    name: 'the window of the peer is shut: probes without text',
    state: 'ESTABLISHED',
    profile: 'linux',
    before: (peer) => {
      peer.send({ flags: 'A', window: 0 });
      peer.user.write(text(100));
    },
    act: (peer) => peer.bench.run(300),
    counts: { OutSegs: 1, TCPWinProbe: 1 },
  },
]);

countedRows('timers', [
  {
    name: 'a SYN goes again',
    state: 'SYN-SENT',
    act: (peer) => peer.bench.run(1_100),
    counts: { OutSegs: 1, RetransSegs: 1, TCPTimeouts: 1, TCPSynRetrans: 1 },
  },
  {
    name: 'a SYN-ACK goes again',
    state: 'SYN-RECEIVED',
    act: (peer) => peer.bench.run(1_100),
    counts: { OutSegs: 1, RetransSegs: 1, TCPTimeouts: 1, TCPSynRetrans: 1 },
  },
  {
    name: 'keep-alive gives up',
    state: 'ESTABLISHED',
    before: (peer) => peer.user.setKeepAlive({ idleMs: 10_000, intervalMs: 2_000, probes: 3 }),
    act: (peer) => peer.bench.run(60_000),
    counts: { OutSegs: 4, OutRsts: 1, CurrEstab: -1, EstabResets: 1, TCPKeepAlive: 3, TCPAbortOnTimeout: 1 },
  },
  {
    name: 'an acknowledgment that waited for text to go with',
    state: 'ESTABLISHED',
    // Quick acknowledgments are over by then.
    before: (peer) => {
      for (let at = 0; at < 40; at++) peer.send({ flags: 'PA', seq: at * 10, data: 10 });
      peer.bench.run(190);
    },
    act: (peer) => {
      peer.send({ flags: 'PA', seq: 400, data: 10 });
      peer.bench.run(500);
    },
    counts: { InSegs: 1, OutSegs: 1, DelayedACKs: 1, TCPPureAcks: 1 },
  },
  {
    name: 'nobody answers: the connection is given up',
    state: 'ESTABLISHED',
    before: (peer) => peer.user.write(text(100)),
    act: (peer) => peer.bench.run(3_000_000),
    counts: {
      ...{ OutSegs: 16, RetransSegs: 16, TCPTimeouts: 16, TCPLostRetransmit: 15 },
      ...{ CurrEstab: -1, EstabResets: 1, TCPAbortOnTimeout: 1 },
    },
  },
]);

const HOLE = { state: 'ESTABLISHED', options: { synOptions: SACK_PERMITTED } } as const;

countedRows('loss', [
  {
    name: 'text and what acknowledges it',
    state: 'ESTABLISHED',
    act: (peer) => {
      peer.user.write(text(2_920));
      peer.bench.take();
      peer.send({ flags: 'A', ack: 2_920 });
    },
    counts: { InSegs: 1, OutSegs: 2, TCPOrigDataSent: 2 },
  },
  {
    ...HOLE,
    name: 'a hole told by SACK',
    before: (peer) => {
      peer.user.write(text(10 * 1_460));
      peer.bench.run(20);
    },
    act: (peer) => {
      for (let at = 2; at < 5; at++) peer.send({ flags: 'A', options: sack(peer, 1_460, at * 1_460) });
    },
    counts: { InSegs: 3, OutSegs: 1, RetransSegs: 1, TCPFastRetrans: 1, TCPSackRecovery: 1 },
  },
  {
    ...HOLE,
    name: 'a block of what was never sent',
    before: (peer) => peer.user.write(text(10 * 1_460)),
    act: (peer) => peer.send({ flags: 'A', options: sack(peer, 20 * 1_460, 21 * 1_460) }),
    counts: { InSegs: 1, TCPSACKDiscard: 1 },
  },
  {
    ...HOLE,
    name: 'a time-out, but everything had arrived; then the D-SACK of what went again',
    profile: 'linux',
    before: (peer) => {
      peer.user.write(text(3_000));
      peer.bench.run(1_050);
    },
    act: (peer) => {
      peer.send({ flags: 'A', ack: 3_000 });
      peer.send({ flags: 'A', ack: 3_000, options: sack(peer, 0, 1_460) });
    },
    counts: { InSegs: 2, TCPLossUndo: 1, TCPSpuriousRTOs: 1, TCPDSACKRecv: 1 },
  },
  {
    ...HOLE,
    name: 'a D-SACK of what was never sent',
    before: (peer) => {
      peer.user.write(text(1_000));
      peer.bench.run(1_050);
    },
    act: (peer) => peer.send({ flags: 'A', options: sack(peer, -2_000_000, -1_000) }),
    counts: { InSegs: 1, TCPDSACKIgnoredDubious: 1 },
  },
  {
    ...HOLE,
    name: 'what was SACKed is missing when the time-out comes',
    before: (peer) => {
      peer.user.write(text(10 * 1_460));
      peer.bench.run(20);
      peer.send({ flags: 'A', options: sack(peer, 1_460, 3 * 1_460) });
    },
    act: (peer) => peer.send({ flags: 'A', ack: 1_460 }),
    counts: { InSegs: 1, TCPSACKReneging: 1 },
  },
  {
    name: 'what a time-out has lost goes in slow start',
    state: 'ESTABLISHED',
    before: (peer) => {
      peer.user.write(text(5 * 1_460));
      peer.bench.run(1_300);
    },
    act: (peer) => peer.send({ flags: 'A', ack: 1_460 }),
    counts: { InSegs: 1, OutSegs: 2, RetransSegs: 2, TCPSlowStartRetrans: 1 },
  },
]);
