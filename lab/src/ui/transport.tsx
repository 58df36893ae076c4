/** Play, step, go back, and the timeline with a tick for every packet. */
import { useMemo } from 'preact/hooks';
import { momentOfEntry, SPEEDS_US } from '../model/player.ts';
import type { Run } from '../model/run.ts';
import { Icon, kindOf, secondsText } from './bits.tsx';
import { prefer, preferences, words } from './preferences.ts';
import { isPlaying, playhead, run, scrub, stepEvent, stepPacket, toEnd, togglePlay, toStart } from './store.ts';

export function Transport() {
  const w = words();
  const now = run.value;
  const { speed } = preferences.value;
  const last = Math.max(1, (now?.moments.length ?? 1) - 1);
  const here = playhead.value;
  const move = (event: Event): void => {
    if (now === null || !(event.currentTarget instanceof HTMLInputElement)) return;
    scrub(Number(event.currentTarget.value));
  };
  const playing = isPlaying.value;
  return (
    <footer class="transport">
      <div class="buttons" role="toolbar" aria-label={w.timeline}>
        <Tool label={w.toStart} icon="start" onClick={toStart} />
        <Tool label={w.packetBack} icon="packetBack" onClick={() => stepPacket(-1)} />
        <Tool label={w.eventBack} icon="eventBack" onClick={() => stepEvent(-1)} />
        <button type="button" class="play" onClick={togglePlay} aria-label={playing ? w.pause : w.play}>
          <Icon name={playing ? 'pause' : 'play'} />
        </button>
        <Tool label={w.eventOn} icon="eventOn" onClick={() => stepEvent(1)} />
        <Tool label={w.packetOn} icon="packetOn" onClick={() => stepPacket(1)} />
        <Tool label={w.toEnd} icon="end" onClick={toEnd} />
      </div>
      <div class="timeline">
        {now === null ? null : <Ticks now={now} />}
        <input
          type="range"
          min="0"
          max={last}
          value={here.moment}
          onInput={move}
          aria-label={w.timeline}
          aria-valuetext={`${secondsText(here.timeUs)} s`}
        />
      </div>
      <output class="hour">{secondsText(here.timeUs)} s</output>
      <label class="speed">
        <span>{w.speed}</span>
        <input
          type="range"
          min="0"
          max={SPEEDS_US.length - 1}
          aria-label={w.speed}
          value={speed}
          onInput={(event) => prefer({ speed: Number(event.currentTarget.value) })}
        />
      </label>
    </footer>
  );
}

function Tool({
  label,
  icon,
  onClick,
}: {
  readonly label: string;
  readonly icon: Parameters<typeof Icon>[0]['name'];
  readonly onClick: () => void;
}) {
  return (
    <button type="button" class="tool" aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

const TICKS_MAX = 300;

function Ticks({ now }: { readonly now: Run }) {
  const ticks = useMemo(() => {
    const segments = now.rows.filter(({ kind }) => kind === 'segment');
    const every = Math.ceil(segments.length / TICKS_MAX);
    const last = Math.max(1, now.moments.length - 1);
    return segments
      .filter((_, index) => index % every === 0)
      .map((row) => ({ row, at: (momentOfEntry(now.moments, row.entry) / last) * 100 }));
  }, [now]);
  return (
    <svg class="ticks" aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none">
      {ticks.map(({ row, at }) => (
        <line
          key={row.number}
          class={`is-${kindOf(row)}`}
          x1={at}
          x2={at}
          y1="0"
          y2="10"
          vector-effect="non-scaling-stroke"
        />
      ))}
    </svg>
  );
}
