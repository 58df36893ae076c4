/**
 * Attackers off the path, who forge segments and ICMP messages but see nothing (RFC 5961, RFC 5927, RFC 9293 section 3.4.1). They may know
 * addresses and ports; they guess numbers. Each attack is played, seen to fail, and seen to work without what defends: a setting where
 * there is one, else the knowledge that the defence keeps from them.
 */
import { describe, expect, it } from 'vitest';
import { ipSettings } from '../../src/ip/settings.ts';
import { Tcb } from '../../src/tcp/index.ts';
import {
  type Established,
  MSS_1460,
  OURS,
  openActively,
  Peer,
  type Profile,
  readAll,
  THEIRS,
  text,
} from '../requirements/bench.ts';
import { buildIcmpError, type Segment } from '../requirements/wire.ts';
import { SegmentPeer } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const WINDOW = 20_000;
/** RFC 5961 section 1.2: who tries one number per window needs no luck. */
const SWEEP = Array.from({ length: 4_000 }, (_, index) => index * WINDOW);

/** RCV.NXT lies at a number the attacker does not know, and between two that he tries. */
function victim(profile: Profile, tcp: Record<string, unknown> = {}): SegmentPeer {
  return SegmentPeer.inState('ESTABLISHED', {
    profile,
    receiveBufferSize: WINDOW,
    settings: { tcp },
  } as Parameters<typeof SegmentPeer.inState>[1]);
}

/** The true peer goes on as if nothing had been. */
function goesOn(peer: SegmentPeer): void {
  peer.bench.take();
  peer.bench.run(1_000);
  peer.bench.take();
  peer.send({ flags: 'PA', data: 10 });
  expect(readAll(peer.user)).toEqual(text(10));
  peer.user.write(text(5));
  expect(peer.bench.take().some(({ payload }) => payload.length === 5)).toBe(true);
}

describe.each(PROFILES)('%s: blind reset', (profile) => {
  // RFC 5961 §3.2. No setting takes this away; what plays its part is knowing RCV.NXT exactly.
  it.each(['R', 'RA', 'S', 'SA'])('%s in every window of a sweep ends nothing and is hardly answered', (flags) => {
    const peer = victim(profile);
    for (const offset of SWEEP) peer.send({ flags, seq: offset - 2_000_000 + 7 });
    expect(peer.state).toBe('ESTABLISHED');
    expect(peer.taken().length).toBeLessThanOrEqual(1);
    goesOn(peer);
  });

  it('a RST at RCV.NXT itself resets: 2^32 numbers to try instead of 2^32 / window', () => {
    const peer = victim(profile);
    for (const seq of [-1, 1, WINDOW - 1]) peer.send({ flags: 'R', seq });
    expect(peer.state).toBe('ESTABLISHED');
    peer.send({ flags: 'R', seq: 0 });
    expect(peer.state).toBe('CLOSED');
    expect(peer.user.error).toMatchObject({ code: 'ECONNRESET' });
  });

  it('the challenge tells nothing but what the true peer knows, and a peer that has forgotten us ends the connection with it', () => {
    const peer = victim(profile);
    peer.send({ flags: 'S', seq: 123_456 });
    const challenge = peer.expect({ flags: 'A', seq: 0, ack: 0, length: 0 });
    expect(challenge.window).toBeGreaterThan(0);
    peer.send({ flags: 'R', seq: 0 });
    expect(peer.state).toBe('CLOSED');
  });

  it('a handshake survives forged RSTs and SYN,ACKs that do not acknowledge our SYN', () => {
    const peer = SegmentPeer.inState('SYN-SENT', { profile });
    for (let guess = 1; guess < 200; guess++) peer.send({ flags: guess % 2 === 0 ? 'RA' : 'R', ack: guess * 1_000 });
    expect(peer.state).toBe('SYN-SENT');
    peer.peer.send('SA', { options: MSS_1460 });
    expect(peer.state).toBe('ESTABLISHED');
  });
});

describe.each(PROFILES)('%s: blind data', (profile) => {
  // RFC 5961 §5.2 and RFC 9293 §3.4.1. What plays the part of a setting: an ACK number that happens to be right as well.
  it('with a right sequence number and guessed ACK numbers gets nothing in', () => {
    const peer = victim(profile);
    for (let guess = 1; guess < 2_000; guess++) {
      const ack = (guess * 2_146_000) | 0;
      if (ack <= 0 && ack >= -200_000) continue;
      peer.send({ flags: 'PA', seq: 0, ack, data: Uint8Array.of(0x21, 0x21) });
    }
    expect(readAll(peer.user).length).toBe(0);
    peer.send({ flags: 'PA', seq: 0, ack: 0, data: Uint8Array.of(0x21, 0x21) });
    expect(readAll(peer.user)).toEqual(Uint8Array.of(0x21, 0x21));
  });

  it('half of all ACK numbers were good enough before RFC 5961; now one in 2^32 / (largest window)', () => {
    const peer = victim(profile);
    // Acknowledges what was acknowledged long ago: by RFC 793 a duplicate, and its text was taken.
    peer.send({ flags: 'PA', ack: -1_000_000, data: 3 });
    expect(readAll(peer.user).length).toBe(0);
    peer.send({ flags: 'PA', ack: -60_000, data: 3 });
    // Linux knows as well that a peer cannot have acknowledged before what was ever sent.
    expect(readAll(peer.user).length).toBe(profile === 'linux' ? 0 : 3);
  });

  it('without an ACK bit is not heard at all', () => {
    const peer = victim(profile);
    for (const flags of ['', 'P', 'F', 'U']) peer.send({ flags, data: 4 });
    expect(readAll(peer.user).length).toBe(0);
    goesOn(peer);
  });

  it('timestamps are one more number to guess: PAWS drops half of them, require_timestamps all that have none', () => {
    const open = openActively({
      profile,
      timestamp: 5_000,
      synOptions: MSS_1460,
      settings: { tcp: { require_timestamps: true } },
    });
    const forger = new Peer(open.bench, { port: 80, ourPort: open.peer.ourPort });
    const forge = (fields: object): void => forger.send('PA', { seq: open.peer.seq, ack: open.peer.ack, ...fields });
    forge({ payload: text(3) });
    forge({ payload: text(3), options: [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0] });
    expect(readAll(open.socket).length).toBe(0);
    forge({ payload: text(3), options: [1, 1, 8, 10, 0, 1, 0, 0, 0, 0, 0, 0] });
    expect(readAll(open.socket).length).toBe(3);
  });
});

/** A segment of ours in flight, and an attacker who quotes it, with another number. */
interface Quoting extends Established {
  readonly sent: Segment;
  readonly forge: (type: number, code: number, seqShift: number, word?: number) => void;
}

function quoting(profile: Profile, tcp: Record<string, unknown> = {}): Quoting {
  const open = openActively({ profile, settings: { tcp } } as Parameters<typeof openActively>[0]);
  open.socket.write(text(3_000));
  const packets = open.bench.takePackets();
  const first = packets[0];
  if (first?.segment == null) throw new Error('nothing is in flight');
  const { bytes, segment } = first;
  const forge = (type: number, code: number, seqShift: number, word = 0): void => {
    const quote = bytes.slice();
    new DataView(quote.buffer).setUint32(24, (segment.seq + seqShift) >>> 0);
    open.bench.give(buildIcmpError('203.0.113.9', OURS, type, code, quote, word));
  };
  return { ...open, sent: segment, forge };
}

const deliver = ({ bench, peer }: Established): Uint8Array => {
  bench.run(3_000);
  return peer.acknowledgeAll();
};

describe.each(PROFILES)('%s: forged ICMP', (profile) => {
  // RFC 5927 §4.1.
  it('about numbers that are not in flight is counted and nothing else', () => {
    const open = quoting(profile);
    for (let guess = 1; guess <= 500; guess++) open.forge(3, guess % 4, guess * 8_000_000, 68);
    expect(open.bench.stack.counters.tcpExt.OutOfWindowIcmps).toBe(500);
    expect(open.socket.stateName).toBe('ESTABLISHED');
    expect(open.socket.error).toBeNull();
    expect(deliver(open).length).toBeGreaterThan(0);
  });

  // RFC 5927 §5.2; the setting is hard_icmp_aborts.
  it.each([2, 3])('hard error %i with the right number: soft without hard_icmp_aborts, the end with it', (code) => {
    const soft = quoting(profile, { hard_icmp_aborts: false });
    soft.forge(3, code, 0);
    expect(soft.socket.stateName).toBe('ESTABLISHED');
    const hard = quoting(profile, { hard_icmp_aborts: true });
    hard.forge(3, code, 0);
    expect(hard.socket.stateName).toBe('CLOSED');
  });

  // RFC 5927 §6.2. No setting: Source Quench is dead for good (RFC 6633).
  it('a source quench with the right number does not slow anyone down', () => {
    const open = quoting(profile);
    const windows = (): number[] =>
      [...open.bench.stack.tcp.connections].flatMap((entry) => (entry instanceof Tcb ? [entry.cwnd] : []));
    const before = windows();
    for (let count = 0; count < 20; count++) open.forge(4, 0, 0);
    expect(before.length).toBe(1);
    expect(windows()).toEqual(before);
  });

  // RFC 5927 §7.2; the setting is pmtu_confirm_timeouts.
  it('a small MTU is not believed against what has got through; with pmtu_confirm_timeouts 0 it is', () => {
    for (const timeouts of [1, 0]) {
      const open = openActively({ profile, settings: { tcp: { pmtu_confirm_timeouts: timeouts } } });
      open.socket.write(text(1_460));
      for (const segment of open.bench.take()) open.peer.accept(segment);
      open.peer.send('A');
      open.socket.write(text(1_460));
      const [packet] = open.bench.takePackets();
      if (packet === undefined) throw new Error('nothing is in flight');
      open.bench.give(buildIcmpError('203.0.113.9', OURS, 3, 4, packet.bytes, 600));
      open.bench.take();
      open.peer.send('A', { ack: (open.peer.ack + 1_460) >>> 0 });
      open.bench.take();
      open.socket.write(text(5_000));
      const largest = Math.max(...open.bench.take().map(({ payload }) => payload.length));
      if (timeouts === 1) expect(largest).toBe(1_460);
      else expect(largest).toBeLessThanOrEqual(560);
    }
  });

  it('an MTU of 68 takes nobody below minPmtu', () => {
    const open = quoting(profile, { pmtu_confirm_timeouts: 0 });
    open.forge(3, 4, 0, 68);
    const [again] = open.bench.take();
    // What went again at once, cut anew.
    expect(again?.payload.length).toBeGreaterThanOrEqual(ipSettings(profile).minPmtu - 40);
    expect(again?.payload.length).toBeLessThan(1_460);
    expect(open.socket.stateName).toBe('ESTABLISHED');
  });
});

// RFC 1337 and RFC 9293 §3.6.1: the setting is rfc1337.
describe.each(PROFILES)('%s: TIME-WAIT assassination', (profile) => {
  /** RFC 1337 section 2: an old segment draws our ACK, and the peer, who has forgotten, resets what the ACK names. */
  function assassinate(rfc1337: boolean): SegmentPeer {
    const peer = SegmentPeer.inState('TIME-WAIT', { profile, settings: { tcp: { rfc1337 } } });
    peer.send({ flags: 'A', seq: -500, ack: -10, data: 20 });
    const answer = peer.expect({ flags: 'A', seq: 0, ack: 0 });
    peer.send({ flags: 'R', seq: answer.ack });
    return peer;
  }

  it('rfc1337 on: the record stays for its 2 MSL; off: the old duplicate has ended it', () => {
    const kept = assassinate(true);
    expect(kept.state).toBe('TIME-WAIT');
    kept.bench.run(kept.bench.stack.tcp.settings.time_wait_ms + 1_000);
    expect(kept.state).not.toBe('TIME-WAIT');
    expect(assassinate(false).state).not.toBe('TIME-WAIT');
  });

  it('RSTs elsewhere in the window end it under neither', () => {
    for (const rfc1337 of [true, false]) {
      const peer = SegmentPeer.inState('TIME-WAIT', { profile, settings: { tcp: { rfc1337 } } });
      for (let seq = 1; seq < 200; seq++) peer.send({ flags: 'R', seq });
      expect(peer.state).toBe('TIME-WAIT');
      expect(peer.taken().length).toBeLessThanOrEqual(1);
    }
  });
});

it('forged segments need the right addresses and ports first', () => {
  const open = openActively();
  for (const wrong of [{ port: 81 }, { ourPort: open.peer.ourPort ^ 1 }, { address: '10.0.0.77' }]) {
    const forger = new Peer(open.bench, { address: THEIRS, port: 80, ourPort: open.peer.ourPort, ...wrong });
    forger.send('R', { seq: open.peer.seq });
  }
  expect(open.socket.stateName).toBe('ESTABLISHED');
});
