/** Where a fuzzed connection begins: in one of the eleven states, or early, by Fast Open from either side; with settings of the input's choice. */
import { text } from '../../../test/requirements/bench.ts';
import { FastClient, FastServer } from '../../../test/support/fast-open.ts';
import { ALL_STATES, type Profile, SegmentPeer } from '../../../test/support/segment-peer.ts';
import type { InputReader } from '../target.ts';

/** Octets of both buffers, unless the input wants those of the profile. */
export const BUFFER = 4_000;
export const TIMESTAMPS = [8, 10, 0, 0, 0, 1, 0, 0, 0, 0] as const;
export const MSS = [2, 4, 3, 232] as const;
const SYN_OPTIONS = [
  [...MSS],
  [...MSS, 4, 2, 3, 3, 2],
  [...MSS, 4, 2],
  [...MSS, 4, 2, 3, 3, 14, 34, 2],
  [...MSS, 28, 4, 0, 30],
] as const;
/** How many beginnings there are. */
export const STAGES = ALL_STATES.length + 2;

export interface Stage {
  readonly peer: SegmentPeer;
  readonly isV6: boolean;
}

/** Three octets: where it begins, bits, and the options of the peer's SYN. */
export function setStage(input: InputReader): Stage {
  const stage = input.u8() % STAGES;
  const kind = input.u8();
  const extra = input.u8();
  const state = ALL_STATES[stage];
  const profile = kind & 1 ? 'linux' : 'rfc';
  if (state === undefined) return { peer: early(stage === ALL_STATES.length, profile, extra), isV6: false };
  const isV6 = (kind & 2) !== 0;
  // The peer's own segments carry timestamps, those of the SYN too, when it has a clock.
  const hasTimestamps = (kind & 8) !== 0;
  const peer = SegmentPeer.inState(state, {
    profile,
    family: isV6 ? 6 : 4,
    opening: kind & 4 ? 'passive' : 'active',
    synOptions: SYN_OPTIONS[extra % SYN_OPTIONS.length] ?? MSS,
    ...(hasTimestamps ? { timestamp: 1 } : {}),
    ...(kind & 64 ? {} : { receiveBufferSize: BUFFER, sendBufferSize: BUFFER }),
    settings: {
      tcp: {
        require_timestamps: (kind & 32) !== 0 && hasTimestamps,
        ecn: kind & 16 ? 1 : 0,
        ...(kind & 128 ? { fin_timeout: 3 } : {}),
      },
    },
  });
  if (kind & 128) peer.socket?.setKeepAlive({ idleMs: 10_000, intervalMs: 1_000 });
  return { peer, isV6 };
}

/** Text came, or went, with the SYN (RFC 7413), and the handshake is not over. */
function early(isServer: boolean, profile: Profile, octets: number): SegmentPeer {
  if (isServer) {
    const server = new FastServer(profile);
    const { peer, socket } = server.early(octets);
    return SegmentPeer.goingOn(server.bench, peer, socket);
  }
  const client = new FastClient(profile);
  client.learn();
  const { peer, socket } = client.early(text(1 + octets));
  return SegmentPeer.goingOn(client.bench, peer, socket);
}
