/** The stage: hosts with their states and calls, and the wire between them with packets that can be grabbed. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type HostCall, PACKET_DEEDS } from '../engine/actions.ts';
import type { HostView } from '../engine/host-view.ts';
import { packetLine } from '../model/event-log.ts';
import { claimedState, type Flight, flightsAt } from '../model/run.ts';
import { colourOf, grouped, hostLabel, kindOf, StatePill, shortLabel } from './bits.tsx';
import { isNarrow, lineX, width } from './columns.ts';
import { NumberField } from './number-field.tsx';
import { preferences, words } from './preferences.ts';
import { act, isPlaying, moment, playhead, run, select, selected } from './store.ts';

export function Stage() {
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    const { current } = box;
    if (current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      // Nothing wide: it is hidden, on a phone behind the story, and comes back as it was.
      if (entry !== undefined && entry.contentRect.width > 0) width.value = Math.round(entry.contentRect.width);
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  const w = words();
  const views = moment.value?.hosts ?? [];
  return (
    <section class="stage" aria-label={w.stage} ref={box}>
      <div class={hostsLook(views)}>
        {views.map((host, index) => (
          <HostCard key={host.name} host={host} x={lineX(index, views.length)} isLast={index === views.length - 1} />
        ))}
      </div>
      <Wire hosts={views.map(({ name }) => name)} />
    </section>
  );
}

/** Letters of a name that fit a line where there is little room. */
const NAME_LINE = 12;

function hostsLook(views: readonly HostView[]): string {
  if (!isNarrow()) return 'hosts';
  const isTall = views.length > 2 || views.some(({ name }) => hostLabel(name).length > NAME_LINE);
  return `hosts is-narrow${isTall ? ' is-tall' : ''}`;
}

function HostCard({ host, x, isLast }: { readonly host: HostView; readonly x: number; readonly isLast: boolean }) {
  const w = words();
  const connection = host.connections.at(-1);
  const listener = host.listeners[0];
  return (
    <div class="host" style={{ left: `${x}px` }}>
      <h2>{hostLabel(host.name)}</h2>
      <p class="host-state">
        {host.condition === 'crashed' ? (
          <span class="pill is-broken">{w.crashed}</span>
        ) : host.isHandMade ? (
          <HandMadeState host={host.name} />
        ) : (
          <StatePill
            state={connection?.state ?? (listener === undefined ? 'CLOSED' : 'LISTEN')}
            isNew={connection !== undefined}
          />
        )}
      </p>
      <p class="quiet address">{host.addresses[0] ?? ''}</p>
      {host.isHandMade ? null : <Calls host={host} isLast={isLast} />}
    </div>
  );
}

/** It has no stack to look into; what it claims is shown as a claim. */
function HandMadeState({ host }: { readonly host: string }) {
  const claimed = run.value === null ? null : claimedState(run.value, host, moment.value?.entry ?? 0);
  return (
    <>
      {claimed === null ? null : <StatePill state={claimed} />} <span class="quiet">{words().handMade}</span>
    </>
  );
}

const ON_CONNECTION: readonly HostCall[] = ['send', 'receive', 'shutdown', 'close', 'abort'];

function Calls({ host, isLast }: { readonly host: HostView; readonly isLast: boolean }) {
  const w = words();
  const [port, setPort] = useState(80);
  const [bytes, setBytes] = useState(1000);
  const [backlog, setBacklog] = useState(8);
  const menu = useRef<HTMLDetailsElement>(null);
  const connection = host.connections.filter(({ state }) => state !== 'TIME-WAIT').at(-1);
  const listener = host.listeners[0];
  const call = (name: HostCall, more: object = {}) => {
    void act({ kind: 'call', host: host.name, call: name, ...more });
  };
  const isUp = host.condition === 'up';
  return (
    <details
      class={`calls${isLast ? ' is-last' : ''}`}
      ref={menu}
      onKeyDown={(event) => closeOnEscape(event, menu.current)}
    >
      <summary aria-label={w.callsOf(hostLabel(host.name))}>
        {isNarrow() ? '…' : w.callsOf('').replace(/ of $|的/, '')}
      </summary>
      <div class="menu">
        <div class="menu-row">
          <button type="button" disabled={!isUp} onClick={() => call('connect', { port })}>
            {w.calls.connect}
          </button>
          <button
            type="button"
            disabled={!isUp || listener !== undefined}
            onClick={() => call('listen', { port, backlog })}
          >
            {w.calls.listen}
          </button>
          <NumberField label={w.port} value={port} min={1} max={65_535} onSet={setPort} />
          <NumberField label={w.backlog} value={backlog} min={1} max={64} onSet={setBacklog} />
        </div>
        <div class="menu-row">
          <button
            type="button"
            disabled={(listener?.ready.length ?? 0) === 0}
            onClick={() => call('accept', { port: listener?.port })}
          >
            {w.calls.accept}
          </button>
          <button
            type="button"
            disabled={listener === undefined}
            onClick={() => call('unlisten', { port: listener?.port })}
          >
            {w.calls.unlisten}
          </button>
        </div>
        <div class="menu-row">
          {ON_CONNECTION.map((name) => (
            <button
              key={name}
              type="button"
              disabled={!isUp || connection === undefined || connection.isWaiting}
              onClick={() => call(name, { connection: connection?.id, ...(name === 'send' ? { bytes } : {}) })}
            >
              {w.calls[name]}
            </button>
          ))}
          <NumberField label={w.bytes} value={bytes} min={1} max={1_000_000} onSet={setBytes} />
        </div>
        <div class="menu-row">
          <button type="button" disabled={!isUp} onClick={() => call('stream', { bytes: bytes * 1000 })}>
            {w.calls.stream} ({grouped(bytes * 1000)})
          </button>
          {isUp ? (
            <button type="button" onClick={() => call('crash')}>
              {w.calls.crash}
            </button>
          ) : (
            <button type="button" onClick={() => call('restart')}>
              {w.calls.restart}
            </button>
          )}
        </div>
      </div>
    </details>
  );
}

export function closeOnEscape(event: KeyboardEvent, menu: HTMLDetailsElement | null): void {
  if (event.key !== 'Escape' || menu === null || !menu.open) return;
  menu.open = false;
  menu.querySelector('summary')?.focus();
  event.stopPropagation();
}

/** Chips of one lane closer than this, in pixels, would lie on each other: when they are many, all are drawn as dots. */
const CHIP_WIDTH = 60;
const CHIPS_TOLD_APART = 6;

function isCrowded(flights: readonly Flight[], xOf: (flight: Flight) => number): boolean {
  if (flights.length <= CHIPS_TOLD_APART) return false;
  const last = new Map<boolean, number>();
  for (const flight of [...flights].sort((a, b) => xOf(a) - xOf(b))) {
    const goesRight = xOf({ ...flight, progress: 1 }) >= xOf({ ...flight, progress: 0 });
    const [x, before] = [xOf(flight), last.get(goesRight)];
    if (before !== undefined && x - before < CHIP_WIDTH) return true;
    last.set(goesRight, x);
  }
  return false;
}

function Wire({ hosts }: { readonly hosts: readonly string[] }) {
  const w = words();
  const now = run.value;
  const flights = now === null ? [] : flightsAt(now, playhead.value);
  const grabbed = flights.find(({ row }) => row.number === selected.value) ?? null;
  const xOf = (host: string): number => {
    const index = hosts.indexOf(host);
    return lineX(index < 0 ? hosts.length - 1 : index, hosts.length);
  };
  const xOfFlight = ({ row, progress }: Flight): number => xOf(row.from) + (xOf(row.to) - xOf(row.from)) * progress;
  const isDense = isCrowded(flights, xOfFlight);
  return (
    <div class="wire-box">
      <div class="wire" role="group" aria-label={w.wire}>
        <svg class="cable" aria-hidden="true" width={width.value} height="64">
          <line x1={lineX(0, hosts.length)} x2={lineX(hosts.length - 1, hosts.length)} y1="32" y2="32" />
          {hosts.map((host) => (
            <circle key={host} cx={xOf(host)} cy="32" r="5" />
          ))}
        </svg>
        {isDense ? <Dots flights={flights} xOf={xOfFlight} /> : null}
        {flights
          .filter(({ row }) => !isDense || row.number === selected.value)
          .map((flight) => (
            <Chip key={flight.row.number} flight={flight} from={xOf(flight.row.from)} to={xOf(flight.row.to)} />
          ))}
      </div>
      {grabbed === null || grabbed.isLost ? (
        <p class="wire-note quiet">{flights.length === 0 ? w.wireEmpty : w.onItsWay(flights.length)}</p>
      ) : (
        <Grip flight={grabbed} />
      )}
    </div>
  );
}

const WIRE_HEIGHT = 64;
const DOT = 5;

function laneOf(goesRight: boolean): number {
  return goesRight ? 18 : 46;
}

/** Many packets as dots, which can be clicked; with keys they are reached in the ladder. */
function Dots({ flights, xOf }: { readonly flights: readonly Flight[]; readonly xOf: (flight: Flight) => number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const places = flights.map((flight) => ({
    flight,
    x: xOf(flight),
    y: laneOf(xOf({ ...flight, progress: 1 }) >= xOf({ ...flight, progress: 0 })),
  }));
  useLayoutEffect(() => {
    const { current } = canvas;
    const context = current?.getContext('2d') ?? null;
    if (current === null || context === null) return;
    const scale = devicePixelRatio;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, current.width, current.height);
    // One path a colour: hundreds of fills cost more than all else in a frame.
    const paths = new Map<string, Path2D>();
    for (const { flight, x, y } of places) {
      const colour = colourOf(flight.row);
      const path = paths.get(colour) ?? new Path2D();
      paths.set(colour, path);
      path.moveTo(x + DOT, y);
      path.arc(x, y, DOT, 0, 2 * Math.PI);
    }
    for (const [colour, path] of paths) {
      context.fillStyle = colour;
      context.fill(path);
    }
  });
  return (
    <canvas
      ref={canvas}
      class="dots"
      width={width.value * devicePixelRatio}
      height={WIRE_HEIGHT * devicePixelRatio}
      role="img"
      aria-label={words().onItsWay(flights.length)}
      onPointerDown={(event) => {
        isPlaying.value = false;
        const nearest = places
          .map(({ flight, x, y }) => ({ flight, away: Math.hypot(x - event.offsetX, y - event.offsetY) }))
          .sort((a, b) => a.away - b.away)[0];
        if (nearest !== undefined && nearest.away < 4 * DOT) void select(nearest.flight.row);
      }}
    />
  );
}

function Chip({ flight, from, to }: { readonly flight: Flight; readonly from: number; readonly to: number }) {
  const { row, progress, isHeld, isLost } = flight;
  const w = words();
  const x = from + (to - from) * progress;
  const lane = laneOf(from <= to);
  const label = shortLabel(row);
  const classes = [
    'chip',
    `is-${kindOf(row)}`,
    isHeld ? 'is-held' : '',
    isLost ? 'is-lost' : '',
    selected.value === row.number ? 'is-selected' : '',
  ];
  return (
    <button
      type="button"
      class={classes.join(' ')}
      style={{ transform: `translate3d(${x.toFixed(1)}px, ${lane}px, 0) translate(-50%, -50%)` }}
      aria-label={w.packetFrom(packetLine(row), hostLabel(row.from), hostLabel(row.to))}
      tabIndex={isLost ? -1 : 0}
      onPointerDown={() => {
        isPlaying.value = false;
      }}
      onClick={() => {
        isPlaying.value = false;
        void select(row);
      }}
    >
      {isLost ? '✕' : label}
    </button>
  );
}

/** What can be done to the packet that is grabbed. */
function Grip({ flight }: { readonly flight: Flight }) {
  const w = words();
  const { row, isHeld } = flight;
  const deeds = PACKET_DEEDS.filter((what) => (isHeld ? what === 'release' || what === 'drop' : what !== 'release'));
  return (
    <div class="grip" role="toolbar" aria-label={w.grab}>
      <strong>{packetLine(row, preferences.value.isRaw).split(' ')[0]}</strong>
      {deeds.map((what) => (
        <button
          key={what}
          type="button"
          onClick={() =>
            void act({ kind: 'packet', packet: row.packet, what, ...(what === 'delay' ? { ms: 300 } : {}) })
          }
        >
          {w.deeds[what]}
        </button>
      ))}
    </div>
  );
}
