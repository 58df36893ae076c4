/** A capture that was brought in: choose a connection, see its ladder and the states concluded. */
import { useState } from 'preact/hooks';
import { HOSTS } from '../engine/capture-view.ts';
import { clock, packetLine } from '../model/event-log.ts';
import { kindOf } from './bits.tsx';
import { preferences, words } from './preferences.ts';
import { capture } from './store.ts';

export function CapturePage() {
  const w = words();
  const [chosen, setChosen] = useState(0);
  const opened = capture.value;
  if (opened === null) return null;
  const { view, name } = opened;
  const connection = view.connections[chosen] ?? view.connections[0];
  const { language, isRaw } = preferences.value;
  return (
    <main class="capture" id="ladder">
      <header>
        <button
          type="button"
          onClick={() => {
            capture.value = null;
          }}
        >
          ← {w.backToScene}
        </button>
        <h2>{w.captureTitle(name)}</h2>
        {view.format === 'unknown' ? (
          <p class="problem" role="alert">
            {w.captureUnknown}
          </p>
        ) : (
          <p class="quiet">{w.captureCount(view.packets, view.connections.length, view.others)}</p>
        )}
        {view.error !== null && view.format !== 'unknown' ? (
          <p class="problem" role="alert">
            {w.captureError(view.error.message, view.error.offset)}
          </p>
        ) : null}
        {view.format !== 'unknown' && view.connections.length === 0 ? <p class="problem">{w.captureNone}</p> : null}
        {view.connections.length > 0 ? <p class="quiet">{w.captureHint}</p> : null}
      </header>
      {connection === undefined ? null : (
        <>
          <label class="inline">
            {w.connection}{' '}
            <select value={chosen} onChange={(event) => setChosen(Number(event.currentTarget.value))}>
              {view.connections.map(({ ends, isPartial, rows }, index) => (
                <option key={`${ends.join()}-${String(index)}`} value={index}>
                  {ends[0]} → {ends[1]} ({rows.length}){isPartial ? ` · ${w.partial}` : ''}
                </option>
              ))}
            </select>
          </label>
          <div class="table-box">
            <table class="capture-rows">
              <thead>
                <tr>
                  <th scope="col">{w.timeline}</th>
                  <th scope="col">
                    {w.hosts[HOSTS[0]]} {connection.ends[0]}
                  </th>
                  <th scope="col">{w.ladder}</th>
                  <th scope="col">
                    {w.hosts[HOSTS[1]]} {connection.ends[1]}
                  </th>
                </tr>
              </thead>
              <tbody>
                {connection.rows.map((row, index) => (
                  <tr key={row.number}>
                    <td class="when">{clock(row.timeUs)}</td>
                    <td>{changedState(connection.states, index, 0)}</td>
                    <td class={`packet-cell is-${kindOf(row)}`}>
                      <span aria-hidden="true">{row.from === HOSTS[0] ? '──▶' : '◀──'}</span>{' '}
                      <b>{packetLine(row, isRaw)}</b>
                      <p class="say">{row.say[language]}</p>
                    </td>
                    <td>{changedState(connection.states, index, 1)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {connection.more > 0 ? <p class="quiet">{w.captureMore(connection.more)}</p> : null}
        </>
      )}
      {view.more > 0 ? <p class="quiet">{w.captureMore(view.more)}</p> : null}
    </main>
  );
}

function changedState(states: readonly (readonly [string, string])[], index: number, end: 0 | 1) {
  const [now, before] = [states[index]?.[end], states[index - 1]?.[end]];
  return now === undefined || now === before ? null : <span class="pill is-small is-new">{now}</span>;
}
