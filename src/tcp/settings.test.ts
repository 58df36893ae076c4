/** The two profiles: every difference between them, as a list. A change of a default shows here. */
import { expect, it } from 'vitest';
import { linuxTcpSettings, rfcTcpSettings, tcpSettingsFor } from './settings.ts';

it('the profiles differ in this and nothing else', () => {
  const linux: Record<string, unknown> = { ...linuxTcpSettings() };
  const rfc: Record<string, unknown> = { ...rfcTcpSettings() };
  expect(Object.keys(linux).sort()).toEqual(Object.keys(rfc).sort());
  const different = Object.keys(linux)
    .filter((name) => linux[name] !== rfc[name])
    .sort();
  expect(Object.fromEntries(different.map((name) => [name, [linux[name], rfc[name]]]))).toMatchInlineSnapshot(`
    {
      "abc_limit": [
        65535,
        2,
      ],
      "accept_syn_data": [
        false,
        true,
      ],
      "ack_every_segments": [
        1,
        2,
      ],
      "delayed_ack_us": [
        40000,
        200000,
      ],
      "hard_icmp_aborts": [
        false,
        true,
      ],
      "nagle": [
        "minshall",
        "rfc",
      ],
      "profile": [
        "linux",
        "rfc",
      ],
      "quick_acks": [
        16,
        0,
      ],
      "require_timestamps": [
        false,
        true,
      ],
      "rto_min_on_variance": [
        true,
        false,
      ],
      "rto_min_us": [
        200000,
        1000000,
      ],
      "syn_linear_timeouts": [
        4,
        0,
      ],
      "syn_option_order": [
        "linux",
        "rfc",
      ],
      "syn_retries": [
        6,
        7,
      ],
      "synack_retries": [
        5,
        7,
      ],
      "time_wait_ms": [
        60000,
        240000,
      ],
      "zero_window_probe": [
        "empty",
        "octet",
      ],
    }
  `);
});

it('each call gives settings of one’s own', () => {
  const mine = tcpSettingsFor('linux');
  mine.syn_retries = 1;
  expect(tcpSettingsFor('linux').syn_retries).toBe(6);
  expect(tcpSettingsFor('rfc').profile).toBe('rfc');
});
