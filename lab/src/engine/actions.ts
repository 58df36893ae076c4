/**
 * What a person does to a running scene, as data. A scene, a seed and a list of these reproduce everything, so they are also
 * what a link carries and what time travel replays. An action belongs to a moment: after so many events, at that hour.
 */

/** What can be done to a packet on its way. `delay` takes milliseconds; `hold` keeps it until `release`. */
export const PACKET_DEEDS = ['drop', 'delay', 'duplicate', 'swap', 'corrupt', 'hold', 'release'] as const;
export type PacketDeed = (typeof PACKET_DEEDS)[number];

/** What a program can ask of its host. */
export const HOST_CALLS = [
  'listen',
  'unlisten',
  'connect',
  'accept',
  'send',
  'stream',
  'receive',
  'shutdown',
  'close',
  'abort',
  'crash',
  'restart',
] as const;
export type HostCall = (typeof HOST_CALLS)[number];

/** A link's sliders. */
export interface LinkChange {
  readonly delayMs?: number;
  readonly jitterMs?: number;
  readonly loss?: number;
  readonly reorder?: number;
  readonly duplicate?: number;
  readonly rateBps?: number;
  readonly cut?: boolean;
}

export type SettingValue = number | string | boolean;

/** A deed without its moment. */
export type Deed =
  | { readonly kind: 'packet'; readonly packet: number; readonly what: PacketDeed; readonly ms?: number }
  | {
      readonly kind: 'call';
      readonly host: string;
      readonly call: HostCall;
      /** Of `listen` and `connect`. */
      readonly port?: number;
      readonly backlog?: number;
      /** Whom to connect to. */
      readonly to?: string;
      /** The connection, by its number in the host's stack. */
      readonly connection?: number;
      /** Of `send` and `stream`. */
      readonly bytes?: number;
    }
  | { readonly kind: 'set'; readonly host: string; readonly name: string; readonly value: SettingValue }
  | { readonly kind: 'link'; readonly link: string; readonly change: LinkChange };

/** A deed and its moment. */
export type Action = Deed & {
  /** Events of the network that came before it. */
  readonly event: number;
  readonly timeUs: number;
};

/** A scene with all that was done to it. */
export interface Recipe {
  readonly scene: string;
  readonly seed: number;
  readonly actions: readonly Action[];
}

/** The order in which actions happen: by moment, else as they were given. */
export function inOrder(actions: readonly Action[]): Action[] {
  return [...actions].sort((a, b) => a.event - b.event || a.timeUs - b.timeUs);
}

/** Adds an action; what had been done later than it belongs to a future that no longer comes. */
export function withAction(actions: readonly Action[], action: Action): Action[] {
  return [...actions.filter((one) => !isLater(one, action)), action];
}

/** Actions of which `moment` is not the past. */
export function isLater(one: Pick<Action, 'event' | 'timeUs'>, moment: Pick<Action, 'event' | 'timeUs'>): boolean {
  return one.event > moment.event || (one.event === moment.event && one.timeUs > moment.timeUs);
}
