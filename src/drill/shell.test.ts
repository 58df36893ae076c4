/** Shell lines of scripts: what each sets, and that nothing else is let pass. */
import { describe, expect, it } from 'vitest';
import { linuxTcpSettings, type TcpSettings } from '../tcp/settings.ts';
import { runShell } from './shell.ts';

interface Seen {
  readonly tcp: TcpSettings;
  keys: readonly string[];
  flushes: number;
  mtu: number;
}

function run(text: string): Seen {
  const seen: Seen = { tcp: linuxTcpSettings(), keys: [], flushes: 0, mtu: 0 };
  runShell(text, {
    tcp: seen.tcp,
    setFastOpenKeys: (keys) => {
      seen.keys = keys;
    },
    flushMetrics: () => {
      seen.flushes++;
    },
    setMtu: (mtu) => {
      seen.mtu = mtu;
    },
  });
  return seen;
}

describe('shell lines', () => {
  it.each([
    'sysctl -q net.ipv4.tcp_timestamps=0',
    'sysctl -q -w net.ipv4.tcp_timestamps="0"',
    'sysctl -q net/ipv4/tcp_timestamps=0 > /dev/null 2>&1',
    './set_sysctls.py /proc/sys/net/ipv4/tcp_timestamps=0',
    '../common/set_sysctls.py \\\n  /proc/sys/net/ipv4/tcp_fack=0 /proc/sys/net/ipv4/tcp_timestamps=0',
    'echo 0 > /proc/sys/net/ipv4/tcp_timestamps',
    'true && sysctl net.ipv4.tcp_timestamps=0; true',
  ])('%s', (text) => {
    expect(run(text).tcp.timestamps).toBe(false);
  });

  it('start from the values the public suites start from', () => {
    const { tcp, keys, flushes } = run('./defaults.sh');
    expect(tcp).toMatchObject({ rmem_default: 540_000, rmem_max: 15_728_640, ecn: 0, syn_retries: 5, fastopen: 0x403 });
    expect(tcp.slow_start_after_idle).toBe(false);
    expect(keys).toEqual(['a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4']);
    expect(flushes).toBe(1);
  });

  it('translate what has another form here', () => {
    const { tcp } = run(
      'sysctl -q net.ipv4.tcp_wmem="4096 20000 30000" net.ipv4.tcp_rto_max_ms=5000 net.ipv4.ip_local_port_range="5000 5001" net.ipv4.tcp_congestion_control=reno net.core.somaxconn=7 net.ipv4.tcp_notsent_lowat=-1',
    );
    expect(tcp).toMatchObject({ wmem_default: 20_000, wmem_max: 30_000, rto_max_us: 5_000_000, somaxconn: 7 });
    expect(tcp).toMatchObject({ ip_local_port_first: 5000, ip_local_port_last: 5001, congestion_control: 'reno' });
    expect(tcp.notsent_lowat).toBe(0xffff_ffff);
  });

  it('set device and queue', () => {
    expect(run('ip link set dev tun0 mtu 1400').mtu).toBe(1400);
    expect(run('ip tcp_metrics flush all > /dev/null 2>&1').flushes).toBe(1);
    expect(run('tc qdisc replace dev tun0 root fq').tcp.pacing).toBe(true);
    expect(run('tc qdisc replace dev tun0 root pfifo').tcp.pacing).toBe(false);
  });

  it('change nothing where nothing is to be changed', () => {
    for (const text of ['', '# a remark', '/tmp/sysctl_restore_12.sh', 'sysctl net.ipv4.tcp_ecn', 'nstat -n']) {
      expect(run(text).tcp).toEqual(linuxTcpSettings());
    }
  });

  it.each([
    ['reboot', "'reboot' is not understood"],
    ['echo hello', "'echo hello' is not understood"],
    ['sysctl kernel.panic=1', 'kernel.panic is no setting of a network stack'],
    ['sysctl net.ipv4.tcp_telepathy=1', 'there is no setting tcp_telepathy'],
    ['sysctl net.ipv4.tcp_profile=1', 'there is no setting tcp_profile'],
    ['sysctl net.ipv4.tcp_ecn=yes', "'yes' is not a number"],
    ['sysctl net.ipv4.tcp_congestion_control=vegas', 'must be one of'],
    ['sysctl net.ipv4.tcp_syncookies=2', 'SYN cookies for every connection'],
    ['sysctl net.ipv4.tcp_rmem=1', 'takes three numbers'],
    ['ip route add default via 10.0.0.1', 'is not understood'],
    ['tc qdisc add dev tun0 root netem delay 10ms', 'netem delay 10ms'],
  ])('%s is refused', (text, message) => {
    expect(() => run(text)).toThrow(message);
  });
});
