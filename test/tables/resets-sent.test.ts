/** What a RST of ours looks like when a user aborts (RFC 9293 section 3.10.5, RFC 7323 section 3.2): window and timestamps, by profile. */
import { describe, expect, it } from 'vitest';
import { type Profile, SegmentPeer, type StageOptions } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
/** MSS 1460, timestamps with the value 7, a window scale of 3. */
const SYN_OPTIONS = [2, 4, 5, 180, 8, 10, 0, 0, 0, 7, 0, 0, 0, 0, 3, 3, 3];
/** Timestamps with a value, and the echo of 0. */
const stamped = (value: number): number[] => [1, 1, 8, 10, 0, 0, 0, value, 0, 0, 0, 0];

function wordOf(bytes: Uint8Array | undefined, at: number): number {
  if (bytes === undefined) throw new Error('no timestamps');
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
}

describe.each(PROFILES)('%s: a RST', (profile) => {
  function aborted(options: StageOptions = {}) {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile, ...options });
    peer.user.write(new Uint8Array(10));
    const [text] = peer.bench.take();
    peer.bench.run(50);
    peer.user.abort();
    const resets = peer.bench.take().filter(({ flags }) => flags.includes('R'));
    const [reset] = resets;
    if (text === undefined || reset === undefined) throw new Error('no text, or no RST');
    expect(resets).toHaveLength(1);
    return { peer, text, reset };
  }

  it('stands at SND.NXT, and acknowledges', () => {
    const { text, reset } = aborted();
    expect([reset.seq, reset.ack, reset.payload.length]).toEqual([text.seq + 10, text.ack, 0]);
    expect([...reset.flags].sort().join('')).toBe('AR');
  });

  it('offers a window on Linux alone', () => {
    const { text, reset } = aborted();
    expect(reset.window).toBe(profile === 'linux' ? text.window : 0);
    expect(text.window).toBeGreaterThan(0);
  });

  it('offers a scaled window as any other segment does', () => {
    const { text, reset } = aborted({ synOptions: SYN_OPTIONS, receiveBufferSize: 500_000 });
    expect(reset.window).toBe(profile === 'linux' ? text.window : 0);
  });

  it('has timestamps where they were agreed on, that go on', () => {
    const { text, reset } = aborted({ synOptions: SYN_OPTIONS });
    const [before, after] = [text.options.get(8), reset.options.get(8)];
    // 50 milliseconds later.
    expect((wordOf(after, 0) - wordOf(before, 0)) >>> 0).toBe(50);
    expect([wordOf(after, 4), wordOf(before, 4)]).toEqual([7, 7]);
    expect(aborted().reset.options.has(8)).toBe(false);
  });

  it('echoes what has come last', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile, synOptions: SYN_OPTIONS });
    peer.send({ flags: 'A', data: 5, options: stamped(9) });
    peer.bench.take();
    peer.user.abort();
    expect(
      wordOf(
        peer.bench
          .take()
          .find(({ flags }) => flags.includes('R'))
          ?.options.get(8),
        4,
      ),
    ).toBe(9);
  });
});
