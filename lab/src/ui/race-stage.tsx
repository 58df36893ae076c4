/** The race as a picture: senders, the queue before the narrow line, receivers. Lines are as thick as what passes. */
import type { RaceSetup } from '../engine/race-link.ts';
import type { RaceNow } from '../model/race-view.ts';
import { words } from './preferences.ts';
import { isRacing } from './race-store.ts';

const WIDTH = 760;
const ROW = 54;
const LEFT = 118;
const ROUTER = 268;
const QUEUE = { x: 286, width: 116, height: 30 };
const FAR = 520;
const RIGHT = 602;
const THICK_MAX = 12;

export function RaceStage({ now, setup }: { readonly now: RaceNow; readonly setup: RaceSetup }) {
  const w = words();
  const height = Math.max(2, now.flows.length) * ROW + 30;
  const middle = height / 2;
  const y = (index: number): number => (index + 0.5) * ROW + 15 + (height - 30 - now.flows.length * ROW) / 2;
  const thick = (bps: number): number => 1.5 + (bps / setup.rateBps) * THICK_MAX;
  const label = now.flows.map(({ name, goodputBps }) => `${name}: ${(goodputBps / 1e6).toFixed(2)} Mbit/s`).join('; ');
  return (
    <svg
      class={`race-stage${isRacing.value ? ' is-on' : ''}`}
      viewBox={`0 0 ${WIDTH} ${height}`}
      role="img"
      aria-label={`${label}; ${w.race.queueDelay}: ${now.queueDelayMs.toFixed(1)} ms`}
    >
      <path
        class="trunk"
        d={`M${QUEUE.x + QUEUE.width} ${middle}H${FAR}`}
        stroke-width={thick(now.utilization * setup.rateBps)}
      />
      {now.flows.map(({ name, control, goodputBps, isStarted }, index) => (
        <g key={name} class={`is-flow-${index + 1}${isStarted ? '' : ' is-waiting'}`}>
          <path class="way" d={`M${LEFT} ${y(index)}L${ROUTER} ${middle}`} stroke-width={thick(goodputBps)} />
          <path class="way" d={`M${FAR} ${middle}L${RIGHT} ${y(index)}`} stroke-width={thick(goodputBps)} />
          <rect x="6" y={y(index) - 17} width={LEFT - 6} height="34" rx="8" />
          <text x={(6 + LEFT) / 2} y={y(index) + 5} text-anchor="middle">
            {index + 1} {control}
          </text>
          <text x={RIGHT + 10} y={y(index) + 5}>
            {(goodputBps / 1e6).toFixed(2)} Mbit/s
          </text>
        </g>
      ))}
      <circle class="router" cx={ROUTER} cy={middle} r="10" />
      <rect
        class="queue-room"
        x={QUEUE.x}
        y={middle - QUEUE.height / 2}
        width={QUEUE.width}
        height={QUEUE.height}
        rx="4"
      />
      <rect
        class="queue-fill"
        x={QUEUE.x + QUEUE.width * (1 - now.queueFill)}
        y={middle - QUEUE.height / 2}
        width={QUEUE.width * now.queueFill}
        height={QUEUE.height}
        rx="4"
      />
      <text class="small" x={QUEUE.x + QUEUE.width / 2} y={middle + QUEUE.height / 2 + 15} text-anchor="middle">
        {w.race.queue} {now.queueDelayMs.toFixed(0)} ms
      </text>
      <text class="small" x={(QUEUE.x + QUEUE.width + FAR) / 2} y={middle - 14} text-anchor="middle">
        {setup.rateBps / 1_000_000} Mbit/s
      </text>
      <circle class="router" cx={FAR} cy={middle} r="10" />
    </svg>
  );
}
