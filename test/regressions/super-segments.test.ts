/**
 * What went wrong once with segments too large for the wire, or cut where they must not be: SACK blocks and urgent data in
 * super-segments, text in a SYN on a narrow link. Each test failed on the code in which the fault was found.
 */
import { describe, expect, it } from 'vitest';
import { ListenSocket, StreamSocket } from '../../src/socket/index.ts';
import { Bench, MSS_1460, THEIRS, THEIRS6, text } from '../requirements/bench.ts';
import type { Profile } from '../support/segment-peer.ts';
import { SuperSegments } from '../support/super-segments.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const SACK_PERMITTED = [4, 2];
const MTU = 1_500;

/** An established connection over a carrier that cuts, the peer's next number 1001 and our first octet's number. */
function open(profile: Profile): { carrier: SuperSegments; socket: StreamSocket; first: number } {
  const carrier = new SuperSegments(profile);
  const listener = new ListenSocket(carrier.stack, { port: 80 });
  carrier.give({ flags: 'S', seq: 1_000, options: [...MSS_1460, ...SACK_PERMITTED] });
  const first = ((carrier.take()[0]?.segment.seq ?? 0) + 1) >>> 0;
  carrier.give({ flags: 'A', seq: 1_001, ack: first });
  const socket = listener.accept();
  if (socket === null) throw new Error('nothing to accept');
  return { carrier, socket, first };
}

describe.each(PROFILES)('%s: a carrier that cuts super-segments', (profile) => {
  it('is handed some', () => {
    const { carrier, socket } = open(profile);
    socket.write(text(10 * 1_460));
    expect(carrier.take().length).toBe(10);
    expect(carrier.count).toBeGreaterThan(0);
  });

  it('gets no packet larger than the link while SACK blocks tell of a gap', () => {
    const { carrier, socket, first } = open(profile);
    carrier.give({ flags: 'A', seq: 1_101, ack: first, payload: text(50) });
    carrier.take();
    socket.write(text(20_000));
    const sent = carrier.take().filter(({ segment }) => segment.payload.length > 0);
    expect(sent.length).toBeGreaterThan(5);
    expect(sent[0]?.segment.options.has(5)).toBe(true);
    expect(Math.max(...sent.map(({ length }) => length))).toBeLessThanOrEqual(MTU);
  });

  it('gets the same end of the urgent data in every packet', () => {
    const { carrier, socket, first } = open(profile);
    socket.writeUrgent(text(14_000));
    const urgent = carrier.take().filter(({ segment }) => segment.flags.includes('U'));
    expect(urgent.length).toBeGreaterThan(5);
    const ends = urgent.map(({ segment }) => (segment.seq + segment.urgent - first) | 0);
    expect(new Set(ends)).toEqual(new Set([14_000]));
  });
});

describe.each(PROFILES)('%s: text in a SYN', (profile) => {
  it.each([
    ['IPv4', 576, THEIRS],
    ['IPv6', 1_280, THEIRS6],
  ] as const)('over %s fits a link of %i octets, options of the SYN included', (_family, mtu, remoteAddress) => {
    const bench = new Bench({ profile, mtu });
    const socket = StreamSocket.connect(bench.stack, { remoteAddress, remotePort: 80, fastOpenNoCookie: true });
    socket.write(text(5_000));
    const syn = bench.takeOne();
    expect(syn.flags).toContain('S');
    expect(syn.payload.length).toBeGreaterThan(mtu / 2);
    expect(syn.payload).toEqual(text(5_000).slice(0, syn.payload.length));
  });
});
