/** The panels beside the ladder, one at a time. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Charts } from './charts.tsx';
import { Packet } from './packet.tsx';
import { words } from './preferences.ts';
import { Settings } from './settings.tsx';
import { States } from './states.tsx';
import { selected } from './store.ts';
import { Variables } from './variables.tsx';

const PANELS = ['states', 'variables', 'packet', 'charts', 'settings'] as const;
type Panel = (typeof PANELS)[number];

export const panel = signal<Panel>('states');

export function Panels() {
  const w = words();
  const current = panel.value;
  const chosen = selected.value;
  useEffect(() => {
    if (chosen !== null && panel.peek() === 'states') panel.value = 'packet';
  }, [chosen]);
  const move = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const next = PANELS[(PANELS.indexOf(current) + by + PANELS.length) % PANELS.length] ?? 'states';
    panel.value = next;
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <section class="panels">
      <div class="tabs" role="tablist" onKeyDown={move}>
        {PANELS.map((name) => (
          <button
            key={name}
            id={`tab-${name}`}
            type="button"
            role="tab"
            aria-selected={name === current}
            aria-controls="panel"
            tabIndex={name === current ? 0 : -1}
            onClick={() => {
              panel.value = name;
            }}
          >
            {w.panels[name]}
          </button>
        ))}
      </div>
      <div class="panel" id="panel" role="tabpanel" aria-labelledby={`tab-${current}`} tabIndex={0}>
        {current === 'states' ? <States /> : null}
        {current === 'variables' ? <Variables /> : null}
        {current === 'packet' ? <Packet /> : null}
        {current === 'charts' ? <Charts /> : null}
        {current === 'settings' ? <Settings /> : null}
      </div>
    </section>
  );
}
