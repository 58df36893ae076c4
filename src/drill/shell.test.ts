/** Shell lines of scripts: what each sets, and that nothing else is let pass. */
import { describe, expect, it } from 'vitest';
import { linuxTcpSettings, type TcpSettings } from '../tcp/settings.ts';
import { runShell } from './shell.ts';
import { setSysctl } from './sysctl.ts';

interface Seen {
  readonly tcp: TcpSettings;
  keys: readonly string[];
  flushes: number;
  mtu: number;
  route: Map<string, string>;
  isPaced: boolean | null;
  sleptUs: number;
  readonly notes: string[];
}

function run(text: string, isFirst = false): Seen {
  const seen: Seen = {
    tcp: linuxTcpSettings(),
    keys: [],
    flushes: 0,
    mtu: 0,
    route: new Map(),
    isPaced: null,
    sleptUs: 0,
    notes: [],
  };
  const target = {
    tcp: seen.tcp,
    setFastOpenKeys: (keys: readonly string[]) => {
      seen.keys = keys;
    },
    note: (note: string) => seen.notes.push(note),
  };
  runShell(
    text,
    {
      setSysctl: (key, value) => setSysctl(key, value, target),
      flushMetrics: () => {
        seen.flushes++;
      },
      setMtu: (mtu) => {
        seen.mtu = mtu;
      },
      setRoute: (metrics) => {
        seen.route = new Map(metrics);
      },
      setQueue: (isPaced) => {
        seen.isPaced = isPaced;
      },
      sleep: (durationUs) => {
        seen.sleptUs += durationUs;
      },
      note: target.note,
    },
    isFirst,
  );
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
    'sudo /sbin/sysctl -qw net.ipv4.tcp_timestamps = 0 || exit 1',
    'echo -n 0 >/proc/sys/net/ipv4/tcp_timestamps',
  ])('%s', (text) => {
    expect(run(text).tcp.timestamps).toBe(false);
  });

  it('start from the values the public suites start from', () => {
    const { tcp, keys, flushes } = run('./defaults.sh');
    expect(tcp).toMatchObject({ rmem_default: 270_000, rmem_max: 15_728_640, ecn: 0, syn_retries: 5, fastopen: 0x403 });
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
    expect(run('ip -4 link set mtu 1400 dev tun0').mtu).toBe(1400);
    expect(run('ifconfig tun0 mtu 1400').mtu).toBe(1400);
    expect(run('ip link set dev tun0 up').mtu).toBe(0);
    expect(run('ip tcp_metrics flush all > /dev/null 2>&1').flushes).toBe(1);
    expect(run('tc qdisc replace dev tun0 root fq').isPaced).toBe(true);
    expect(run('tc qdisc replace dev tun0 root pfifo').isPaced).toBe(false);
  });

  it('change nothing where nothing is to be changed', () => {
    const lines = ['', '# a remark', '/tmp/sysctl_restore_12.sh', 'sysctl net.ipv4.tcp_ecn', 'nstat -n', 'echo hello'];
    for (const text of [...lines, 'nstat | grep -q TcpExtTCPTimeouts', 'ip route show', 'cat /proc/net/snmp | awk 1']) {
      expect(run(text).tcp).toEqual(linuxTcpSettings());
    }
  });

  it('let time pass', () => {
    expect(run('sleep 0.25; sleep 1').sleptUs).toBe(1_250_000);
  });

  it("say what is passed over: Linux's settings without a meaning here, scripts of others", () => {
    expect(run('sysctl -q net.ipv4.tcp_autocorking=0 net.core.wmem_max=5').notes).toEqual([
      'sysctl: net.ipv4.tcp_autocorking has no effect here',
      'sysctl: net.core.wmem_max has no effect here',
    ]);
    expect(run('./prepare.py --all').notes).toEqual(['shell: ./prepare.py is not run; passed over']);
  });

  it('read metrics of a route', () => {
    const { route } = run(
      'ip route change 192.0.2.0/24 dev tun0 proto static quickack 1 initcwnd 20 mtu lock 1400 rto_min 50ms',
    );
    expect([...route]).toEqual([
      ['quickack', '1'],
      ['initcwnd', '20'],
      ['mtu', '1400'],
      ['rto_min', '50ms'],
    ]);
    expect([...run('ip route del 192.0.2.0/24').route]).toEqual([]);
  });

  it("take an unknown script in a script's first line for the usual defaults", () => {
    const { tcp, notes } = run('../lab/set-up.sh', true);
    expect(tcp.rmem_default).toBe(270_000);
    expect(notes[0]).toBe('shell: ../lab/set-up.sh is not run; taken for the usual defaults');
  });

  it.each([
    ['reboot', "'reboot' is not understood"],
    ['echo 1 > /etc/passwd', "'echo 1 > /etc/passwd' is not understood"],
    ['iptables -A INPUT -j DROP', "'iptables -A INPUT -j DROP' is not understood"],
    ['sleep long', 'is no time to sleep'],
    ['sysctl kernel.panic=1', 'kernel.panic is no setting of a network stack'],
    ['sysctl net.ipv4.tcp_telepathy=1', 'there is no setting tcp_telepathy'],
    ['sysctl net.ipv4.tcp_profile=1', 'there is no setting tcp_profile'],
    ['sysctl net.ipv4.tcp_ecn=yes', "'yes' is not a number"],
    ['sysctl net.ipv4.tcp_congestion_control=vegas', 'must be one of'],
    ['sysctl net.ipv4.tcp_rmem=1', 'takes three numbers'],
    ['ip address add 10.0.0.1/24 dev tun0', 'is not understood'],
    ['tc qdisc add dev tun0 root netem delay 10ms', 'netem delay 10ms'],
  ])('%s is refused', (text, message) => {
    expect(() => run(text)).toThrow(message);
  });
});
