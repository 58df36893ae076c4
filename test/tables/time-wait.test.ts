/** TIME-WAIT over time (RFC 9293 sections 3.6.1 and 3.10.7.4, RFC 6191, RFC 1337): restarted, taken over, given up. */
import { describe, expect, it } from 'vitest';
import { ListenSocket, StreamSocket } from '../../src/socket/index.ts';
import { MSS_1460 } from '../requirements/bench.ts';
import { type Profile, SegmentPeer } from '../support/segment-peer.ts';

const WAITS: readonly [Profile, number][] = [
  ['rfc', 240_000],
  ['linux', 60_000],
];

function timestamps(value: number, echo = 0): number[] {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(0, value);
  new DataView(bytes.buffer).setUint32(4, echo);
  return [1, 1, 8, 10, ...bytes];
}

/** In TIME-WAIT with timestamps; TS.Recent is 1000. */
function stamped(profile: Profile): SegmentPeer {
  const synOptions = [...MSS_1460, ...timestamps(1_000)];
  const peer = SegmentPeer.inState('ESTABLISHED', { profile, synOptions });
  peer.user.shutdownWrite();
  peer.bench.take();
  peer.send({ flags: 'FA', ack: 1, options: timestamps(1_000) });
  peer.bench.take();
  expect(peer.state).toBe('TIME-WAIT');
  peer.sndNxt = (peer.sndNxt + 1) >>> 0;
  peer.rcvNxt = (peer.rcvNxt + 1) >>> 0;
  return peer;
}

describe.each(WAITS)('%s', (profile, waitMs) => {
  it('a repeated FIN starts the wait again', () => {
    const peer = SegmentPeer.inState('TIME-WAIT', { profile });
    for (let round = 0; round < 3; round++) {
      peer.bench.run(waitMs - 1_000);
      peer.send({ flags: 'FA', seq: -1 });
      peer.expect({ flags: 'A', seq: 0, ack: 0 });
    }
    peer.bench.run(waitMs - 10);
    expect(peer.state).toBe('TIME-WAIT');
    peer.bench.run(20);
    expect(peer.state).toBe('CLOSED');
  });

  it.each([
    ['an ACK', { flags: 'A' }],
    ['old text', { flags: 'PA', seq: -10, data: 5 }],
    ['an old SYN', { flags: 'S', seq: -10 }],
    ['a RST out of place', { flags: 'R', seq: 7 }],
  ] as const)('%s does not', (_, given) => {
    const peer = SegmentPeer.inState('TIME-WAIT', { profile });
    peer.bench.run(waitMs - 1_000);
    peer.send(given);
    peer.bench.run(1_010);
    expect(peer.state).toBe('CLOSED');
  });

  it('the user’s abort ends it', () => {
    const peer = SegmentPeer.inState('TIME-WAIT', { profile });
    peer.user.abort();
    peer.expectNothing();
    expect(peer.state).toBe('CLOSED');
    expect(peer.bench.stack.tcp.timeWaitCount).toBe(0);
  });

  it('answers strays at most twice a second', () => {
    const peer = SegmentPeer.inState('TIME-WAIT', { profile });
    for (let index = 0; index < 10; index++) {
      peer.send({ flags: 'A', seq: -10 });
      peer.bench.run(100);
    }
    expect(peer.taken().length).toBe(2);
    expect(peer.bench.stack.counters.tcpExt.TCPACKSkippedTimeWait).toBe(8);
  });

  // RFC 6191 §2 R6191-4, R6191-5: no timestamps before.
  // RFC 6191 section 2, for a listener on the same port.
  it.each([
    ['a SYN with a larger number', { seq: 1 }, true],
    ['a SYN at RCV.NXT', { seq: 0 }, false],
    ['a SYN with an old number', { seq: -5_000 }, false],
    ['timestamps that were not there before', { seq: -5_000, options: timestamps(5) }, true],
  ] as const)('without timestamps: %s', (_, given, isTaken) => {
    const peer = SegmentPeer.inState('TIME-WAIT', { profile });
    peer.listener = new ListenSocket(peer.bench.stack, { port: 80 });
    peer.send({ flags: 'S', ...given });
    const answer = peer.expect({ flags: isTaken ? 'SA' : 'A' });
    expect(peer.state).toBe(isTaken ? 'SYN-RECEIVED' : 'TIME-WAIT');
    // RFC 9293 §3.6.1 MAY-2: the new ISN is larger than everything the old connection used.
    if (isTaken) expect(answer.seq).toBeGreaterThan(65_535);
  });

  // RFC 6191 §2 R6191-1, R6191-2, R6191-3, R6191-5: timestamps before, and with the SYN or not.
  it.each([
    ['a later timestamp', { seq: -5_000, options: timestamps(1_001) }, true],
    ['the same timestamp, a larger number', { seq: 1, options: timestamps(1_000) }, true],
    ['the same timestamp, an old number', { seq: -1, options: timestamps(1_000) }, false],
    ['an earlier timestamp, a larger number', { seq: 1_000, options: timestamps(999) }, false],
    ['no timestamp, a larger number', { seq: 1 }, true],
    ['no timestamp, an old number', { seq: -1 }, false],
  ] as const)('with timestamps: %s', (_, given, isTaken) => {
    const peer = stamped(profile);
    peer.listener = new ListenSocket(peer.bench.stack, { port: 80 });
    peer.send({ flags: 'S', ...given });
    peer.expect({ flags: isTaken ? 'SA' : 'A' });
    expect(peer.state).toBe(isTaken ? 'SYN-RECEIVED' : 'TIME-WAIT');
  });

  it('an active open of ours may take it over after a second, if timestamps tell the two apart', () => {
    const options = { remoteAddress: '10.0.0.2', remotePort: 40_000, localPort: 80 };
    const plain = SegmentPeer.inState('TIME-WAIT', { profile });
    plain.bench.run(5_000);
    expect(StreamSocket.connect(plain.bench.stack, options).error?.code).toBe('EADDRINUSE');
    const peer = stamped(profile);
    expect(StreamSocket.connect(peer.bench.stack, options).error?.code).toBe('EADDRINUSE');
    peer.bench.run(1_500);
    const again = StreamSocket.connect(peer.bench.stack, options);
    expect(again.error).toBeNull();
    expect(again.stateName).toBe('SYN-SENT');
    expect(peer.bench.takeOne().flags).toBe('S');
    expect(peer.bench.stack.tcp.timeWaitCount).toBe(0);
  });

  it('tw_reuse 0: it may not', () => {
    const peer = stamped(profile);
    peer.bench.stack.settings.tcp.tw_reuse = 0;
    peer.bench.run(1_500);
    const options = { remoteAddress: '10.0.0.2', remotePort: 40_000, localPort: 80 };
    expect(StreamSocket.connect(peer.bench.stack, options).error?.code).toBe('EADDRINUSE');
  });

  // RFC 7323 §5.3 R1 leaves a RST out of PAWS; Linux does not, in this state.
  it('an old timestamp does not keep a RST from ending it, but on Linux', () => {
    const peer = stamped(profile);
    peer.send({ flags: 'R', options: timestamps(999) });
    expect(peer.state).toBe(profile === 'linux' ? 'TIME-WAIT' : 'CLOSED');
    if (profile === 'rfc') return;
    peer.send({ flags: 'R', options: timestamps(1_000) });
    expect(peer.state).toBe('CLOSED');
  });

  // RFC 5961 §3.2 R5961-1: in every state a RST in the window but not in place is asked about; Linux has forgotten the window.
  it('asks about a RST that only lies in the window', () => {
    const peer = SegmentPeer.inState('TIME-WAIT', { profile });
    peer.send({ flags: 'R', seq: 100 });
    if (profile === 'linux') peer.expectNothing();
    else peer.expect({ flags: 'A', seq: 0, ack: 0 });
    expect(peer.state).toBe('TIME-WAIT');
  });

  it('answers what is out of place even without ACK, and by the RFC says nothing to what is in place without ACK', () => {
    const peer = SegmentPeer.inState('TIME-WAIT', { profile });
    peer.send({ flags: '', seq: -100 });
    peer.expect({ flags: 'A', seq: 0, ack: 0 });
    peer.send({ flags: '', seq: 10, data: 5 });
    if (profile === 'linux') peer.expect({ flags: 'A', seq: 0, ack: 0 });
    else peer.expectNothing();
  });
});
