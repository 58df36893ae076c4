/** The charts of a SYN flood: rates and half-open connections above, how the honest fare below. */
import type { Series } from '../sim/index.ts';
import type { FloodOptions, FloodSample } from './flood-simulation.ts';
import type { Language, Text } from './language.ts';
import type { Line, Panel, PanelChart } from './race-chart.ts';

/** What to draw. */
export function floodChart(plan: FloodOptions, samples: readonly FloodSample[], language: Language): PanelChart {
  const say = (text: Text): string => text[language];
  const [from, to] = [plan.calmMs / 1000, (plan.calmMs + plan.actMs) / 1000];
  const panels = panelsOf(samples, say);
  return {
    title: say({ en: 'SYN flood without and with SYN cookies', zh: 'SYN 洪泛：不用与使用 SYN cookie' }),
    subtitle: say({
      en: `flood of ${plan.perSecond} SYN/s from ${from} s on, SYN cookies from ${to} s on; SYN queue ${plan.backlog}, ${plan.visitsPerSecond} visits/s, seed ${plan.seed}`,
      zh: `${from} s 起每秒 ${plan.perSecond} 个 SYN，${to} s 起启用 SYN cookie；SYN 队列 ${plan.backlog}，每秒 ${plan.visitsPerSecond} 次访问，种子 ${plan.seed}`,
    }),
    timeName: say({ en: 'time (s)', zh: '时间（s）' }),
    timesMs: samples.map(({ timeMs }) => timeMs),
    endMs: samples.at(-1)?.timeMs ?? 0,
    panels,
    legend: panels[0]?.lines.map(({ name }) => name) ?? [],
  };
}

function panelsOf(samples: readonly FloodSample[], say: (text: Text) => string): Panel[] {
  const of = (pick: (sample: FloodSample) => number | null): Series => samples.map(pick);
  const line = (name: Text, color: string, values: Series, dashed = false): Line => ({
    name: say(name),
    color,
    dashed,
    values,
  });
  return [
    {
      title: say({ en: 'SYNs at the server (per second)', zh: '服务器收到的 SYN（每秒）' }),
      lines: [
        line(
          { en: 'SYNs', zh: 'SYN' },
          '#d55e00',
          of(({ synsPerSecond }) => synsPerSecond),
        ),
        line(
          { en: 'dropped, no room', zh: '因队列满而丢弃' },
          '#000000',
          of(({ droppedPerSecond }) => droppedPerSecond),
          true,
        ),
        line(
          { en: 'answered by cookie', zh: '以 cookie 应答' },
          '#009e73',
          of(({ cookiesPerSecond }) => cookiesPerSecond),
        ),
      ],
    },
    {
      title: say({ en: 'Half-open connections', zh: '半开连接数' }),
      lines: [
        line(
          { en: 'half-open', zh: '半开连接' },
          '#cc79a7',
          of(({ halfOpen }) => halfOpen),
        ),
      ],
    },
    {
      title: say({ en: 'Honest visits served within 1 s (%)', zh: '正常访问在 1 s 内得到服务的比例（%）' }),
      lines: [
        line(
          { en: 'served', zh: '得到服务' },
          '#0072b2',
          of(({ served, visits }) => (visits === 0 ? null : (served / visits) * 100)),
        ),
      ],
    },
    {
      title: say({ en: 'Time of a visit, 95th percentile (ms)', zh: '访问用时，95 百分位（ms）' }),
      lines: [
        line(
          { en: 'p95', zh: 'p95' },
          '#56b4e9',
          of(({ p95Ms }) => p95Ms),
        ),
      ],
    },
  ];
}
