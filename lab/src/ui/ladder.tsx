/** The ladder: rows that appear as they happen, as a list that can be read as well as looked at. */
import { Component } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { RowView } from '../engine/row-keeper.ts';
import { clock, packetLine } from '../model/event-log.ts';
import { delayOf, LOST_AT, phaseOf, type RowPhase, type Run, rowsBefore } from '../model/run.ts';
import { captionOf } from '../words/captions.ts';
import { hostLabel, kindOf, secondsText } from './bits.tsx';
import { isNarrow, lineX, width } from './columns.ts';
import { prefer, preferences, words } from './preferences.ts';
import { moment, playhead, run, select, selected } from './store.ts';

const ROWS_SHOWN = 120;
/** More packets than this on their way are drawn in coarser steps. */
const MANY = 24;

export function Ladder() {
  const w = words();
  const now = run.value;
  const [extra, setExtra] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const entry = moment.value?.entry ?? 0;
  const count = now === null ? 0 : rowsBefore(now.rows, entry);
  useEffect(() => {
    const { current } = box;
    if (current !== null && count > 0) current.scrollTop = current.scrollHeight;
  }, [count]);
  const chosen = selected.value;
  useEffect(() => {
    box.current?.querySelector('.row.is-selected')?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  const from = Math.max(0, count - ROWS_SHOWN - extra);
  const rows = now === null ? [] : now.rows.slice(from, count);
  const waiting = rows.filter((row) => (row.arrivals[0]?.entry ?? Number.POSITIVE_INFINITY) >= entry).length;
  const steps = waiting > MANY ? 4 : 60;
  return (
    <section class="ladder-box" aria-label={w.ladder} id="ladder">
      <LadderTools />
      <div class="ladder-scroll" ref={box} tabIndex={0} role="region" aria-label={w.ladderText}>
        {from > 0 ? (
          <button type="button" class="earlier" onClick={() => setExtra(extra + ROWS_SHOWN)}>
            {w.earlierRows(from)}
          </button>
        ) : null}
        {count === 0 ? <p class="empty">{now?.recipe.scene === 'free' ? w.nothingYetFree : w.nothingYet}</p> : null}
        <div class="canvas">
          {now === null ? null : <Lifelines hosts={now.hosts} />}
          <ol class="ladder" aria-label={w.ladderText}>
            {now === null
              ? null
              : rows.map((row, index) => (
                  <Place key={row.number} row={row} before={rows[index - 1]} now={now} entry={entry} steps={steps} />
                ))}
          </ol>
        </div>
      </div>
    </section>
  );
}

function LadderTools() {
  const w = words();
  const { isInTime, isRaw, hasSentences, caption } = preferences.value;
  return (
    <div class="tools" role="group" aria-label={w.ladder}>
      <Toggle
        label={w.spacing}
        options={[
          [w.evenly, !isInTime],
          [w.inTime, isInTime],
        ]}
        onPick={(index) => prefer({ isInTime: index === 1 })}
      />
      <Toggle
        label={w.numbers}
        options={[
          [w.relative, !isRaw],
          [w.raw, isRaw],
        ]}
        onPick={(index) => prefer({ isRaw: index === 1 })}
      />
      <button
        type="button"
        class="switch"
        aria-pressed={hasSentences}
        onClick={() => prefer({ hasSentences: !hasSentences })}
      >
        {w.sentences}
      </button>
      <label class="inline">
        {w.captions}{' '}
        <select value={caption} onChange={(event) => prefer({ caption: event.currentTarget.value as typeof caption })}>
          {(['none', 'telephone', 'hands'] as const).map((kind) => (
            <option key={kind} value={kind}>
              {w.captionKinds[kind]}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function Toggle({
  label,
  options,
  onPick,
}: {
  readonly label: string;
  readonly options: readonly (readonly [string, boolean])[];
  readonly onPick: (index: number) => void;
}) {
  return (
    <span class="toggle" role="group" aria-label={label}>
      {options.map(([text, isOn], index) => (
        <button key={text} type="button" aria-pressed={isOn} onClick={() => onPick(index)}>
          {text}
        </button>
      ))}
    </span>
  );
}

/** Finds out what may be known of a row, so that settled rows are drawn once. */
function Place({
  row,
  steps,
  before,
  now,
  entry,
}: {
  readonly row: RowView;
  readonly before: RowView | undefined;
  readonly now: Run;
  readonly entry: number;
  /** An arrow grows in so many. */
  readonly steps: number;
}) {
  const { timeUs } = playhead.peek();
  const phase = phaseOf(row, entry, timeUs, now);
  // A row on its way follows every frame; reading the signal is what subscribes it.
  const share = phase === 'on-its-way' ? (playhead.value.timeUs - row.timeUs) / delayOf(row, now) : 1;
  // In steps that are fine for a few packets and coarse for hundreds, so that a frame draws what it can.
  const progress = Math.min(1, Math.ceil(share * steps) / steps);
  const { isRaw, hasSentences, caption, isInTime, language } = preferences.value;
  const gapUs = before === undefined ? 0 : row.timeUs - before.timeUs;
  return (
    <MemoRow
      row={row}
      phase={phase}
      progress={progress}
      hosts={now.hosts}
      width={width.value}
      gapUs={isInTime ? gapUs : 0}
      look={`${isRaw}${hasSentences}${caption}${language}`}
      isSelected={selected.value === row.number}
    />
  );
}

interface RowProps {
  readonly row: RowView;
  readonly phase: RowPhase;
  readonly progress: number;
  readonly hosts: readonly string[];
  readonly width: number;
  readonly gapUs: number;
  /** Preferences it depends on. */
  readonly look: string;
  readonly isSelected: boolean;
}

const GAP_MAX_PX = 150;
const PX_PER_MS = 1.4;

/** Drawn again only when something that it shows has changed. */
class MemoRow extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const now: RowProps = this.props;
    return (Object.keys(next) as (keyof RowProps)[]).some((key) => next[key] !== now[key]);
  }

  override render(props: RowProps) {
    return <Row {...props} />;
  }
}

function Row({ row, phase, progress, hosts, gapUs, isSelected }: RowProps) {
  const { hasSentences, caption: captionKind, language } = preferences.peek();
  const gapPx = (gapUs / 1000) * PX_PER_MS;
  const isCut = gapPx > GAP_MAX_PX;
  const say = phase === 'on-its-way' ? '' : row.say[language];
  const caption = captionOf(row, captionKind);
  const side = hosts.indexOf(row.from) * 2 < hosts.length ? 'left' : 'right';
  const place = placeOf(row, hosts);
  return (
    <li
      class={`row is-${row.kind} from-${row.kind === 'note' ? 'none' : side}${isSelected ? ' is-selected' : ''}`}
      style={gapPx > 4 ? { paddingTop: `${Math.min(gapPx, GAP_MAX_PX)}px` } : {}}
    >
      {isCut ? <span class="cut">⋮ {secondsText(gapUs)} s ⋮</span> : null}
      {row.kind === 'segment' ? <Arrow row={row} phase={phase} progress={progress} hosts={hosts} /> : null}
      {row.kind === 'segment' ? (
        <div class={place === null ? 'text' : 'text is-placed'} style={place ?? {}}>
          {hasSentences && say !== '' ? <p class="say">{say}</p> : null}
          {row.aside === null || phase === 'on-its-way' ? null : <p class="aside">{row.aside[language]}</p>}
          {caption === null ? null : <p class="caption">{caption[language]}</p>}
        </div>
      ) : (
        <div class={place === null ? 'text' : 'text is-placed'} style={place ?? {}}>
          <p class="say">
            <span class="when">{clock(row.timeUs)}</span> {say}
          </p>
        </div>
      )}
    </li>
  );
}

/** With more than two hosts words stand where they belong: between the ends of the arrow, at the host that acts. */
function placeOf({ kind, from, to }: RowView, hosts: readonly string[]): Record<string, string> | null {
  if (hosts.length < 3 || kind === 'note' || isNarrow()) return null;
  const [one, other] = [hosts.indexOf(from), kind === 'segment' ? hosts.indexOf(to) : hosts.indexOf(from)];
  if (one < 0 || other < 0) return null;
  return { '--centre': `${(lineX(one, hosts.length) + lineX(other, hosts.length)) / 2}px` };
}

function Lifelines({ hosts }: { readonly hosts: readonly string[] }) {
  return (
    <>
      {hosts.map((host, index) => (
        <i key={host} class="lifeline" style={{ left: `${lineX(index, hosts.length)}px` }} aria-hidden="true" />
      ))}
    </>
  );
}

const HEIGHT = 46;
const TOP = 14;
const BOTTOM = 36;
const LONG_LABEL = 34;

function Arrow({ row, phase, progress, hosts }: Pick<RowProps, 'row' | 'phase' | 'progress' | 'hosts'>) {
  const w = words();
  const from = lineX(Math.max(0, hosts.indexOf(row.from)), hosts.length);
  const target = hosts.indexOf(row.to);
  const to = lineX(target < 0 ? (hosts.indexOf(row.from) === 0 ? hosts.length - 1 : 0) : target, hosts.length);
  const isLost = phase === 'settled' && row.status === 'dropped' && row.arrivedUs === null;
  const share = isLost ? LOST_AT : phase === 'on-its-way' ? Math.max(0.02, Math.min(progress, 0.97)) : 1;
  const [x, y] = [from + (to - from) * share, TOP + (BOTTOM - TOP) * share];
  const direction = Math.sign(to - from) || 1;
  const line = packetLine(row, preferences.peek().isRaw);
  const marks = marksOf(row, phase, isLost);
  const label = isNarrow() ? line.replace(/ win=\d+/, '') : line;
  // Where there is little room, what is long has the middle of the drawing.
  const isLong = isNarrow() && `${label}${marks.join()}`.length > LONG_LABEL;
  return (
    <div class={`arrow is-${kindOf(row)}${isLost ? ' is-lost' : ''}${row.status === 'delayed' ? ' is-late' : ''}`}>
      <svg width={width.peek()} height={HEIGHT} aria-hidden="true">
        <line x1={from} y1={TOP} x2={x} y2={y} />
        {isLost ? (
          <path class="cross" d={`M${x - 6} ${y - 6}l12 12m0-12l-12 12`} />
        ) : (
          <path class="head" d={`M${x} ${y}l${-10 * direction}-5.5v11z`} />
        )}
      </svg>
      <button
        type="button"
        class="label"
        style={{ left: `${isLong ? width.peek() / 2 : (from + to) / 2}px` }}
        onClick={() => void select(row)}
        aria-label={`${clock(row.timeUs)} ${hostLabel(row.from)} → ${hostLabel(row.to)}: ${line} ${marks.join(', ')}`}
      >
        {label}
        {marks.length > 0 ? <em>{marks.join(' · ')}</em> : null}
      </button>
      <span class="when" style={direction > 0 ? { left: '2px' } : { right: '2px' }}>
        {clock(row.timeUs)}
      </span>
      {changed(row.fromState) ? (
        <EndState state={row.fromState?.after} x={from} y={TOP} isLeft={direction > 0} />
      ) : null}
      {phase === 'settled' && changed(row.toState) && !isLost ? (
        <EndState state={row.toState?.after} x={to} y={BOTTOM} isLeft={direction < 0} isNew />
      ) : null}
      <span class="sr-only">{phase === 'on-its-way' ? w.stillOnWay : ''}</span>
    </div>
  );
}

/** A state at the end of an arrow: outside of the lifelines, or, where there is no room, on them. */
function EndState({
  state = '',
  x,
  y,
  isLeft,
  isNew = false,
}: {
  readonly state: string | undefined;
  readonly x: number;
  readonly y: number;
  readonly isLeft: boolean;
  readonly isNew?: boolean;
}) {
  const narrow = isNarrow();
  const shift = narrow
    ? 'translate(-50%, -50%)'
    : isLeft
      ? 'translate(calc(-100% - 8px), -50%)'
      : 'translate(8px, -50%)';
  const top = narrow ? y + (isNew ? 12 : 14) : y;
  return (
    <span
      class={`pill is-small${isNew ? ' is-new' : ''}`}
      style={{ left: `${x}px`, top: `${top}px`, transform: shift }}
    >
      {state}
    </span>
  );
}

function changed(pair: RowView['toState']): boolean {
  return pair !== null && pair.before !== pair.after;
}

function marksOf(row: RowView, phase: RowPhase, isLost: boolean): string[] {
  const w = words();
  const marks: string[] = [];
  if (row.isRepeat) marks.push(w.repeated);
  if (row.isCrafted) marks.push(w.crafted);
  if (row.isWhatIf) marks.push(w.whatIfMark);
  if (phase !== 'settled') return marks;
  if (isLost) marks.push(w.lost);
  if (row.status === 'duplicated') marks.push(w.twice);
  if (row.status === 'delayed') marks.push(w.late);
  if (row.status === 'corrupted') marks.push(w.damaged);
  return marks;
}
