/** The settings of TCP that the page offers, under the names people know from `sysctl`; words for them are in `words/`. */

export interface SettingCard {
  readonly name: string;
  /** Of numbers: what can be chosen, in the setting's own unit. Of words: the words. Absent: on or off. */
  readonly choices?: readonly (number | string)[];
}

export const SETTINGS: readonly SettingCard[] = [
  { name: 'congestion_control', choices: ['cubic', 'reno', 'bbr'] },
  { name: 'sack' },
  { name: 'timestamps' },
  { name: 'window_scaling' },
  { name: 'abort_on_overflow' },
  { name: 'syncookies', choices: [0, 1, 2] },
  { name: 'somaxconn', choices: [1, 2, 4, 16, 4096] },
  { name: 'max_syn_backlog', choices: [1, 2, 4, 16, 4096] },
  { name: 'delayed_ack_us', choices: [0, 40_000, 200_000] },
  { name: 'initial_window_segments', choices: [1, 2, 4, 10] },
  { name: 'rto_min_us', choices: [200_000, 1_000_000] },
  { name: 'syn_retries', choices: [1, 2, 6] },
  { name: 'synack_retries', choices: [0, 1, 5] },
  { name: 'time_wait_ms', choices: [0, 1000, 10_000, 60_000] },
  { name: 'fin_timeout', choices: [1, 10, 60] },
  { name: 'rmem_default', choices: [2048, 8192, 65_536, 131_072] },
  { name: 'ecn', choices: [0, 1] },
];
