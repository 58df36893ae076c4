/**
 * Settings of TCP under the names Linux administrators know (without `net.ipv4.tcp_`), in Linux's units where a name has one.
 * Two profiles are data: `linux` answers as a Linux host does, `rfc` keeps the letter of the RFCs.
 */

export type ProfileName = 'linux' | 'rfc';

/** TCP's settings, under the names of Linux's sysctls; units stand with each. */
export interface TcpSettings {
  readonly profile: ProfileName;
  /** SYN retransmissions of an active open, 1 to 127. */
  syn_retries: number;
  /** SYN time-outs that do not double the interval (Linux 6.5). They come on top of `syn_retries`. */
  syn_linear_timeouts: number;
  /** SYN-ACK retransmissions of a passive open. */
  synack_retries: number;
  /** R1: retransmissions after which IP is told to doubt the route (RFC 9293 section 3.8.3). */
  retries1: number;
  /** R2 for data, as a number of retransmissions turned into a time by the RTO's doubling. */
  retries2: number;
  /** Retries of a connection nobody holds any more; 0 means 8. */
  orphan_retries: number;
  /** Do not double the RTO of a stream with fewer than four segments in flight, six times in a row at most. */
  thin_linear_timeouts: boolean;
  /** Seconds an orphan may stay in FIN-WAIT-2. */
  fin_timeout: number;
  /** 2 MSL in milliseconds. */
  time_wait_ms: number;
  /** 0 off, 1 on: an active open may take over a TIME-WAIT entry of its own (timestamps needed). */
  tw_reuse: number;
  max_tw_buckets: number;
  max_orphans: number;
  /** Half-open connections of one listener at most. */
  max_syn_backlog: number;
  /** Half-open connections of one listener with one IPv4 address, or one /64 of IPv6, at most; 0: no such limit. Not in Linux. */
  max_syn_per_source: number;
  /** SYN cookies (RFC 4987): 0 never, 1 when there is no room for a half-open connection, 2 always. */
  syncookies: number;
  /** Leave some SYNs of a flood unanswered while frames come faster than they are taken (`Stack.batchTaken`). Not in Linux. */
  syn_shedding: boolean;
  /** Upper bound of every listener's backlog. */
  somaxconn: number;
  /** Full accept queue: reset the client instead of leaving it to retry. */
  abort_on_overflow: boolean;
  /** Seconds of idleness before the first keep-alive probe. */
  keepalive_time: number;
  keepalive_intvl: number;
  keepalive_probes: number;
  timestamps: boolean;
  window_scaling: boolean;
  sack: boolean;
  /**
   * Receive buffer in bytes of data (Linux counts what surrounds them too, and says twice as much): what a connection starts with, and what tuning may make of it, for which the window scale is
   * chosen. A buffer of the user's own choice is bound by neither.
   */
  rmem_default: number;
  rmem_max: number;
  /** Let receive buffers grow with what users read in a round trip. */
  moderate_rcvbuf: boolean;
  /** Count the memory around what was received, as Linux does, and offer windows by it (see `ReceiveAccount`). */
  skb_accounting: boolean;
  /** With `skb_accounting`: let a window that was offered be taken back when memory runs short. */
  shrink_window: boolean;
  /** Without a window scale offer no more than 32,767 octets: there are peers who take the field for a signed number. */
  workaround_signed_windows: boolean;
  /** With `skb_accounting`: 2^-n of the buffer, and a segment, are kept back from the widest window; 0: neither is. 0 to 31. */
  app_win: number;
  /** Send buffer in bytes: what a connection starts with, and what it grows to with the congestion window. */
  wmem_default: number;
  wmem_max: number;
  /**
   * Octets that all connections hold together in buffers, ranges out of order and records of what was sent (Linux's `tcp_mem`, which counts pages): above `mem_pressure` nothing
   * grows that can do without, until no more than `mem_low` are held; `mem_high` is the end.
   */
  mem_low: number;
  mem_pressure: number;
  mem_high: number;
  /** Octets that may wait unsent in a send buffer before `write` takes no more; 4294967295: as many as fit. */
  notsent_lowat: number;
  /** Challenge ACKs per second at most, over all connections (RFC 5961 section 7); 2147483647: no such limit, which would be a side channel. */
  challenge_ack_limit: number;
  /** Milliseconds between two answers of one connection to out-of-window segments. */
  invalid_ratelimit: number;
  rto_initial_us: number;
  rto_min_us: number;
  rto_max_us: number;
  /** RTO after the handshake when the SYN was retransmitted (RFC 6298 section 5.7). */
  rto_after_syn_loss_us: number;
  /** Delayed acknowledgment in microseconds, below 500,000. */
  delayed_ack_us: number;
  /** Profile `linux`: segments acknowledged at once when text begins to come. */
  quick_acks: number;
  /** Profile `linux`: text in order is always acknowledged at once, as on a route with quickack. */
  quickack: boolean;
  /** Full-sized segments that may stay unacknowledged: an ACK goes out when more than this many have come. */
  ack_every_segments: number;
  /** Initial window in segments (RFC 6928) and its bound in bytes. */
  initial_window_segments: number;
  initial_window_bytes: number;
  slow_start_after_idle: boolean;
  /** L of RFC 3465: segments by which one ACK may open the window in slow start. */
  abc_limit: number;
  /** Control of new connections: `cubic`, `reno` (also `newreno`), `bbr` (version 3), `dctcp`, `none`. */
  congestion_control: string;
  /** Bits: 1 RACK (RFC 8985; without it RFC 6675 counts), 2 fixed reordering window, 4 no threshold of duplicates. */
  recovery: number;
  /** 3 or 4: tail loss probes; less: none. */
  early_retrans: number;
  /** 0 off, else F-RTO (RFC 5682) after a timeout. */
  frto: number;
  /** Each of the first duplicate ACKs lets a new segment go (RFC 3042), so that small windows get their three duplicates. */
  limited_transmit: boolean;
  /** Proportional rate reduction (RFC 9937). Without it the window falls at once and what is in flight decides (RFC 6675). */
  prr: boolean;
  /** Segments by which the network reorders as a start: DupThresh. It adapts, up to `max_reordering`. */
  reordering: number;
  max_reordering: number;
  /** Report duplicates by SACK (RFC 2883). */
  dsack: boolean;
  /**
   * Of the duplicate ACKs with SACK blocks that follow the third, so many wait for one another (0: none), a twentieth of a round trip, but not
   * longer than the delay; the timer may be late by the slack. Nanoseconds.
   */
  comp_sack_nr: number;
  comp_sack_delay_ns: number;
  comp_sack_slack_ns: number;
  /**
   * ECN: 0 none, 1 asked for and accepted (RFC 3168), 2 accepted, 3 Accurate ECN (RFC 9768) asked for and accepted, 4 that
   * accepted and RFC 3168 asked for, 5 that accepted. Congestion controls that live on marks ask in any case.
   */
  ecn: number;
  /** SYNs that are not answered go again without asking for ECN. */
  ecn_fallback: boolean;
  /** The option of Accurate ECN: 0 never sent, 1 where needed, 2 on every acknowledgment with news, 3 as 2 and never given up. */
  ecn_option: number;
  /** Options per round-trip time at least under `ecn_option` 1; 0: none without need. */
  ecn_option_beacon: number;
  /** Seconds over which the least round-trip time is remembered. */
  min_rtt_wlen: number;
  /** Pace every connection (SO_MAX_PACING_RATE, the fq queue of Linux), whatever its congestion control says. */
  pacing: boolean;
  /**
   * Under the profile `linux` segments leave in bursts: of so many at least; of a 1/2^n of the largest size more for every 2^`tso_rtt_log` microseconds n of round trip; and what is less
   * than 1/`tso_win_divisor` of the window waits for an acknowledgment that is due (0: less than three segments).
   */
  min_tso_segs: number;
  tso_rtt_log: number;
  tso_win_divisor: number;
  /** Percent of the window per round trip at which paced connections send in slow start, and afterwards. */
  pacing_ss_ratio: number;
  pacing_ca_ratio: number;
  /** RFC 7661 (profile `rfc`): a window that was not used is kept for five minutes instead of falling after an idle RTO. */
  window_validation: boolean;
  /** How the first slow start ends before a loss: classic HyStart (CUBIC only), HyStart++ (RFC 9406), or not at all. */
  hystart: 'classic' | 'plusplus' | 'off';
  /** Cut the window less after a congestion mark than after a loss (ABE, RFC 8511); CUBIC to 0.85, Reno to 0.8 of it. */
  ecn_alternative_backoff: boolean;
  /** Nagle by RFC 9293 section 3.7.4, or Minshall's form as in Linux. */
  nagle: 'rfc' | 'minshall';
  /** Zero-window probe: one octet of new data, or an empty segment with an old sequence number as Linux sends. */
  zero_window_probe: 'octet' | 'empty';
  /** Hard ICMP errors abort a synchronized connection (RFC 9293 SHLD-26) or are soft there (RFC 5927). */
  hard_icmp_aborts: boolean;
  /**
   * Time-outs in a row before an ICMP message that packets were too big is believed against sizes that have got through already
   * (RFC 5927 section 7.2); 0 believes it at once, and on Linux whatever is quoted of the packet, as Linux does.
   */
  pmtu_confirm_timeouts: number;
  /** Probing for the path's MTU (RFC 4821): 0 never, 1 once a black hole was met, 2 always. */
  mtu_probing: number;
  /** Octets of a segment that the search starts from, and falls to in a black hole. */
  base_mss: number;
  /** The search falls no further. */
  mtu_probe_floor: number;
  /** Seconds after which larger sizes are looked for again. */
  probe_interval: number;
  /** The search ends when it has come so close, in octets. */
  probe_threshold: number;
  /** True reads the urgent pointer as RFC 1122 did: the last urgent octet. False, as everybody sends it and RFC 9293 section 3.8.5 says. */
  stdurg: boolean;
  /** Without Fast Open: keep data that comes with a SYN until the handshake is over; Linux lets the peer send it again. */
  accept_syn_data: boolean;
  /** Fast Open, as bits: 0x1 client, 0x2 server, 0x4 client without cookie, 0x200 server without cookie, 0x400 all listeners. */
  fastopen: number;
  /** Seconds for which active Fast Open pauses after the first sign of a black hole; doubles, 0 never pauses. */
  fastopen_blackhole_timeout_sec: number;
  /** Seconds for which a server that did not take the data in a SYN is opened plainly; doubles, 0 tries on as Linux does. */
  fastopen_refused_sec: number;
  /** Seconds after which a cookie key that was drawn gives way to a fresh one; 0 never. Keys that were set stay. */
  fastopen_key_lifetime_sec: number;
  /** Silently drop segments without the timestamps that were agreed on (RFC 7323 section 3.2); Linux takes them. */
  require_timestamps: boolean;
  /** Linux keeps its minimum on the variance term, so that the RTO is SRTT plus at least rto_min. */
  rto_min_on_variance: boolean;
  rfc1337: boolean;
  /**
   * User timeout option (RFC 5482): the seconds every connection advertises; 0: the option is neither sent nor heeded. Linux has
   * none.
   */
  user_timeout_option: number;
  /** Seconds between which a peer's advice can move the user timeout (L_LIMIT, U_LIMIT). */
  user_timeout_min: number;
  user_timeout_max: number;
  /** Take segments with a signature nobody has a key for as if they had none (RFC 5925 section 7.3); Linux drops them. */
  accept_unexpected_signatures: boolean;
  /** First port of the ephemeral range, and the last one. */
  ip_local_port_first: number;
  ip_local_port_last: number;
  default_hop_limit: number;
  /** Smallest MSS accepted from a peer. */
  min_snd_mss: number;
  /** Ranges of out-of-order data kept per connection. */
  reassembly_ranges_max: number;
}

const COMMON = {
  syn_retries: 6,
  synack_retries: 5,
  // RFC 9293 §3.8.3 SHLD-10, SHLD-11: R1 is three retransmissions, R2 far more than 100 s.
  retries1: 3,
  retries2: 15,
  orphan_retries: 0,
  thin_linear_timeouts: false,
  fin_timeout: 60,
  tw_reuse: 1,
  max_tw_buckets: 262_144,
  max_orphans: 65_536,
  max_syn_backlog: 4096,
  max_syn_per_source: 0,
  syncookies: 1,
  syn_shedding: true,
  somaxconn: 4096,
  abort_on_overflow: false,
  // RFC 9293 §3.8.4 MUST-28: two hours.
  keepalive_time: 7200,
  keepalive_intvl: 75,
  keepalive_probes: 9,
  timestamps: true,
  window_scaling: true,
  sack: true,
  rmem_default: 131_072,
  rmem_max: 33_554_432,
  moderate_rcvbuf: true,
  skb_accounting: false,
  shrink_window: false,
  workaround_signed_windows: false,
  app_win: 31,
  wmem_default: 131_072,
  wmem_max: 4_194_304,
  // Three to four to six, as on Linux: a host of 8 GB there.
  mem_low: 402_653_184,
  mem_pressure: 536_870_912,
  mem_high: 805_306_368,
  notsent_lowat: 0xffff_ffff,
  // RFC 5961 §7 R5961-5: invalid_ratelimit throttles each connection; a limit that all share tells one about the others.
  challenge_ack_limit: 2_147_483_647,
  invalid_ratelimit: 500,
  rto_initial_us: 1_000_000,
  rto_max_us: 120_000_000,
  rto_after_syn_loss_us: 3_000_000,
  quickack: false,
  initial_window_segments: 10,
  initial_window_bytes: 14_600,
  slow_start_after_idle: true,
  recovery: 1,
  early_retrans: 3,
  frto: 2,
  limited_transmit: true,
  prr: true,
  reordering: 3,
  max_reordering: 300,
  dsack: true,
  comp_sack_delay_ns: 1_000_000,
  comp_sack_slack_ns: 100_000,
  ecn: 2,
  ecn_fallback: true,
  ecn_option: 2,
  ecn_option_beacon: 3,
  min_rtt_wlen: 300,
  pacing: false,
  min_tso_segs: 2,
  tso_rtt_log: 9,
  tso_win_divisor: 3,
  pacing_ss_ratio: 200,
  pacing_ca_ratio: 120,
  window_validation: false,
  stdurg: false,
  pmtu_confirm_timeouts: 1,
  base_mss: 1024,
  mtu_probe_floor: 48,
  probe_interval: 600,
  probe_threshold: 8,
  congestion_control: 'cubic',
  rfc1337: false,
  user_timeout_option: 0,
  // RFC 9293 §3.8.3 SHLD-11: R2 is 100 seconds at least.
  user_timeout_min: 100,
  user_timeout_max: 7200,
  ip_local_port_first: 32_768,
  ip_local_port_last: 60_999,
  default_hop_limit: 64,
  min_snd_mss: 48,
  reassembly_ranges_max: 1024,
};

/** As a Linux host of today answers (defaults of the kernel's ip-sysctl documentation). */
export function linuxTcpSettings(): TcpSettings {
  return {
    ...COMMON,
    profile: 'linux',
    syn_linear_timeouts: 4,
    mtu_probing: 0,
    time_wait_ms: 60_000,
    rmem_default: 65_536,
    rto_min_us: 200_000,
    delayed_ack_us: 40_000,
    comp_sack_nr: 44,
    quick_acks: 16,
    ack_every_segments: 1,
    nagle: 'minshall',
    zero_window_probe: 'empty',
    hard_icmp_aborts: false,
    accept_syn_data: false,
    fastopen: 0x1,
    fastopen_blackhole_timeout_sec: 0,
    fastopen_refused_sec: 0,
    fastopen_key_lifetime_sec: 0,
    require_timestamps: false,
    rto_min_on_variance: true,
    accept_unexpected_signatures: false,
    abc_limit: 65_535,
    hystart: 'classic',
    ecn_alternative_backoff: false,
  };
}

/** The letter of RFC 9293 and its companions. */
export function rfcTcpSettings(): TcpSettings {
  return {
    ...COMMON,
    profile: 'rfc',
    // 1 + 2 + … + 128 s: the SYN is retried for more than the three minutes of MUST-23.
    syn_retries: 7,
    synack_retries: 7,
    syn_linear_timeouts: 0,
    // RFC 8899 §1, RFC 2923 §2.1: routers that drop without a word must not stop a connection.
    mtu_probing: 1,
    // RFC 9293 §3.4.2: MSL is two minutes.
    time_wait_ms: 240_000,
    rto_min_us: 1_000_000,
    delayed_ack_us: 200_000,
    // RFC 5681 §4.2: an early segment is answered at once.
    comp_sack_nr: 0,
    quick_acks: 0,
    ack_every_segments: 2,
    nagle: 'rfc',
    zero_window_probe: 'octet',
    hard_icmp_aborts: true,
    accept_syn_data: true,
    fastopen: 0x3,
    fastopen_blackhole_timeout_sec: 3600,
    fastopen_refused_sec: 60,
    fastopen_key_lifetime_sec: 86_400,
    require_timestamps: true,
    rto_min_on_variance: false,
    accept_unexpected_signatures: true,
    abc_limit: 2,
    hystart: 'plusplus',
    ecn_alternative_backoff: true,
  };
}

/** The settings of a profile, with changes. */
export function tcpSettingsFor(profile: ProfileName): TcpSettings {
  return profile === 'linux' ? linuxTcpSettings() : rfcTcpSettings();
}
