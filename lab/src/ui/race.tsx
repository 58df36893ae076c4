/** A race: two to four congestion controls through one bottleneck, drawn, charted and judged while it runs. */
import { useEffect } from 'preact/hooks';
import {
  RACE_BOUNDS,
  RACE_CONTROLS,
  RACE_FLOWS_MAX,
  RACE_MARKS,
  RACE_QUEUES,
  RACE_RATES_BPS,
  type RaceFlowSetup,
  type RaceSetup,
} from '../engine/race-link.ts';
import { type RaceNow, raceCharts } from '../model/race-view.ts';
import { Icon } from './bits.tsx';
import { ChartList } from './charts.tsx';
import { NumberField } from './number-field.tsx';
import { words } from './preferences.ts';
import { RaceStage } from './race-stage.tsx';
import {
  beginRace,
  intervals,
  isRacing,
  leaveRace,
  playRace,
  RACE_SPEEDS,
  race,
  raceNow,
  raceSetup,
  raceSpeed,
  showRace,
  toggleRace,
} from './race-store.ts';

/** A hidden tab gets no frames: what it missed is not played at once. */
const FRAME_MAX_MS = 100;

export function RacePage() {
  const w = words();
  const setup = raceSetup.value;
  useFrames();
  if (setup === null) return null;
  const now = raceNow.value;
  return (
    <main class="race" id="ladder">
      <header>
        <button type="button" onClick={leaveRace}>
          ← {w.backToScene}
        </button>
        <h2>{w.race.title}</h2>
        <p class="quiet">{w.race.about}</p>
      </header>
      <Form setup={setup} />
      <section class="race-run" aria-label={w.race.title}>
        <Controls />
        {now === null ? <p class="quiet">{w.loading}</p> : <RaceStage now={now} setup={setup} />}
        {now === null ? null : <Figures now={now} />}
      </section>
      <RaceCharts />
    </main>
  );
}

/** While it runs, the frames of the screen drive it. */
function useFrames(): void {
  const isOn = isRacing.value;
  useEffect(() => {
    if (!isOn) return undefined;
    let lastMs = performance.now();
    let handle = requestAnimationFrame(function frame(nowMs) {
      playRace(Math.min(FRAME_MAX_MS, Math.max(0, nowMs - lastMs)));
      lastMs = nowMs;
      handle = requestAnimationFrame(frame);
    });
    return () => cancelAnimationFrame(handle);
  }, [isOn]);
}

function Controls() {
  const w = words();
  const known = race.value?.timesMs.length ?? 1;
  const seconds = intervals.value / 10;
  const isOn = isRacing.value;
  return (
    <div class="race-controls">
      <button type="button" class="play" onClick={toggleRace} aria-label={isOn ? w.pause : w.play}>
        <Icon name={isOn ? 'pause' : 'play'} />
      </button>
      <input
        type="range"
        min="1"
        max={known}
        value={intervals.value}
        aria-label={w.timeline}
        aria-valuetext={`${seconds.toFixed(1)} s`}
        onInput={(event) => showRace(Number(event.currentTarget.value))}
      />
      <output class="hour">{seconds.toFixed(1)} s</output>
      <label>
        {w.speed}{' '}
        <select
          value={raceSpeed.value}
          onChange={(event) => {
            raceSpeed.value = RACE_SPEEDS.find((one) => one === Number(event.currentTarget.value)) ?? 1;
          }}
        >
          {RACE_SPEEDS.map((speed) => (
            <option key={speed} value={speed}>
              {speed}×
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function Form({ setup }: { readonly setup: RaceSetup }) {
  const w = words();
  const change = (changes: Partial<RaceSetup>): void => void beginRace({ ...setup, ...changes });
  const changeFlow = (index: number, changes: Partial<RaceFlowSetup>): void =>
    change({ flows: setup.flows.map((flow, at) => (at === index ? { ...flow, ...changes } : flow)) });
  return (
    <section class="race-form settings" aria-label={w.panels.settings}>
      {setup.flows.map((flow, index) => (
        <FlowFields
          key={`flow-${String(index)}`}
          flow={flow}
          number={index + 1}
          onChange={(changes) => changeFlow(index, changes)}
          onRemove={
            setup.flows.length > 2 ? () => change({ flows: setup.flows.filter((_, at) => at !== index) }) : null
          }
        />
      ))}
      {setup.flows.length < RACE_FLOWS_MAX ? (
        <button
          type="button"
          onClick={() => change({ flows: [...setup.flows, { control: 'reno', startS: 0, extraRttMs: 0 }] })}
        >
          {w.race.addFlow}
        </button>
      ) : null}
      <fieldset class="card fields">
        <legend>{w.race.bottleneck}</legend>
        <Choice
          label={w.link.rateBps}
          value={setup.rateBps}
          choices={RACE_RATES_BPS}
          text={(bps) => `${bps / 1_000_000} Mbit/s`}
          onSet={(rateBps) => change({ rateBps })}
        />
        <Choice
          label={w.race.queue}
          value={setup.queueBdp}
          choices={RACE_QUEUES}
          text={(bdp) => `${bdp} × BDP`}
          onSet={(queueBdp) => change({ queueBdp })}
        />
        <Choice
          label={w.race.marking}
          value={setup.mark}
          choices={RACE_MARKS}
          text={(mark) => w.race.marks[mark]}
          onSet={(mark) => change({ mark })}
        />
        <Bounded
          label={w.race.inUnit(w.roundTrip, 'ms')}
          name="rttMs"
          value={setup.rttMs}
          onSet={(rttMs) => change({ rttMs })}
        />
        <Bounded
          label={w.race.inUnit(w.link.loss, '%')}
          name="lossPercent"
          value={setup.lossPercent}
          onSet={(lossPercent) => change({ lossPercent })}
        />
        <Bounded
          label={w.race.inUnit(w.race.duration, 's')}
          name="durationS"
          value={setup.durationS}
          onSet={(durationS) => change({ durationS })}
        />
        <Bounded label={w.seed} name="seed" value={setup.seed} onSet={(seed) => change({ seed })} />
      </fieldset>
    </section>
  );
}

function FlowFields({
  flow,
  number,
  onChange,
  onRemove,
}: {
  readonly flow: RaceFlowSetup;
  readonly number: number;
  readonly onChange: (changes: Partial<RaceFlowSetup>) => void;
  readonly onRemove: (() => void) | null;
}) {
  const w = words();
  return (
    <fieldset class={`card fields is-flow-${number}`}>
      <legend>{w.race.flow(number)}</legend>
      <Choice
        label={w.settingNames.congestion_control ?? ''}
        value={flow.control}
        choices={RACE_CONTROLS}
        text={(name) => name}
        onSet={(control) => onChange({ control })}
      />
      <Bounded
        label={w.race.inUnit(w.race.start, 's')}
        name="startS"
        value={flow.startS}
        onSet={(startS) => onChange({ startS })}
      />
      <Bounded
        label={w.race.inUnit(w.race.extraRtt, 'ms')}
        name="extraRttMs"
        value={flow.extraRttMs}
        onSet={(extraRttMs) => onChange({ extraRttMs })}
      />
      {onRemove === null ? null : (
        <button type="button" onClick={onRemove}>
          {w.race.removeFlow}
        </button>
      )}
    </fieldset>
  );
}

function Bounded({
  label,
  name,
  value,
  onSet,
}: {
  readonly label: string;
  readonly name: keyof typeof RACE_BOUNDS;
  readonly value: number;
  readonly onSet: (value: number) => void;
}) {
  const { min, max } = RACE_BOUNDS[name];
  return <NumberField label={label} value={value} min={min} max={max} isRow isLazy onSet={onSet} />;
}

function Choice<T extends string | number>({
  label,
  value,
  choices,
  text,
  onSet,
}: {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly T[];
  readonly text: (value: T) => string;
  readonly onSet: (value: T) => void;
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <select
        value={String(value)}
        onChange={(event) => {
          const chosen = choices.find((one) => String(one) === event.currentTarget.value);
          if (chosen !== undefined) onSet(chosen);
        }}
      >
        {choices.map((choice) => (
          <option key={choice} value={String(choice)}>
            {text(choice)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Figures({ now }: { readonly now: RaceNow }) {
  const w = words();
  const { fairness } = now;
  return (
    <div class="race-figures">
      <dl>
        <div class="is-main">
          <dt>{w.race.fairness}</dt>
          <dd>{fairness === null ? '–' : fairness.toFixed(2)}</dd>
          <dd class="quiet">{fairness === null ? w.race.fairnessLater : w.race.fairnessHint(now.flows.length)}</dd>
        </div>
        <div>
          <dt>{w.race.utilization}</dt>
          <dd>{Math.round(now.utilization * 100)} %</dd>
        </div>
        <div>
          <dt>{w.race.queueDelay}</dt>
          <dd>{now.queueDelayMs.toFixed(1)} ms</dd>
        </div>
        <div>
          <dt>{w.race.dropped}</dt>
          <dd>{now.dropped}</dd>
        </div>
      </dl>
      <section class="table-box" tabIndex={0} aria-label={w.panels.variables}>
        <table>
          <thead>
            <tr>
              <th scope="col">{w.race.flow('')}</th>
              <th scope="col">{w.race.throughput}</th>
              <th scope="col">{w.race.share}</th>
              <th scope="col">{w.congestionWindow}</th>
              <th scope="col">{w.roundTrip}</th>
              <th scope="col">{w.repeated}</th>
            </tr>
          </thead>
          <tbody>
            {now.flows.map((flow, index) => (
              <tr key={flow.name} class={`is-flow-${index + 1}`}>
                <th scope="row">{flow.name}</th>
                <td>{(flow.goodputBps / 1e6).toFixed(2)} Mbit/s</td>
                <td>{Math.round(flow.share * 100)} %</td>
                <td>{flow.cwndBytes === null ? '–' : `${Math.round(flow.cwndBytes / 1000)} kB`}</td>
                <td>{flow.srttMs === null ? '–' : `${flow.srttMs.toFixed(0)} ms`}</td>
                <td>{flow.retransmitted}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function RaceCharts() {
  const now = race.value;
  if (now === null) return null;
  return (
    <section class="race-charts">
      <ChartList charts={raceCharts(now, intervals.value, words())} />
    </section>
  );
}
