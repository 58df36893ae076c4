/** The two profiles: every difference between them, as a list. A change of a default shows here. */
import { expect, it } from 'vitest';
import { linuxTcpSettings, rfcTcpSettings, tcpSettingsFor } from './settings.ts';

/** By name: what `linux` has and what `rfc` has. */
const DIFFERENCES = {
  abc_limit: [65_535, 2],
  accept_syn_data: [false, true],
  accept_unexpected_signatures: [false, true],
  ack_every_segments: [1, 2],
  comp_sack_nr: [44, 0],
  delayed_ack_us: [40_000, 200_000],
  ecn_alternative_backoff: [false, true],
  fastopen: [1, 3],
  fastopen_blackhole_timeout_sec: [0, 3600],
  fastopen_key_lifetime_sec: [0, 86_400],
  fastopen_refused_sec: [0, 60],
  hard_icmp_aborts: [false, true],
  hystart: ['classic', 'plusplus'],
  mtu_probing: [0, 1],
  nagle: ['minshall', 'rfc'],
  profile: ['linux', 'rfc'],
  quick_acks: [16, 0],
  // Half of the kernel's buffer is for what surrounds data.
  rmem_default: [65_536, 131_072],
  require_timestamps: [false, true],
  rto_min_on_variance: [true, false],
  rto_min_us: [200_000, 1_000_000],
  syn_linear_timeouts: [4, 0],
  syn_retries: [6, 7],
  synack_retries: [5, 7],
  time_wait_ms: [60_000, 240_000],
  zero_window_probe: ['empty', 'octet'],
};

it('the profiles differ in this and nothing else', () => {
  const linux: Record<string, unknown> = { ...linuxTcpSettings() };
  const rfc: Record<string, unknown> = { ...rfcTcpSettings() };
  expect(Object.keys(linux).sort()).toEqual(Object.keys(rfc).sort());
  const different = Object.keys(linux)
    .filter((name) => linux[name] !== rfc[name])
    .sort();
  expect(Object.fromEntries(different.map((name) => [name, [linux[name], rfc[name]]]))).toEqual(DIFFERENCES);
});

it('each call gives settings of one’s own', () => {
  const mine = tcpSettingsFor('linux');
  mine.syn_retries = 1;
  expect(tcpSettingsFor('linux').syn_retries).toBe(6);
  expect(tcpSettingsFor('rfc').profile).toBe('rfc');
});
