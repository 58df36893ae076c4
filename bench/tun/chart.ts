/** Horizontal bars in groups, as SVG that reads in light and in dark. */
import { figure } from './figure.ts';

export interface Bar {
  readonly group: string;
  readonly label: string;
  readonly unit: string;
  readonly median: number;
}

const WIDTH = 760;
const LABELS = 190;
const ROW = 20;
const HEAD = 30;

export function barChart(bars: readonly Bar[]): string {
  const groups = [...new Set(bars.map(({ group }) => group))];
  const parts: string[] = [];
  let y = 10;
  for (const group of groups) {
    const members = bars.filter((bar) => bar.group === group);
    const most = Math.max(...members.map(({ median }) => median));
    parts.push(`<text class="h" x="0" y="${y + 14}">${escapeText(group)}</text>`);
    y += HEAD - 8;
    for (const bar of members) {
      const width = Math.max(1, (bar.median / most) * (WIDTH - LABELS - 110));
      const kind = bar.label.startsWith('woshou') ? 'o' : 'p';
      parts.push(
        `<text x="${LABELS - 8}" y="${y + 14}" text-anchor="end">${escapeText(bar.label)}</text>`,
        `<rect class="${kind}" x="${LABELS}" y="${y + 3}" width="${width.toFixed(1)}" height="${ROW - 6}" rx="2"/>`,
        `<text x="${(LABELS + width + 6).toFixed(1)}" y="${y + 14}">${figure(bar.median, bar.unit)}</text>`,
      );
      y += ROW;
    }
    y += 12;
  }
  const style =
    'text{font:12px system-ui,sans-serif;fill:#57606a}.h{font-weight:600}.o{fill:#2f7fd6}.p{fill:#9aa4af}' +
    '@media(prefers-color-scheme:dark){text{fill:#b3bcc6}.p{fill:#66707a}}';
  const box = `viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${box}><title>A stack on a TUN device beside its peers</title><style>${style}</style>${parts.join('')}</svg>\n`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
