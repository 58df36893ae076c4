/** Sliders of the lines, settings of each host's TCP, the seed. Every change is an action at the playhead. */
import type { LinkChange } from '../engine/actions.ts';
import type { LinkCard } from '../engine/messages.ts';
import { SETTINGS } from '../engine/settings-list.ts';
import { hostLabel } from './bits.tsx';
import { NumberField, numberIn } from './number-field.tsx';
import { words } from './preferences.ts';
import { act, load, run } from './store.ts';

export function Settings() {
  const w = words();
  const now = run.value;
  if (now === null) return null;
  return (
    <div class="settings">
      <p class="quiet">{w.settingsHint}</p>
      {now.links.map((link) => (
        <Line key={link.name} link={link} />
      ))}
      {Object.entries(now.settings).map(([host, values]) => (
        <details key={host} class="card">
          <summary>
            <b>{w.settingsOf(hostLabel(host))}</b>
          </summary>
          <div class="fields">
            {SETTINGS.map(({ name, choices }) => (
              <Setting key={name} host={host} name={name} value={values[name] ?? 0} choices={choices ?? null} />
            ))}
          </div>
        </details>
      ))}
      <NumberField
        label={w.seed}
        value={now.recipe.seed}
        min={0}
        max={999_999_999}
        isRow
        isLazy
        onSet={(seed) => void load({ ...now.recipe, seed, actions: [] })}
      />
    </div>
  );
}

type Value = number | string | boolean;

function Setting({
  host,
  name,
  value,
  choices,
}: {
  readonly host: string;
  readonly name: string;
  readonly value: Value;
  readonly choices: readonly (number | string)[] | null;
}) {
  const w = words();
  const set = (next: Value) => void act({ kind: 'set', host, name, value: next });
  const label = w.settingNames[name] ?? name;
  if (choices === null) {
    return (
      <label class="field" title={name}>
        <span>{label}</span>
        <input type="checkbox" checked={value === true} onChange={(event) => set(event.currentTarget.checked)} />
      </label>
    );
  }
  const all = choices.includes(value as number | string) ? choices : [...choices, value as number | string];
  return (
    <label class="field" title={name}>
      <span>{label}</span>
      <select
        value={String(value)}
        onChange={(event) =>
          set(typeof value === 'number' ? Number(event.currentTarget.value) : event.currentTarget.value)
        }
      >
        {all.map((choice) => (
          <option key={choice} value={String(choice)}>
            {choiceText(name, choice)}
          </option>
        ))}
      </select>
    </label>
  );
}

function choiceText(name: string, value: number | string): string {
  if (typeof value === 'string') return value;
  if (name.endsWith('_us')) return `${value / 1000} ms`;
  if (name.endsWith('_ms')) return `${value / 1000} s`;
  return String(value);
}

const RATES = [0, 1_000_000, 10_000_000, 100_000_000] as const;

function Line({ link }: { readonly link: LinkCard }) {
  const w = words();
  const set = (change: LinkChange) => void act({ kind: 'link', link: link.name, change });
  return (
    <fieldset class="card">
      <legend>{w.lineOf(link.hosts.map(hostLabel).join(' – '))}</legend>
      <Slider
        label={w.link.delayMs}
        value={link.delayMs}
        max={400}
        step={5}
        unit=" ms"
        onSet={(delayMs) => set({ delayMs })}
      />
      <Slider
        label={w.link.jitterMs}
        value={link.jitterMs}
        max={100}
        step={1}
        unit=" ms"
        onSet={(jitterMs) => set({ jitterMs })}
      />
      <Slider
        label={w.link.loss}
        value={Math.round(link.loss * 100)}
        max={50}
        step={1}
        unit=" %"
        onSet={(loss) => set({ loss: loss / 100 })}
      />
      <Slider
        label={w.link.reorder}
        value={Math.round(link.reorder * 100)}
        max={50}
        step={1}
        unit=" %"
        onSet={(reorder) => set({ reorder: reorder / 100 })}
      />
      <label class="field">
        <span>{w.link.rateBps}</span>
        <select value={String(link.rateBps)} onChange={(event) => set({ rateBps: Number(event.currentTarget.value) })}>
          {RATES.map((rate) => (
            <option key={rate} value={String(rate)}>
              {rate === 0 ? w.unlimited : `${rate / 1_000_000} Mbit/s`}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{w.link.cut}</span>
        <input type="checkbox" checked={link.cut} onChange={(event) => set({ cut: event.currentTarget.checked })} />
      </label>
    </fieldset>
  );
}

function Slider({
  label,
  value,
  max,
  step,
  unit,
  onSet,
}: {
  readonly label: string;
  readonly value: number;
  readonly max: number;
  readonly step: number;
  readonly unit: string;
  readonly onSet: (value: number) => void;
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="range"
        min="0"
        max={max}
        step={step}
        value={value}
        onChange={(event) => onSet(numberIn(event, 0, max))}
      />
      <output>
        {value}
        {unit}
      </output>
    </label>
  );
}
