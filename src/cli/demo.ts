/** `woshou demo`: plays a scene in the simulator and prints its ladder, its checked outcomes and its verdict. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeTcpAuth } from '../node/tcp-auth.ts';
import { findScene, playScene, SCENES, type Scene, type SceneGroup, type SceneResult } from '../scenes/index.ts';
import { condenseRows } from './condense.ts';
import { LadderView } from './ladder-view.ts';
import type { Text } from './language.ts';
import type { Screen } from './screen.ts';
import { nearestNames } from './suggest.ts';
import { padEnd, widthOf, wrap } from './text-layout.ts';

/** The options of `demo` as they stand on the command line. */
export interface DemoOptions {
  readonly seed?: number;
  readonly pcap?: string;
  readonly json?: boolean;
  readonly list?: boolean;
  /** Draw every packet, also in long runs of the same. */
  readonly all?: boolean;
}

/** The scene `npm start` plays: the whole life of a connection. */
export const FIRST_SCENE = 'life';

/** Plays, prints, writes. Returns the exit code: 1 when a checked outcome did not come true, 2 for an unknown scene. */
export function demo(screen: Screen, name: string | undefined, options: DemoOptions): number {
  if (options.list) {
    listScenes(screen, options.json ?? false);
    return 0;
  }
  const id = name ?? FIRST_SCENE;
  const scene = findScene(id);
  if (scene === null) {
    refuseName(screen, id);
    return 2;
  }
  const result = playScene(scene, {
    auth: new NodeTcpAuth(),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
  const file = writeCapture(result, options, id);
  if (options.json) screen.line(JSON.stringify(resultAsData(scene, result, file), null, screen.isTerminal ? 2 : 0));
  else screen.lines(formatResult(screen, scene, result, { file, showsAll: options.all ?? false }));
  return result.checks.every((check) => check.ok) ? 0 : 1;
}

/** Titles by group, as a table of contents. */
export function listScenes(screen: Screen, asJson: boolean): void {
  if (asJson) {
    const data = SCENES.map(({ id, group, title, summary, whatIf }) => ({
      id,
      group,
      title,
      summary,
      whatIf: whatIf ?? false,
    }));
    screen.line(JSON.stringify(data, null, screen.isTerminal ? 2 : 0));
    return;
  }
  const { colors } = screen;
  const width = Math.max(...SCENES.map(({ id }) => id.length));
  for (const group of GROUPS) {
    const scenes = SCENES.filter((scene) => scene.group === group.id);
    if (scenes.length === 0) continue;
    screen.line(colors.bold(screen.say(group.title)));
    for (const scene of scenes) {
      const isStacked = width + 20 > screen.width;
      const lines = wrap(screen.say(scene.title), screen.width - (isStacked ? 6 : width + 4));
      if (isStacked) screen.line(`  ${colors.cyan(scene.id)}`);
      for (const [index, line] of lines.entries()) {
        const head = isStacked ? '   ' : padEnd(index === 0 ? scene.id : '', width);
        screen.line(isStacked ? `    ${line}` : `  ${colors.cyan(head)}  ${line}`);
      }
    }
    screen.line();
  }
  screen.line(screen.say({ en: 'Play one: woshou demo <name>', zh: '演示其中一个：woshou demo <名称>' }));
}

const GROUPS: readonly { readonly id: SceneGroup; readonly title: Text }[] = [
  { id: 'opening', title: { en: 'Opening a connection', zh: '建立连接' } },
  { id: 'closing', title: { en: 'Closing a connection', zh: '关闭连接' } },
  { id: 'life', title: { en: 'The life of a connection', zh: '连接的一生' } },
  { id: 'mechanisms', title: { en: 'Mechanisms: with and without', zh: '机制：有它与没有它' } },
  { id: 'queues', title: { en: 'Queues and backlog', zh: '队列与 backlog' } },
  { id: 'attack', title: { en: 'Attacks and scans', zh: '攻击与扫描' } },
  { id: 'layers', title: { en: 'Layers', zh: '分层' } },
  { id: 'myths', title: { en: 'What is often told wrongly', zh: '常见的错误说法' } },
  { id: 'what-if', title: { en: 'What if', zh: '假如' } },
];

/** The whole story as lines. @param how the capture file that was written, and whether long runs are drawn in full */
export function formatResult(
  screen: Screen,
  scene: Scene,
  result: SceneResult,
  how: { readonly file: string | null; readonly showsAll: boolean },
): string[] {
  const { file, showsAll } = how;
  const view = new LadderView(screen, result.hosts);
  const rows = showsAll ? result.rows : condenseRows(result.rows);
  return [
    ...formatHead(screen, scene),
    '',
    ...view.header(),
    ...rows.flatMap((row) => ('omitted' in row ? view.omission(row) : view.row(row))),
    ...view.footer(),
    '',
    ...formatOutcome(screen, result),
    ...(file === null ? [] : ['', ...formatCapture(screen, file)]),
  ];
}

function formatHead(screen: Screen, scene: Scene): string[] {
  const { colors } = screen;
  const title = ` ${screen.say(scene.title)} `;
  const id = ` ${scene.id} `;
  const rest = Math.max(0, screen.width - widthOf(title) - widthOf(id) - 4);
  const lines = [
    `${colors.dim('──')}${colors.bold(title)}${colors.dim('─'.repeat(rest))}${colors.cyan(id)}${colors.dim('──')}`,
  ];
  for (const line of wrap(screen.say(scene.summary), screen.width - 4)) lines.push(`   ${line}`);
  if (scene.whatIf) {
    const text = screen.say({
      en: 'What if: part of this runs by rules that real TCP does not have.',
      zh: '假如：其中一部分按真实 TCP 没有的规则运行。',
    });
    lines.push('', ...wrap(text, screen.width - 8).map((line) => `   ${colors.bold(colors.yellow(`▌ ${line}`))}`));
  }
  return lines;
}

function formatOutcome(screen: Screen, result: SceneResult): string[] {
  const { colors } = screen;
  const lines: string[] = [];
  for (const { text, ok } of result.checks) {
    const sign = ok ? colors.green('✓') : colors.bold(colors.red('✗'));
    for (const [index, line] of wrap(screen.say(text), screen.width - 5).entries()) {
      lines.push(` ${index === 0 ? sign : ' '} ${ok ? line : colors.red(line)}`);
    }
  }
  if (result.verdict !== undefined) {
    if (lines.length > 0) lines.push('');
    for (const line of wrap(screen.say(result.verdict), screen.width - 5))
      lines.push(` ${colors.yellow('▌')} ${colors.bold(line)}`);
  }
  return lines;
}

function formatCapture(screen: Screen, file: string): string[] {
  const { colors } = screen;
  const quoted = /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`;
  return [
    ` ${screen.say({ en: 'The same packets for Wireshark:', zh: '同样的分组，可用 Wireshark 打开：' })}`,
    `   ${colors.cyan(`wireshark ${quoted}`)}`,
    `   ${colors.cyan(`tshark -r ${quoted}`)}`,
  ];
}

/** Where the packets go: the file named, for the first scene one in the current directory or else the temporary one. */
function writeCapture(result: SceneResult, options: DemoOptions, id: string): string | null {
  if (options.pcap !== undefined) {
    writeFileSync(options.pcap, result.pcapng);
    return options.pcap;
  }
  if (id !== FIRST_SCENE || options.json) return null;
  const name = `woshou-${id}.pcapng`;
  for (const path of [name, join(tmpdir(), name)]) {
    try {
      writeFileSync(path, result.pcapng);
      return path;
    } catch {
      // Not writable: the next place, or none.
    }
  }
  return null;
}

/** The result as JSON can carry it; frames in hexadecimal. */
export function resultAsData(scene: Scene, result: SceneResult, file: string | null): object {
  const { id, title, seed, hosts, rows, checks, verdict, measured } = result;
  return {
    id,
    group: scene.group,
    title,
    summary: scene.summary,
    whatIf: scene.whatIf ?? false,
    seed,
    hosts,
    rows: rows.map((row) => ({ ...row, frame: row.frame === null ? null : Buffer.from(row.frame).toString('hex') })),
    checks,
    ...(verdict === undefined ? {} : { verdict }),
    ...(measured === undefined ? {} : { measured }),
    ok: checks.every((check) => check.ok),
    ...(file === null ? {} : { pcapng: file }),
  };
}

function refuseName(screen: Screen, id: string): void {
  const near = nearestNames(
    id,
    SCENES.map((scene) => scene.id),
  );
  const message = screen.say({ en: `there is no scene '${id}'`, zh: `没有名为“${id}”的场景` });
  const hint =
    near.length > 0 ? screen.say({ en: `did you mean ${near.join(', ')}?`, zh: `是不是 ${near.join('、')}？` }) : '';
  screen.fail(
    message,
    `${hint} ${screen.say({ en: 'All of them: woshou demo --list', zh: '全部场景：woshou demo --list' })}`.trim(),
  );
}
