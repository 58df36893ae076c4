/** Small pieces that many views use: icons, pills of states, names of hosts. */

import type { RowView } from '../engine/row-keeper.ts';
import { packetColour } from '../model/ladder-svg.ts';
import { isDark, words } from './preferences.ts';

const ICONS = {
  play: 'M7 5v14l11-7z',
  pause: 'M7 5h4v14H7zM13 5h4v14h-4z',
  start: 'M6 5h3v14H6zM19 5v14l-9-7z',
  end: 'M15 5h3v14h-3zM5 5v14l9-7z',
  packetBack: 'M15 5v14l-9-7zM17 5h2v14h-2z',
  packetOn: 'M9 5v14l9-7zM5 5h2v14H5z',
  eventBack: 'M15 6l-6 6 6 6',
  eventOn: 'M9 6l6 6-6 6',
  share: 'M4 12v7h16v-7M12 15V4M8 8l4-4 4 4',
  download: 'M4 12v7h16v-7M12 4v11M8 11l4 4 4-4',
  open: 'M3 6h6l2 2h10v10H3z',
  book: 'M5 4h11a3 3 0 013 3v13H8a3 3 0 01-3-3zM5 17a3 3 0 013-3h11',
  keys: 'M3 7h18v10H3zM6 10h1M10 10h1M14 10h1M17 10h1M8 14h8',
  close: 'M6 6l12 12M18 6L6 18',
  moon: 'M20 14A8 8 0 1110 4a6.5 6.5 0 0010 10z',
} as const;

const FILLED: ReadonlySet<string> = new Set(['play', 'pause', 'start', 'end', 'packetBack', 'packetOn']);

export function Icon({ name }: { readonly name: keyof typeof ICONS }) {
  const isFilled = FILLED.has(name);
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      aria-hidden="true"
      fill={isFilled ? 'currentColor' : 'none'}
      stroke={isFilled ? 'none' : 'currentColor'}
    >
      <path d={ICONS[name]} />
    </svg>
  );
}

/** A state, lit as in the diagrams. */
export function StatePill({ state, isNew = false }: { readonly state: string; readonly isNew?: boolean }) {
  return <span class={`pill${isNew ? ' is-new' : ''}`}>{state}</span>;
}

export function hostLabel(name: string): string {
  return words().hosts[name] ?? name;
}

/** What a packet is, in a class for its colour. */
export function kindOf(row: Pick<RowView, 'flags' | 'protocol' | 'length'>): string {
  if (row.protocol !== 'tcp') return 'other';
  if (row.flags.includes('RST')) return 'rst';
  if (row.flags.includes('SYN')) return 'syn';
  if (row.flags.includes('FIN')) return 'fin';
  return (row.length ?? 0) > 0 ? 'data' : 'ack';
}

/** A word or two on a packet in flight. */
export function shortLabel(row: RowView): string {
  if (row.protocol !== 'tcp') return row.protocol.toUpperCase();
  const flags = row.flags.split(',').filter((flag) => flag !== 'PSH');
  if (flags.length === 1 && flags[0] === 'ACK' && (row.length ?? 0) > 0) return `${row.length ?? 0} B`;
  return row.flags === 'ACK' ? 'ACK' : flags.filter((flag, _, all) => flag !== 'ACK' || all.length < 3).join('+');
}

export function colourOf(row: RowView): string {
  return packetColour(row, isDark());
}

/** `12,345`. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function secondsText(us: number): string {
  const seconds = us / 1_000_000;
  return seconds >= 10 ? seconds.toFixed(1) : seconds.toFixed(3);
}
