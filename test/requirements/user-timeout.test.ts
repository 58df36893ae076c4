/** The user timeout option (RFC 5482): when it is sent, what it changes, and what it cannot. */
import { describe, expect, it } from 'vitest';
import {
  Bench,
  type Established,
  type EstablishedOptions,
  MSS_1460,
  openActively,
  openPassively,
  Peer,
  text,
} from './bench.ts';
import type { Segment } from './wire.ts';

const KIND = 28;
const seconds = (value: number): number[] => [KIND, 4, value >> 8, value & 255];
const minutes = (value: number): number[] => seconds(0x8000 | value);
const ON = { settings: { tcp: { user_timeout_option: 300 } } } as const;

/** What the option of a segment says, in seconds; null without one. */
function said(segment: Segment | undefined): number | null {
  const body = segment?.options.get(KIND);
  if (body === undefined) return null;
  const value = ((body[0] ?? 0) << 8) | (body[1] ?? 0);
  return (value & 0x7fff) * (value & 0x8000 ? 60 : 1);
}

function open(options: EstablishedOptions = ON): Established {
  return openPassively(options);
}

/** The peer acknowledges, with these options. */
function advise(peer: Peer, options: readonly number[]): void {
  peer.send('A', { options });
}

describe('the user timeout option is sent', () => {
  // RFC 5482 §3.1 R5482-5: the default is off, in both profiles.
  it.each(['linux', 'rfc'] as const)('not at all by default, nor heeded, profile %s', (profile) => {
    const bench = new Bench({ profile });
    const socket = bench.connect();
    const syn = bench.takeOne();
    expect(said(syn)).toBeNull();
    const peer = new Peer(bench, { port: 80, ourPort: syn.sourcePort });
    peer.accept(syn);
    peer.send('SA', { options: [...MSS_1460, ...seconds(500)] });
    expect(said(bench.takeOne())).toBeNull();
    advise(peer, seconds(600));
    expect([socket.userTimeoutOption, socket.userTimeoutMs]).toEqual([0, 0]);
  });

  // RFC 5482 §3.2 R5482-6: SYN, then once more without SYN.
  // RFC 5482 §3.3 R5482-7: on the SYN it may stand.
  it('on the SYN and on the first segment behind it', () => {
    const bench = new Bench(ON);
    bench.connect();
    const syn = bench.takeOne();
    const peer = new Peer(bench, { port: 80, ourPort: syn.sourcePort });
    peer.accept(syn);
    peer.send('SA', { options: MSS_1460 });
    expect([said(syn), said(bench.takeOne())]).toEqual([300, 300]);
    peer.send('PA', { payload: text(10) });
    peer.send('PA', { payload: text(10) });
    bench.run(1000);
    for (const segment of bench.take()) expect(said(segment)).toBeNull();
  });

  it('on the SYN-ACK, again with it, and on the first segment of the passive end', () => {
    const bench = new Bench(ON);
    const listener = bench.listen(80);
    const peer = new Peer(bench);
    peer.send('S', { options: MSS_1460 });
    peer.accept(bench.takeOne());
    bench.run(1500);
    expect(said(bench.takeOne())).toBe(300);
    peer.send('A');
    expect(bench.take()).toEqual([]);
    listener.accept()?.write(text(5));
    expect(said(bench.takeOne())).toBe(300);
  });

  // RFC 5482 §3.3 R5482-1: seconds, or minutes beyond 32,767.
  it('whenever it changes, in full segments too, which stay within the MTU', () => {
    const { bench, peer, socket } = open();
    socket.write(text(6000));
    const first = bench.take();
    expect(first.map(said)).toEqual([300, ...new Array<null>(first.length - 1).fill(null)]);
    expect(
      first
        .map(({ payload, optionBytes }) => payload.length + optionBytes.length)
        .slice(0, -1)
        .every((n) => n === 1460),
    ).toBe(true);
    for (const segment of first) peer.accept(segment);
    peer.send('A');
    bench.take();
    socket.userTimeoutOption = 40_000;
    // Only whole minutes can be said of so long a time.
    const [changed, ...none] = bench.take();
    expect([said(changed), none]).toEqual([40_020, []]);
    socket.userTimeoutMs = 7_001;
    expect(said(bench.takeOne())).toBe(8);
    socket.userTimeoutOption = 0;
    socket.noDelay = true;
    socket.write(text(10));
    expect(bench.take().map(said)).toEqual([null]);
    for (const wrong of [-1, 1.5, 1_966_021])
      expect(() => Object.assign(socket, { userTimeoutOption: wrong })).toThrow(/userTimeoutOption/);
  });

  it('where SACK blocks leave it room, else a segment later', () => {
    const { bench, peer, socket } = open({
      ...ON,
      synOptions: [...MSS_1460, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0],
      timestamp: 1,
    });
    socket.write(text(1));
    peer.accept(bench.takeOne());
    socket.userTimeoutOption = 500;
    bench.take();
    // Three holes: three blocks of SACK beside timestamps fill the header.
    for (const at of [100, 300, 500]) peer.send('PA', { seq: peer.seq + at, payload: text(10) });
    bench.take();
    socket.userTimeoutOption = 600;
    const full = bench.takeOne();
    expect([full.optionBytes.length, said(full)]).toEqual([40, null]);
    peer.send('PA', { payload: text(510) });
    expect(bench.take().map(said)).toContain(600);
  });
});

describe('the timeout in force', () => {
  const limits = (
    user_timeout_min: number,
    user_timeout_max: number,
    user_timeout_option = 300,
  ): EstablishedOptions => ({
    settings: { tcp: { user_timeout_option, user_timeout_min, user_timeout_max } },
  });

  // RFC 5482 §3.1 R5482-2, R5482-8: min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)).
  // RFC 5482 §4 R5482-11: the peer cannot make it short.
  it.each([
    ['the peer’s, when longest', limits(100, 7200), seconds(500), 500],
    ['ours, when longest', limits(100, 7200), seconds(200), 300],
    ['the lower limit', limits(1000, 7200), seconds(1), 1000],
    ['never less than what we advertise', limits(100, 7200), seconds(1), 300],
    ['the upper limit', limits(100, 400), seconds(30_000), 400],
    ['minutes as minutes', limits(100, 100_000), minutes(100), 6000],
    ['the upper limit, of the most minutes too', limits(100, 7200), minutes(0x7fff), 7200],
  ])('is %s', (_what, options, option, expected) => {
    const { peer, socket } = open(options);
    advise(peer, option);
    expect(socket.userTimeoutMs).toBe(expected * 1000);
  });

  it('is above the RTO, whatever the limits say', () => {
    const { bench, peer, socket } = open(limits(1, 1, 1));
    const { tcb } = socket;
    if (tcb === null) throw new Error('no connection');
    tcb.rtoUs = 5_200_000;
    advise(peer, seconds(1));
    expect(socket.userTimeoutMs).toBe(7000);
    expect(bench.take()).toEqual([]);
  });

  // RFC 5482 §3.1 R5482-3: CHANGEABLE is false from then on.
  it('is the program’s, when it has set one', () => {
    const { peer, socket } = open();
    socket.userTimeoutMs = 20_000;
    advise(peer, seconds(500));
    expect(socket.userTimeoutMs).toBe(20_000);
    socket.userTimeoutMs = 0;
    expect(socket.userTimeoutMs).toBe(500_000);
    const other = open({});
    other.socket.userTimeoutMs = 20_000;
    other.socket.userTimeoutOption = 300;
    advise(other.peer, seconds(500));
    expect(other.socket.userTimeoutMs).toBe(20_000);
  });

  it('is gone with the option, but for one that the program has set', () => {
    const advised = open();
    advise(advised.peer, seconds(500));
    advised.socket.userTimeoutOption = 0;
    expect(advised.socket.userTimeoutMs).toBe(0);
    const own = open();
    own.socket.userTimeoutMs = 20_000;
    own.socket.userTimeoutOption = 0;
    expect(own.socket.userTimeoutMs).toBe(20_000);
    const never = open({});
    never.socket.userTimeoutMs = 20_000;
    never.socket.userTimeoutOption = 0;
    expect(never.socket.userTimeoutMs).toBe(20_000);
  });

  it('may come with the SYN or the SYN-ACK', () => {
    const synOptions = [...MSS_1460, ...seconds(400)];
    expect(open({ ...ON, synOptions }).socket.userTimeoutMs).toBe(400_000);
    expect(openActively({ ...ON, synOptions }).socket.userTimeoutMs).toBe(400_000);
  });

  // RFC 5482 §3.3 R5482-4: zero means nothing; what is malformed neither.
  it.each([
    ['zero seconds', seconds(0)],
    ['zero minutes', minutes(0)],
    ['a length of 3', [KIND, 3, 1]],
    ['a length of 6', [KIND, 6, 1, 1, 1, 1]],
    ['a length beyond the header', [KIND, 40, 1, 1]],
    ['a length of 0', [KIND, 0, 1, 1]],
  ])('does not change by %s', (_what, option) => {
    const { bench, peer, socket } = open();
    advise(peer, option);
    expect(socket.userTimeoutMs).toBe(0);
    socket.write(text(3));
    expect(bench.takeOne().payload).toHaveLength(3);
  });

  it('does not change by a segment outside the window, or that acknowledges what was never sent', () => {
    const { peer, socket } = open();
    peer.send('A', { seq: peer.seq + 200_000, options: seconds(500) });
    peer.send('A', { ack: peer.ack + 70_000, options: seconds(500) });
    expect(socket.userTimeoutMs).toBe(0);
  });

  // RFC 5482 §3.5 R5482-10: then the connection ends and the program is told.
  it.each([
    ['the peer asks for patience', seconds(3000), 3000],
    ['the peer would have none', seconds(1), 300],
  ])('ends the connection: %s', (_what, option, expected) => {
    const { bench, peer, socket } = open();
    advise(peer, option);
    socket.write(text(10));
    bench.run(expected * 1000 - 1000);
    expect(socket.error).toBeNull();
    bench.run(200_000);
    expect(socket.error?.code).toBe('ETIMEDOUT');
  });

  // The advice is about data without an acknowledgment; a closed window that is answered is none.
  it('does not end a connection whose window is closed and probed', () => {
    const { bench, peer, socket } = open({ ...ON, profile: 'linux' });
    advise(peer, seconds(1));
    peer.window = 0;
    peer.send('A');
    socket.write(text(10));
    for (let round = 0; round < 200; round++) {
      bench.run(10_000);
      if (bench.take().length > 0) peer.send('A');
    }
    expect(socket.stateName).toBe('ESTABLISHED');
  });
});
