/**
 * Which congestion control a connection has, and that each of them is asked once per event by a whole stack: losses of one window
 * are one event, and so is a timeout however often it repeats (RFC 5681, RFC 6582). Segments of 1000 octets.
 */
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../src/base/errors.ts';
import { ListenSocket, StreamSocket } from '../../src/socket/index.ts';
import { CaState, CONGESTION_CONTROLS, type Tcb } from '../../src/tcp/index.ts';
import { text } from '../requirements/bench.ts';
import { type Profile, SegmentPeer } from '../support/segment-peer.ts';
import { StackPair } from '../support/stack-pair.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const MSS = 1_000;
const SYN_OPTIONS = [2, 4, MSS >> 8, MSS & 255];
/** ssthresh after a loss with ten segments in flight. */
const AFTER_LOSS = { cubic: 7, reno: 5, dctcp: 5 } as const;
const CASES = PROFILES.flatMap((profile) =>
  Object.entries(AFTER_LOSS).map(([name, left]) => ({ name, left, profile })),
);

function writing(profile: Profile, name: string): { peer: SegmentPeer; tcb: Tcb } {
  const settings = { tcp: { congestion_control: name } };
  const peer = SegmentPeer.inState('ESTABLISHED', { profile, synOptions: SYN_OPTIONS, settings });
  const { tcb } = peer.user;
  if (tcb === null) throw new Error('no connection');
  // For Linux the first ACK behind a SYN,ACK brings a window and is no duplicate.
  peer.send({ flags: 'A' });
  peer.user.write(text(30 * MSS));
  peer.taken();
  return { peer, tcb };
}

function acknowledge(peer: SegmentPeer, segment: number, times = 1): void {
  for (let time = 0; time < times; time++) peer.send({ flags: 'A', ack: segment * MSS });
  peer.taken();
}

// RFC 8257 §5 R8257-11: DCTCP is only for those who ask for it.
// RFC 9438 §4.10 R9438-7: and with it a delay-based end of slow start.
it('CUBIC is the default of both profiles', () => {
  for (const profile of PROFILES) {
    expect(SegmentPeer.inState('ESTABLISHED', { profile }).user.congestionControl).toBe('cubic');
  }
});

describe.each(CASES)('$profile: $name', ({ name, left, profile }) => {
  it('two losses of one window are one event', () => {
    const { peer, tcb } = writing(profile, name);
    acknowledge(peer, 0, 7);
    expect(tcb.ssthresh).toBe(left * MSS);
    // The second hole shows when the first is filled.
    acknowledge(peer, 4, 3);
    expect(tcb.caState).toBe(CaState.recovery);
    expect(tcb.ssthresh).toBe(left * MSS);
  });

  it('so is a timeout that repeats', () => {
    const { peer, tcb } = writing(profile, name);
    peer.bench.run(20_000);
    expect(tcb.timeouts).toBeGreaterThan(2);
    expect(tcb.ssthresh).toBe(left * MSS);
    expect(tcb.cwnd).toBe(MSS);
  });
});

describe('TCP_CONGESTION', () => {
  it.each(CONGESTION_CONTROLS)('%s can be had by its name', (name) => {
    const { peer } = writing('linux', 'reno');
    peer.user.congestionControl = name;
    expect(peer.user.congestionControl).toBe(name);
  });

  it('another control takes over while the connection runs: window and threshold stay, the next loss is its own', () => {
    const { peer, tcb } = writing('linux', 'cubic');
    peer.user.congestionControl = 'newreno';
    expect(peer.user.congestionControl).toBe('reno');
    expect(tcb.cwnd).toBe(10 * MSS);
    acknowledge(peer, 0, 3);
    expect(tcb.ssthresh).toBe(5 * MSS);
  });

  it('after none there is a window again', () => {
    const { peer, tcb } = writing('linux', 'none');
    expect(tcb.cwnd).toBeGreaterThan(2 ** 29);
    peer.user.congestionControl = 'cubic';
    expect(tcb.cwnd).toBe(10 * MSS);
  });

  it('a listener gives its connections the one it was made with', () => {
    const pair = new StackPair();
    const listener = new ListenSocket(pair.b, { port: 80, congestionControl: 'dctcp' });
    const client = StreamSocket.connect(pair.a, {
      remoteAddress: '10.0.0.2',
      remotePort: 80,
      congestionControl: 'reno',
    });
    pair.flush();
    expect(client.congestionControl).toBe('reno');
    expect(listener.accept()?.congestionControl).toBe('dctcp');
    expect(() => new ListenSocket(pair.b, { port: 81, congestionControl: 'vegas' })).toThrow(ArgumentError);
  });

  it('a name that does not exist is refused', () => {
    const { peer } = writing('linux', 'cubic');
    expect(() => {
      peer.user.congestionControl = 'vegas';
    }).toThrow(/congestionControl.*one of cubic, reno, bbr, dctcp, none, got 'vegas'/);
    expect(peer.user.congestionControl).toBe('cubic');
  });
});
