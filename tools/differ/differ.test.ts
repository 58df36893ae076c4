/** Random scripts: drawn, recorded and judged, with our stack in the kernel's place, so that nothing needs root here. */
import { describe, expect, it } from 'vitest';
import { stackSubject } from '../../src/drill/stack-subject.ts';
import type { Subject, Surroundings } from '../../src/drill/subject.ts';
import { Dice } from './dice.ts';
import { FAMILIES } from './families.ts';
import { assertions } from './figures.ts';
import { drawPlan } from './generate.ts';
import { figureOf, judge, judgeAll, withoutFigure } from './judge.ts';
import { Peer } from './peer.ts';
import type { Input, Plan } from './plan.ts';
import { Ranges } from './ranges.ts';
import { recordPlan } from './recorder.ts';
import { scriptText, secondsOf } from './script-text.ts';
import { cutPlan, simplerPlans, smallerPlans } from './shrink.ts';

function ours(surroundings: Surroundings): Subject {
  return stackSubject(surroundings, {});
}

const SEEDS = Array.from({ length: 5 }, (_, index) => index + 1);

function input(atUs: number, kind: Input['kind'], text: string): Input {
  return { atUs, kind, text };
}

/** A connection that is accepted, asked about and written to. */
const PLAN: Plan = {
  name: 'by hand',
  options: [],
  command: './defaults.sh',
  endUs: 400_000,
  inputs: [
    input(0, 'call', 'socket(..., SOCK_STREAM, IPPROTO_TCP) = 3'),
    input(0, 'call', 'bind(3, ..., ...)'),
    input(0, 'call', 'listen(3, 1)'),
    input(0, 'packet', 'S 0:0(0) win 32000 <mss 1460,sackOK,TS val 5000 ecr 0,nop,wscale 7>'),
    input(20_000, 'packet', '. 1:1(0) ack 1 win 250 <nop,nop,TS val 5020 ecr 1007>'),
    input(20_000, 'call', 'accept4(3, ..., ..., SOCK_NONBLOCK) = 4'),
    input(30_000, 'call', 'poll([{fd=4, events=POLLIN|POLLOUT, revents=@}], 1, 0)'),
    input(30_000, 'call', 'read(4, ..., 100)'),
    input(30_000, 'call', 'ioctl(4, SIOCINQ, [@])'),
    input(40_000, 'call', 'write(4, ..., 100)'),
    input(60_000, 'probe', 'unacked snd_cwnd'),
  ],
};

describe('chance', () => {
  it('draws by weight, never what weighs nothing', () => {
    const dice = new Dice(7);
    const drawn = Array.from({ length: 400 }, () =>
      dice.weighted([
        [3, 'often'],
        [0, 'never'],
        [1, 'rarely'],
      ] as const),
    );
    expect(drawn).not.toContain('never');
    expect(drawn.filter((word) => word === 'often').length).toBeGreaterThan(250);
    expect(() => dice.weighted([[0, 'never']])).toThrow(RangeError);
  });
});

describe('what a peer has received', () => {
  it('keeps what came early, latest first, until the hole is filled', () => {
    const ranges = new Ranges(1);
    expect([ranges.add(101, 201), ranges.add(301, 401), ranges.add(201, 251)]).toEqual([null, null, null]);
    expect(ranges.early).toEqual([
      [101, 251],
      [301, 401],
    ]);
    expect(ranges.add(1, 101)).toBeNull();
    expect([ranges.next, ranges.early]).toEqual([251, [[301, 401]]]);
  });

  it('tells what came twice', () => {
    const ranges = new Ranges(1);
    ranges.add(1, 101);
    ranges.add(201, 301);
    expect(ranges.add(1, 101)).toEqual([1, 101]);
    expect(ranges.add(201, 301)).toEqual([201, 301]);
    expect(ranges.add(51, 151)).toEqual([51, 101]);
    expect(ranges.next).toBe(151);
  });

  it('stands in its acknowledgments', () => {
    const peer = new Peer();
    peer.traits.hasSack = true;
    peer.traits.hasTimestamps = true;
    peer.traits.shift = 7;
    peer.arrive(1, 100, false, 1000);
    peer.arrive(201, 100, false, 1005);
    expect(peer.acknowledgment(30_000)).toBe(
      '. 1:1(0) ack 101 win 250 <nop,nop,TS val 5030 ecr 1000,nop,nop,sack 201:301>',
    );
    peer.arrive(1, 100, false, 1005);
    expect(peer.acknowledgment(30_000)).toContain('sack 1:101 201:301');
    expect(peer.acknowledgment(30_000)).not.toContain('1:101 ');
  });
});

describe('a recording', () => {
  const { entries, latestUs } = recordPlan(PLAN, ours);
  const text = scriptText(PLAN, entries);

  it('is the script of what was done, with what came of it', () => {
    expect(latestUs).toBe(0);
    expect(text.split('\n')).toEqual([
      '// by hand',
      '`./defaults.sh`',
      '0       socket(..., SOCK_STREAM, IPPROTO_TCP) = 3',
      '0       bind(3, ..., ...) = 0',
      '0       listen(3, 1) = 0',
      '0       < S 0:0(0) win 32000 <mss 1460,sackOK,TS val 5000 ecr 0,nop,wscale 7>',
      '0       > S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 1000 ecr 5000,nop,wscale 8>',
      // The timestamp is the nearest there was.
      '0.02    < . 1:1(0) ack 1 win 250 <nop,nop,TS val 5020 ecr 1000>',
      '0.02    accept4(3, ..., ..., SOCK_NONBLOCK) = 4',
      '0.03    poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLOUT}], 1, 0) = 1',
      '0.03    read(4, ..., 100) = -1 EAGAIN',
      '0.03    ioctl(4, SIOCINQ, [0]) = 0',
      '0.04    write(4, ..., 100) = 100',
      '0.04    > P. 1:101(100) ack 1 win 1053 <nop,nop,TS val 1040 ecr 5020>',
      '0.06    %{ assert tcpi_unacked == 1, tcpi_unacked',
      'assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd }%',
      expect.stringMatching(/^0\.\d+ +> P\. 1:101\(100\) ack 1 win 1053/),
      '',
    ]);
  });

  it('passes where it was made, and tells what differs elsewhere, figures first', () => {
    expect(judge(text)).toBeNull();
    const other = text.replace('snd_cwnd == 10', 'snd_cwnd == 9').replace('= -1 EAGAIN', '= 5');
    expect(judgeAll(other).map(({ kind }) => kind)).toEqual(['result of read']);
    const late = text
      .replace('snd_cwnd == 10', 'snd_cwnd == 9')
      .replace(/1:101(?!.*\n.*code)(?=\(100\).*\n$)/, '2:102');
    expect(judgeAll(late).map(({ kind }) => kind)).toEqual([
      'figure tcpi_snd_cwnd',
      'another packet than expected: seq',
    ]);
  });

  it('tells what the stack has sent beyond the script', () => {
    expect(judge(text.replace(/.*\n$/, '0.5     close(3) = 0\n'))?.kind).toBe('more packets than expected');
  });

  it('writes the times of calls that sleep', () => {
    const plan: Plan = {
      ...PLAN,
      inputs: [
        ...PLAN.inputs.slice(0, 3),
        input(0, 'call', 'accept(3, ..., ...) = 4'),
        input(10_000, 'packet', 'S 0:0(0) win 32000 <mss 1460>'),
        input(30_000, 'packet', '. 1:1(0) ack 1 win 32000'),
      ],
    };
    const lines = scriptText(plan, recordPlan(plan, ours).entries);
    expect(lines).toContain('0...0.03 accept(3, ..., ...) = 4');
    expect(judge(lines)).toBeNull();
  });
});

describe('figures', () => {
  it('are asserted by name, times with leeway', () => {
    const figures = new Map([
      ['tcpi_snd_cwnd', 10],
      ['tcpi_rtt', 50_400.4],
      ['TCP_ESTABLISHED', 1],
    ]);
    expect(assertions(figures).split('\n')).toEqual([
      'assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd',
      'assert abs(tcpi_rtt - 50400) <= 6000, tcpi_rtt',
    ]);
    expect(assertions(figures, 'rtt')).not.toContain('cwnd');
  });

  it('can be taken out of a script, and only they', () => {
    const text = '+0 %{ assert tcpi_rto == 5, tcpi_rto\nassert abs(tcpi_rtt - 5) <= 6, tcpi_rtt }%';
    expect(withoutFigure(text, 'rto')).toBe('+0 %{ 0\nassert abs(tcpi_rtt - 5) <= 6, tcpi_rtt }%');
    expect(withoutFigure(text, 'rtt')).toBe('+0 %{ assert tcpi_rto == 5, tcpi_rto\n0 }%');
    expect([figureOf('figure tcpi_rto'), figureOf('packet too late')]).toEqual(['rto', null]);
  });
});

describe('plans', () => {
  it.each(FAMILIES)(
    'of the family $name are the same for the same seed, and their scripts pass where they were made',
    (family) => {
      const plans = SEEDS.map((seed) => drawPlan(family, seed, ours));
      expect(plans).toEqual(SEEDS.map((seed) => drawPlan(family, seed, ours)));
      const good = plans.filter((plan) => plan !== null);
      expect(good.length).toBeGreaterThan(SEEDS.length / 4);
      for (const plan of good)
        expect([plan.name, judge(scriptText(plan, recordPlan(plan, ours).entries))]).toEqual([plan.name, null]);
    },
  );

  it('become smaller by one removal', () => {
    const sizes = smallerPlans(PLAN, 4).map(({ inputs }) => inputs.length);
    // The socket and what was accepted stay.
    expect(sizes).toEqual([8, 8, 8]);
    const plan = { ...PLAN, command: './defaults.sh\n sysctl -q net.ipv4.tcp_sack=0', options: ['--ip_version=ipv6'] };
    expect(simplerPlans(plan).map(({ command, options }) => [command, options.length])).toEqual([
      ['sysctl -q net.ipv4.tcp_sack=0', 1],
      ['./defaults.sh', 1],
      [plan.command, 0],
    ]);
  });

  it('are cut where a difference shows, and ask about nothing else', () => {
    const text = scriptText(PLAN, recordPlan(PLAN, ours).entries).replace('snd_cwnd == 10', 'snd_cwnd == 9');
    const [difference] = judgeAll(text);
    if (difference === undefined) throw new Error('no difference');
    const cut = cutPlan(PLAN, text, difference);
    expect(cut.endUs).toBe(62_000);
    expect(cut.inputs.at(-1)).toEqual(input(60_000, 'probe', 'snd_cwnd'));
    const early = cutPlan(PLAN, text, { kind: 'result of read', lines: [], line: 10 });
    expect(early.inputs.map(({ kind }) => kind)).not.toContain('probe');
    expect(early.inputs.at(-1)?.atUs).toBe(30_000);
  });

  it('have times without zeros', () => {
    expect([0, 50_000, 1_234_567].map(secondsOf)).toEqual(['0', '0.05', '1.2346']);
  });
});
