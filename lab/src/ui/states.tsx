/** Both state machines, drawn from the stack's own table: the current state lit, the path taken marked. */
import type { HostView } from '../engine/host-view.ts';
import { type Box, edgesOf, NODES, pathOf } from '../model/state-diagram.ts';
import { hostLabel } from './bits.tsx';
import { words } from './preferences.ts';
import { moment, playhead, run } from './store.ts';

export function States() {
  const views = (moment.value?.hosts ?? []).filter(({ isHandMade }) => !isHandMade);
  return (
    <div class="diagrams">
      {views.slice(0, 4).map((host) => (
        <Diagram key={host.name} host={host} />
      ))}
    </div>
  );
}

function Diagram({ host }: { readonly host: HostView }) {
  const w = words();
  const now = run.value;
  if (now === null) return null;
  const path = pathOf(now.moments, playhead.value.moment, host.name);
  const current = path.at(-1) ?? 'CLOSED';
  const taken = new Set(path.slice(1).map((state, index) => `${path[index] ?? ''} ${state}`));
  const visited = new Set(path);
  const text = `${hostLabel(host.name)}: ${w.current} ${current}. ${w.path}: ${path.join(' → ')}`;
  const marker = `head-${host.name}`;
  return (
    <figure class="diagram">
      <figcaption>{hostLabel(host.name)}</figcaption>
      <svg viewBox="0 0 344 326" role="img" aria-label={text}>
        <defs>
          <marker
            id={marker}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="6"
            markerHeight="6"
            orient="auto-start-reverse"
          >
            <path d="M0 0l8 4-8 4z" />
          </marker>
        </defs>
        {edgesOf(taken).map(({ from, to, d, isTaken, on }) => (
          <path key={`${from} ${to}`} class={`edge${isTaken ? ' is-taken' : ''}`} d={d} marker-end={`url(#${marker})`}>
            <title>{`${from} → ${to}: ${on}`}</title>
          </path>
        ))}
        {[...NODES].map(([name, box]) => (
          <Node
            key={name}
            name={name}
            box={box}
            look={name === current ? 'is-current' : visited.has(name) ? 'is-visited' : ''}
          />
        ))}
      </svg>
    </figure>
  );
}

function Node({ name, box, look }: { readonly name: string; readonly box: Box; readonly look: string }) {
  return (
    <g class={`node ${look}`}>
      <rect x={box.x - box.w / 2} y={box.y - 12} width={box.w} height="24" rx="12" />
      <text x={box.x} y={box.y + 3.8} text-anchor="middle">
        {name}
      </text>
    </g>
  );
}
