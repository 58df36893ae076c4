/**
 * What is counted, under the names of /proc/net/snmp and /proc/net/netstat: a row for each thing that can happen, with everything
 * that it counts and nothing else, so that a counter too many is seen like one too few.
 */
import { describe, expect, it } from 'vitest';
import { Tcb } from '../../src/tcp/index.ts';
import { MSS_1460, readAll, text } from '../requirements/bench.ts';
import { type Profile, SegmentPeer, type StageOptions } from '../support/segment-peer.ts';

type Counts = Readonly<Record<string, number>>;

interface Row {
  readonly name: string;
  readonly state: Parameters<typeof SegmentPeer.inState>[0];
  readonly options?: StageOptions;
  readonly profile?: Profile;
  /** Before counting begins. */
  readonly before?: (peer: SegmentPeer) => void;
  readonly act: (peer: SegmentPeer) => void;
  readonly counts: Counts;
}

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const SACK_PERMITTED = [...MSS_1460, 1, 1, 4, 2];

function countersOf({ bench }: SegmentPeer): Record<string, number> {
  const { tcp, tcpExt } = bench.stack.counters;
  return { ...tcp, ...tcpExt };
}

/** Every counter that has changed, by how much. */
function changes(before: Counts, after: Counts): Counts {
  const names = Object.keys(after).filter((name) => after[name] !== before[name]);
  return Object.fromEntries(names.map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)]));
}

function rows(title: string, all: readonly Row[]): void {
  describe.each(PROFILES)(`%s: ${title}`, (profile) => {
    for (const { name, state, options, before, act, counts } of all.filter(
      (row) => (row.profile ?? profile) === profile,
    )) {
      it(name, () => {
        const peer = SegmentPeer.inState(state, { ...options, profile });
        before?.(peer);
        peer.bench.take();
        const first = countersOf(peer);
        act(peer);
        peer.bench.take();
        expect(changes(first, countersOf(peer))).toEqual(counts);
      });
    }
  });
}

/** Octets of a timestamp that our clock has not come to yet. */
function echoOfTomorrow({ bench }: SegmentPeer): number[] {
  const [entry] = bench.stack.tcp.connections;
  const offset = entry instanceof Tcb ? entry.tsOffset : 0;
  const value = (bench.nowUs / 1_000 + offset + 86_400_000) >>> 0;
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

/** Octets of a SACK option: pairs of offsets from what the stack has sent. */
function sack(peer: SegmentPeer, ...edges: readonly number[]): number[] {
  const words = edges.flatMap((edge) => {
    const seq = (peer.sndNxt + edge) >>> 0;
    return [seq >>> 24, (seq >>> 16) & 255, (seq >>> 8) & 255, seq & 255];
  });
  return [1, 1, 5, 2 + words.length, ...words];
}

rows('challenges and resets', [
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

rows('PAWS', [
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

rows('text', [
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
  },
  {
    name: 'CLOSE with text unread',
    state: 'ESTABLISHED',
    before: (peer) => peer.send({ flags: 'PA', data: 10 }),
    act: (peer) => peer.user.close(),
    counts: { OutSegs: 1, OutRsts: 1, EstabResets: 1, CurrEstab: -1, TCPAbortOnClose: 1 },
  },
]);

rows('windows', [
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

rows('timers', [
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

rows('loss', [
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

rows('TIME-WAIT', [
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
