/** Shell lines of scripts: what each sets, and that nothing else is let pass. */
import { describe, expect, it } from 'vitest';
import { linuxTcpSettings, type TcpSettings } from '../../tcp/settings.ts';
import { runShell } from './run-shell.ts';
import { ShellError } from './shell-error.ts';
import type { ShellTarget } from './shell-target.ts';
import { readBack, readSysctl, setSysctl } from './sysctl.ts';

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

interface Given {
  readonly isFirst?: boolean;
  readonly family?: 4 | 6;
  readonly counters?: Readonly<Record<string, number>>;
}

/** Every key and value of sysctl, as they were set. */
const written = new Map<string, string>();

function run(text: string, { isFirst = false, family = 4, counters = {} }: Given = {}): Seen {
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
  const note = (said: string): void => {
    seen.notes.push(said);
  };
  const sysctls = {
    tcp: seen.tcp,
    setFastOpenKeys: (keys: readonly string[]) => {
      seen.keys = keys;
    },
    note,
  };
  written.clear();
  const target: ShellTarget = {
    family,
    setSysctl: (key, value) => {
      setSysctl(key, value, sysctls);
      written.set(key, value);
    },
    sysctl: (key) => (written.has(key) ? readBack(written.get(key) ?? '') : readSysctl(key, seen.tcp)),
    counters: () => new Map(Object.entries(counters)),
    seenCounters: new Map(),
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
    note,
  };
  runShell(text, target, isFirst);
  return seen;
}

/** What a line says, without the beginning of each line. */
function said(text: string, given: Given = {}): string[] {
  return run(text, given).notes.map((note) => note.replace(/^shell: /, ''));
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
    'python3 ./set_sysctls.py /proc/sys/net/ipv4/tcp_timestamps=0',
    'bash -e ../common/defaults.sh; sysctl -q net.ipv4.tcp_timestamps=0',
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
    const { tcp, notes } = run('../lab/set-up.sh', { isFirst: true });
    expect(tcp.rmem_default).toBe(270_000);
    expect(notes[0]).toBe('shell: ../lab/set-up.sh is not run; taken for the usual defaults');
  });

  it.each([
    ['reboot', "'reboot' is not understood"],
    ['echo 1 > /etc/passwd', "'echo 1 > /etc/passwd' is not understood"],
    ['iptables -A INPUT -j DROP', "'iptables -A INPUT -j DROP': there is no packet filter here"],
    ['nft add rule inet t c drop', 'there is no packet filter here'],
    [
      'ip route change default dev tun0 features ecn; ip link set dev tun0 gso_max_size 4000',
      "'gso_max_size' of ip link set",
    ],
    ['ip link add veth0 type veth', "'ip link add' is not understood"],
    ['tc filter add dev tun0', 'of tc only the queues'],
    ['tc qdisc add dev tun0 root fq maxrate 1mbit', "'maxrate' of fq is not supported"],
    ['ethtool -K tun0 warp on', "'warp' is no offload"],
    ['ethtool -K tun0 tso maybe', "'maybe' is no offload"],
    ['sysctl -p /etc/sysctl.conf', 'settings are not read from files'],
    ['(sleep 1; true) & sleep 2', 'a sleep in the background'],
    ['exit 3', 'ends with status 3'],
    ['false', "ends with status 1: 'false'"],
    ['[ 1 -eq 2 ]', "ends with status 1: '[ 1 -eq 2 ]'"],
    ['set -e; false; true', 'ends with status 1'],
    ['sysctl net.ipv4.tcp_ecn=$(uname -r)', 'is not known here'],
    ['echo $(date) > /proc/sys/net/ipv4/tcp_ecn', 'is not known here'],
    ['while true; do sleep 0; done', 'more than 10000 commands'],
    ['if true; then', "'fi' is missing"],
    ['for x in a b', "'do' is missing"],
    ['if true; fi', "unexpected 'fi'"],
    ['select x in a; do true; done', "'select' is not supported"],
    ['case x in x) true;;', "'esac' is missing"],
    ['case $(date) in *) true;; esac', "what 'case' goes by is not known"],
    ['a=(1 2)', 'lists of values'],
    ['break', "'break' leaves nothing"],
    ['f() { f; }; f', 'too deep'],
    ['cat <<END\nx', "'END' is missing"],
    ['[[ (a == a) ]]', 'parentheses'],
    ['[[ a =~ (a+)+ ]]', 'is not supported here'],
    ['(sleep 1; true) &', 'behind a sleep in the background'],
    ['for ((i=0; i<3)); do true; done', 'for ((first; test; step))'],
    ['echo "open', 'never ends'],
    ["echo 'open", 'never ends'],
    ['true &&', "a command is missing after '&&'"],
    ['( true', "')' is missing"],
    ['echo $((1 / 0))', 'division by zero'],
    ['echo $((1 +))', 'ends too early'],
    ['echo $((2 $ 3))', 'is not understood'],
    [`echo $${'{x@Q}'}`, 'is not supported here'],
    ['[ a -eq 1 ]', 'a whole number is needed'],
    ['[ 1 = 1', "']' is missing"],
    ['true )', "unexpected ')'"],
    ['echo >', "a file is missing after '>'"],
    ['sleep long', 'is no time to sleep'],
    ['sysctl kernel.panic=1', 'kernel.panic is no setting of a network stack'],
    ['sysctl net.ipv4.tcp_telepathy=1', 'there is no setting tcp_telepathy'],
    ['sysctl net.ipv4.tcp_reflect_tos=1', 'tcp_reflect_tos would change packets'],
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

describe('the language of shells', () => {
  it.each<[string, readonly string[]]>([
    ['echo a b; echo c', ['a b', 'c']],
    ['echo "a  b" \'c $x\' d\\ e "f\\"g"', ['a  b c $x d e f"g']],
    [`x=1; y="$x$x"; echo $y $${'{y}2'} $${'{z:-none}'} "$${'{z}'}"`, ['11 112 none ']],
    ['x="a b"; for i in $x c; do echo "<$i>"; done', ['<a>', '<b>', '<c>']],
    ['for i in 1 2 3\ndo\n  echo $((i * 2))\ndone', ['2', '4', '6']],
    ['if [ 1 -lt 2 ]; then echo yes; else echo no; fi', ['yes']],
    ['if false; then echo a; elif [ "x" = "x" ]; then echo b; else echo c; fi', ['b']],
    ['i=0; while [ $i -lt 3 ]; do i=$((i + 1)); echo $i; done', ['1', '2', '3']],
    ['i=3; until [ $i -le 1 ]; do i=$(($i-1)); done; echo $i', ['1']],
    ['true && echo a || echo b; false && echo c || echo d', ['a', 'd']],
    ['! false && echo not', ['not']],
    ['(echo a; echo b) | grep b', ['b']],
    ['{ echo a; } > /dev/null; echo b >/dev/null 2>&1; echo c &> /tmp/x', []],
    ['echo $(echo a; echo b) "$(echo c)"', ['a b c']],
    [
      'echo $((0x10 + 010)) $(( (1 << 4) | 3 )) $((5 / 2)) $((7 % 3)) $((2 ** 8)) $((1 > 0 ? 4 : 5)) $((!0 && 1))',
      ['24 19 2 1 256 4 1'],
    ],
    ['false; echo $?; true; echo $?', ['1', '0']],
    ['echo a \\\n  b # remark\n# another\necho c', ['a b', 'c']],
    ['echo a\r\necho b\r\n', ['a', 'b']],
    ['printf "%s=%d\\n" a 1 b 2', ['a=1', 'b=2']],
    ['echo -n a; echo -e "b\\nc"', ['ab', 'c']],
    ['bash -c "echo a; echo b"; eval echo c', ['a', 'b', 'c']],
    ['export A=5 B=6; echo $A$B; unset A; echo "[$A]"', ['56', '[]']],
    ['echo a; exit 0; echo b', ['a']],
    ['[ -n a ] && [ -z "" ] && [ a != b ] && [ ! 1 -eq 2 ] && [ 1 = 1 -a 2 = 2 ] && echo all', ['all']],
    ['test 3 -ge 3 -o 1 -eq 2 && echo ok', ['ok']],
    [
      'echo "a 1\\nb 2"; printf "a 1\\nb 22\\n" | awk \'{print $2}\'; printf "a\\nb\\n" | wc -l',
      ['a 1\\nb 2', '1', '22', '2'],
    ],
    ['printf "a\\nb\\nc\\n" | head -1; printf "a\\nb\\nc\\n" | tail -n 1; printf "a-b\\n" | tr -d -', ['a', 'c', 'ab']],
    [
      'printf "ab\\nAc\\nd\\n" | grep -ci "^a"; printf "x+y\\nz\\n" | grep -v "x+y"; printf "x\\nz\\n" | grep -E "x|q"',
      ['2', 'z', 'x'],
    ],
    ['cat <<< hello', ['hello']],
    ['echo $((1 ? 2 : 1 / 0)) $((0 && 1 / 0)) $((1 || 1 % 0))', ['2 0 1']],
    ['! ! true && if ! true; then echo a; else echo $?; fi', ['1']],
    ['echo a & echo b; wait', ['a', 'b']],
    ["echo '#' a#b # c", ['# a#b']],
    ['if ! [ 1 -eq 2 ]; then echo x; fi; if true; then if false; then echo y; else echo z; fi; fi', ['x', 'z']],
    ['x=3 y=$((x * 2)); echo $y; x=$((x + 1)); echo $x', ['6', '4']],
    ['for a in 1 2; do for b in 3 4; do echo $a$b; done; done | wc -l', ['4']],
    ['echo "$(echo "in $(echo deep)")"', ['in deep']],
  ])('%j', (text, lines) => {
    expect(said(text)).toEqual(lines);
  });

  it.each<[string, readonly string[]]>([
    ['sysctl net.ipv4.tcp_ecn', ['net.ipv4.tcp_ecn = 2']],
    ['sysctl -n net.ipv4.tcp_ecn net.ipv4.tcp_sack', ['2', '1']],
    ['cat /proc/sys/net/ipv4/tcp_syn_retries', ['6']],
    ['sysctl -q net.ipv4.tcp_rmem="4096 10000  20000"; sysctl -n net.ipv4.tcp_rmem', ['4096\t10000\t20000']],
    ['old=$(sysctl -n net.ipv4.tcp_ecn); sysctl -q -w net.ipv4.tcp_ecn=0 net.ipv4.tcp_sack=0; echo $old', ['2']],
    ['sysctl -q net.ipv4.tcp_ecn=$((2 - 1)); [ $(sysctl -n net.ipv4.tcp_ecn) -eq 1 ] && echo set', ['set']],
    ['if [ -f /proc/sys/net/ipv4/tcp_ecn ]; then echo there; fi', ['there']],
    ['for p in tcp_ecn tcp_sack; do sysctl -q net.ipv4.$p=0; done; cat /proc/sys/net/ipv4/tcp_sack', ['0']],
    ['(sysctl -q net.ipv4.tcp_ecn=0) && sysctl -n net.ipv4.tcp_ecn', ['0']],
  ])('%s', (text, lines) => {
    expect(said(text)).toEqual(lines);
  });

  it('tells counters as nstat does: what has changed since it looked last', () => {
    const counters = { TcpExtTCPTimeouts: 3, TcpRetransSegs: 0 };
    expect(said("nstat | grep Timeouts | awk '{print $2}'", { counters })).toEqual(['3']);
    expect(said('nstat -n; nstat; nstat -az | grep -c Tcp', { counters })).toEqual(['#kernel', '2']);
    expect(said('nstat -sz TcpRetrans* | tail -1', { counters })[0]).toMatch(/^TcpRetransSegs +0 +0\.0$/);
    expect(() => run('nstat -z | grep -q "TcpRetransSegs  *1"', { counters })).toThrow('ends with status 1');
  });

  it('says what it cannot check, and goes on', () => {
    const counters = { TcpExtTCPTimeouts: 3 };
    expect(said('nstat | grep -q TcpExtTCPTelepathy && echo on', { counters })).toEqual([
      "'grep -q TcpExtTCPTelepathy' cannot be checked here; taken for true",
      'on',
    ]);
    expect(said('if [ -d /sys/class/net/tun0 ]; then echo dir; fi')).toEqual([
      "'[ -d /sys/class/net/tun0 ]' cannot be checked here; taken for true",
      'dir',
    ]);
  });

  it('does what stands behind || when a setting is none', () => {
    expect(said('sysctl -q net.ipv4.tcp_telepathy=1 || echo else')).toEqual([
      expect.stringContaining('there is no setting tcp_telepathy here; what stands behind || is done'),
      'else',
    ]);
    expect(said('sysctl -e -q net.ipv4.tcp_telepathy=1')).toEqual([
      'sysctl -e: there is no setting tcp_telepathy here',
    ]);
  });

  it('takes the routes of the family on the wire', () => {
    const text = 'ip route change default dev tun0 initcwnd 5; ip -6 route change default dev tun0 initcwnd 6';
    expect(run(text).route.get('initcwnd')).toBe('5');
    expect(run(text, { family: 6 }).route.get('initcwnd')).toBe('6');
    expect(run('ip route replace fd00::/8 dev tun0 initcwnd 7', { family: 6 }).route.get('initcwnd')).toBe('7');
    expect(run('ip ro ch 192.0.2.0/24 dev tun0 features ecn congctl reno').route).toEqual(
      new Map([
        ['features', 'ecn'],
        ['congctl', 'reno'],
      ]),
    );
  });

  it.each([
    'ethtool -K tun0 tso off gso off gro off > /dev/null 2>&1',
    'ethtool -K tun0 tx-checksumming off generic-segmentation-offload off',
    'ethtool -k tun0 | grep tso',
    'ip link set dev tun0 txqueuelen 1000 up',
    'ip link set tun0 qlen 100',
    'ip neigh flush all',
    'ip addr show; ip -s link; ip route get 192.0.2.1',
    'iptables -L; iptables -F; nft list ruleset',
    'dmesg -C; dmesg | tail',
    'modprobe tcp_bbr; ulimit -n 100; sudo -E true; timeout 5 true; . ./defaults.sh',
    'tc -s qdisc show; tc qdisc replace dev tun0 root fq limit 100 nopacing; tc qdisc del dev tun0 root',
    'ifconfig tun0 txqueuelen 1000 up; ifconfig',
    'sleep 0; sleep .1s; usleep 100',
  ])('%s changes nothing that matters', (text) => {
    const { mtu, route, isPaced } = run(text);
    expect([mtu, route.size, isPaced === true]).toEqual([0, 0, false]);
  });

  it.each<[string, string]>([
    ['true\n  reboot now', 'reboot'],
    ['true && sysctl net.ipv4.tcp_ecn=yes', 'sysctl'],
    ['if true; then\n  false\nfi', 'false'],
  ])('%j: the place of an error is that of the command', (text, word) => {
    let error: unknown;
    try {
      run(text);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(ShellError);
    expect((error as ShellError).offset).toBe(text.indexOf(word));
  });
});
