/** A connection's variables at both ends, its sequence spaces, its buffers and timers, and the queues of listeners. */
import type { ConnectionView, HostView, ListenerView } from '../engine/host-view.ts';
import { type RulerPart, receiveParts, sendParts } from '../model/rulers.ts';
import { grouped, hostLabel, StatePill, secondsText } from './bits.tsx';
import { preferences, words } from './preferences.ts';
import { moment, playhead } from './store.ts';

type Name =
  | 'sndUna'
  | 'sndNxt'
  | 'sndWnd'
  | 'rcvNxt'
  | 'rcvWnd'
  | 'cwnd'
  | 'ssthresh'
  | 'srttUs'
  | 'rtoUs'
  | 'mss'
  | 'retransmitted'
  | 'phase';

const ROWS: readonly (readonly [Name, string])[] = [
  ['sndUna', 'SND.UNA'],
  ['sndNxt', 'SND.NXT'],
  ['sndWnd', 'SND.WND'],
  ['rcvNxt', 'RCV.NXT'],
  ['rcvWnd', 'RCV.WND'],
  ['cwnd', 'cwnd'],
  ['ssthresh', 'ssthresh'],
  ['srttUs', 'SRTT'],
  ['rtoUs', 'RTO'],
  ['mss', 'MSS'],
  ['retransmitted', 'retrans'],
  ['phase', 'phase'],
];

const NO_THRESHOLD = 0x7fffffff;

export function Variables() {
  const w = words();
  const views = (moment.value?.hosts ?? []).filter(({ isHandMade }) => !isHandMade);
  const shown = views.map((host) => ({ host, connection: host.connections.at(-1) ?? null }));
  const listeners = views.flatMap((host) => host.listeners.map((listener) => ({ host, listener })));
  return (
    <div class="variables">
      {shown.every(({ connection }) => connection === null) ? (
        <p class="quiet">{w.noVariables}</p>
      ) : (
        <Table shown={shown} />
      )}
      {shown.map(({ host, connection }) =>
        connection === null ? null : <Spaces key={host.name} host={host} connection={connection} />,
      )}
      {listeners.map(({ host, listener }) => (
        <Queues key={`${host.name}-${listener.port}`} host={host} listener={listener} />
      ))}
    </div>
  );
}

function Table({
  shown,
}: {
  readonly shown: readonly { readonly host: HostView; readonly connection: ConnectionView | null }[];
}) {
  const w = words();
  return (
    <div class="table-box">
      <table>
        <thead>
          <tr>
            <th scope="col">
              <span class="sr-only">{w.panels.variables}</span>
            </th>
            {shown.map(({ host }) => (
              <th key={host.name} scope="col">
                {hostLabel(host.name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ROWS.map(([name, term]) => (
            <tr key={name}>
              <th scope="row">
                <b>{term}</b>
                <span>{w.variableNames[name]}</span>
              </th>
              {shown.map(({ host, connection }) => (
                <td key={host.name}>{connection === null ? '–' : shownValue(connection, name)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function shownValue(connection: ConnectionView, name: Name): string {
  const { isRaw } = preferences.value;
  const isBare = connection.state === 'TIME-WAIT';
  switch (name) {
    case 'sndUna':
    case 'sndNxt':
      return isRaw || isBare ? String(connection[name]) : grouped((connection[name] - connection.iss) >>> 0);
    case 'rcvNxt':
      if (connection.irs === 0 && connection.rcvNxt === 0) return '–';
      return isRaw || isBare ? String(connection.rcvNxt) : grouped((connection.rcvNxt - connection.irs) >>> 0);
    case 'ssthresh':
      return isBare ? '–' : connection.ssthresh >= NO_THRESHOLD ? '∞' : grouped(connection.ssthresh);
    case 'srttUs':
      return connection.srttUs === 0 ? '–' : `${(connection.srttUs / 1000).toFixed(1)} ms`;
    case 'rtoUs':
      return connection.rtoUs === 0 ? '–' : `${(connection.rtoUs / 1000).toFixed(0)} ms`;
    case 'phase':
      return connection.phase === '' ? '–' : connection.phase;
    default:
      return isBare && name !== 'rcvWnd' ? '–' : grouped(connection[name]);
  }
}

function Spaces({ host, connection }: { readonly host: HostView; readonly connection: ConnectionView }) {
  const w = words();
  const { timeUs } = playhead.peek();
  const { sendBuffered, sendLimit, readable, receiveLimit, timers } = connection;
  return (
    <section class="card spaces">
      <h2>
        {hostLabel(host.name)} <StatePill state={connection.state} />
      </h2>
      {connection.state === 'TIME-WAIT' ? (
        <p class="quiet">{w.timeWaitOnly}</p>
      ) : (
        <>
          <Ruler label={w.sendSpace} parts={sendParts(connection)} />
          <Ruler label={w.receiveSpace} parts={receiveParts(connection)} />
          <Buffer label={w.sendBuffer} used={sendBuffered} room={sendLimit} />
          <Buffer label={w.receiveBuffer} used={readable} room={receiveLimit} />
        </>
      )}
      <p class="timers">
        <b>{w.timers}</b>{' '}
        {timers.length === 0
          ? w.noTimers
          : timers
              .map(
                ({ name, dueUs }) =>
                  `${w.timerNames[name] ?? name} ${w.inSeconds(secondsText(Math.max(0, dueUs - timeUs)))}`,
              )
              .join(' · ')}
      </p>
    </section>
  );
}

function Ruler({ label, parts }: { readonly label: string; readonly parts: readonly RulerPart[] }) {
  const w = words();
  const sum = parts.reduce((all, { bytes }) => all + bytes, 0);
  if (sum === 0) return null;
  // Small parts must be seen beside large windows: widths follow the root of the size.
  const weight = (bytes: number): number => (bytes === 0 ? 0 : Math.sqrt(bytes) + 6);
  return (
    <div
      class="ruler"
      role="img"
      aria-label={`${label}: ${parts.map(({ name, bytes }) => `${w[name]} ${grouped(bytes)}`).join(', ')}`}
    >
      <span class="ruler-label">{label}</span>
      <span class="ruler-bar">
        {parts.map(({ name, bytes }, index) => (
          <i
            key={`${name}-${index}`}
            class={`part is-${name}`}
            style={{ flexGrow: weight(bytes) }}
            title={`${w[name]}: ${w.lengthOf(bytes)}`}
          />
        ))}
      </span>
      <span class="ruler-key" aria-hidden="true">
        {parts
          .filter(({ bytes }) => bytes > 0)
          .map(({ name, bytes }, index) => (
            <span key={`${name}-${index}`} class={`key is-${name}`}>
              {w[name]} {grouped(bytes)}
            </span>
          ))}
      </span>
    </div>
  );
}

function Buffer({ label, used, room }: { readonly label: string; readonly used: number; readonly room: number }) {
  const w = words();
  return (
    <div class="buffer">
      <span>{label}</span>
      <meter min="0" max={Math.max(1, room)} value={used} aria-label={label} />
      <span class="quiet">{w.ofBytes(grouped(used), grouped(room))}</span>
    </div>
  );
}

const SLOTS_MAX = 16;

function Queues({ host, listener }: { readonly host: HostView; readonly listener: ListenerView }) {
  const w = words();
  const { halfOpen, ready, synBacklog, backlog, overflows, port } = listener;
  return (
    <section class="card queues">
      <h2>
        {hostLabel(host.name)}: {w.listening(port)}
      </h2>
      <Queue label={w.synQueue} peers={halfOpen} room={synBacklog + 1} />
      <Queue label={w.acceptQueue} peers={ready} room={backlog + 1} />
      {overflows > 0 ? <p class="quiet">{w.overflows(overflows)}</p> : null}
    </section>
  );
}

/** As on Linux, one more than the backlog says fits. */
function Queue({
  label,
  peers,
  room,
}: {
  readonly label: string;
  readonly peers: readonly string[];
  readonly room: number;
}) {
  const w = words();
  const shown = Math.max(Math.min(room, SLOTS_MAX), Math.min(peers.length, SLOTS_MAX));
  return (
    <div class="queue">
      <p>
        {label} <span class="quiet">{w.queueOf(peers.length, room)}</span>
      </p>
      <ul>
        {Array.from({ length: shown }, (_, index) => {
          const peer = peers[index];
          return (
            <li key={`slot-${String(index)}`} class={peer === undefined ? '' : 'is-full'} title={peer ?? w.freeSlot}>
              {peer === undefined ? '' : peer.slice(peer.lastIndexOf(':') + 1)}
            </li>
          );
        })}
        {room > shown ? <li class="rest">…</li> : null}
      </ul>
    </div>
  );
}
