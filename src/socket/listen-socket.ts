/** A listening socket: passive open (RFC 9293 section 3.10.1) in the shape of listen(2) and accept(2). Sans-IO. */
import { Address } from '../base/address.ts';
import { ArgumentError, checkInteger, WoshouError } from '../base/errors.ts';
import type { Stack } from '../stack/stack.ts';
import { keysOf } from '../tcp/auth/admission.ts';
import { KeyStore, type TcpAuthOptions } from '../tcp/auth/keys.ts';
import { CookieKeys } from '../tcp/fast-open/cookie-keys.ts';
import { FastOpenBit } from '../tcp/fast-open/fast-open.ts';
import { closeListener } from '../tcp/opening/arrive-listen.ts';
import { Listener, type ListenerFastOpen } from '../tcp/opening/listener.ts';
import type { TcpSettings } from '../tcp/settings.ts';
import { checkCongestionControl, checkOptions } from './option-ranges.ts';
import { SocketEvent } from './socket-event.ts';
import { StreamSocket } from './stream-socket.ts';

/** A passive open, and what the connections it accepts start with. */
export interface ListenOptions {
  /** 1 to 65535; 0 or absent: any free port. */
  readonly port?: number;
  /** `0.0.0.0`, `::` (both families unless `ipv6Only`), or one of the stack's addresses. Default: every address. */
  readonly address?: string;
  /** On `::`, leave IPv4 to others. Default false. */
  readonly ipv6Only?: boolean;
  /** Connections waiting to be accepted; the setting somaxconn bounds it. Default 511. */
  readonly backlog?: number;
  /** What accepted connections start with. */
  readonly noDelay?: boolean;
  /** Idle milliseconds before the first keep-alive probe. Default 0: no keep-alive. */
  readonly keepAliveMs?: number;
  /** DSCP and ECN, 0 to 255. Default 0. */
  readonly trafficClass?: number;
  /** SO_RCVBUF and SO_SNDBUF in bytes, as at `connect`. Default: settings rmem_default and wmem_default, and tuned. */
  readonly receiveBufferSize?: number;
  readonly sendBufferSize?: number;
  /**
   * TCP_FASTOPEN (RFC 7413): connections whose data may be read, and answered, before their handshake is over, at most; those
   * reset by the peer count for another minute. Bounded by somaxconn; needs bit 0x2 of the setting `fastopen`. Such data may
   * be an old copy of what was received before. Default 0: not at all.
   */
  readonly fastOpen?: number;
  /** TCP_FASTOPEN_NO_COOKIE: data in a SYN needs no cookie; anybody can forge it then. Default false. */
  readonly fastOpenNoCookie?: boolean;
  /** TCP_FASTOPEN_KEY: keys of its own in place of the stack's, see `stack.tcp.fastOpen.setKeys`. */
  readonly fastOpenKeys?: readonly string[];
  /** TCP_CONGESTION: name of the congestion control, of `CONGESTION_CONTROLS`. Default: setting congestion_control. */
  readonly congestionControl?: string;
  /** Keys of peers whose segments must be signed, MD5 (RFC 2385) or TCP-AO (RFC 5925); other peers need none. */
  readonly auth?: TcpAuthOptions;
}

const DEFAULT_BACKLOG = 511;

/** A listening socket of one stack. */
export class ListenSocket {
  readonly stack: Stack;
  /** Yours: whatever this socket means to the program that holds it; a `SocketListener` is told its events. */
  context: object | null = null;
  readonly listener: Listener;

  /**
   * Starts to listen.
   * @throws ArgumentError for a port, address or backlog that cannot be; WoshouError with code EADDRINUSE when the port is
   *   taken, EADDRNOTAVAIL when the address is not the stack's
   */
  constructor(stack: Stack, options: ListenOptions) {
    checkOptions(options);
    this.stack = stack;
    const { tcp } = stack;
    const keys = keysOf(tcp, options.auth);
    const { settings } = tcp;
    const text = options.address ?? '::';
    const given = Address.tryParse(text);
    if (given === null)
      throw new ArgumentError('address', `'${text}' is not an address; names are resolved by the caller`);
    const isWildcard = given.isUnspecified;
    if (!isWildcard && !stack.ip.routing.isOwn(given)) {
      throw new WoshouError('EADDRNOTAVAIL', `EADDRNOTAVAIL: ${text} is not an address of '${stack.name}'`, 'address');
    }
    const family = !isWildcard ? given.family : given.family === 4 ? 4 : options.ipv6Only ? 6 : 0;
    const backlog = checkInteger('backlog', options.backlog ?? DEFAULT_BACKLOG, 0, 2 ** 31 - 1);
    const address = isWildcard ? null : given;
    const port = this.choosePort(address, family, checkInteger('port', options.port ?? 0, 0, 65_535));
    this.listener = new Listener(
      tcp.takeId(),
      address,
      family,
      port,
      settings,
      backlog,
      {
        noDelay: options.noDelay ?? false,
        keepAliveMs: options.keepAliveMs ?? 0,
        trafficClass: options.trafficClass ?? 0,
        receiveBufferSize: options.receiveBufferSize ?? null,
        sendBufferSize: options.sendBufferSize ?? null,
        congestionControl:
          options.congestionControl === undefined ? null : checkCongestionControl(options.congestionControl),
      },
      fastOpenOf(options, settings, backlog),
    );
    this.listener.user = this;
    this.listener.keys = keys;
    tcp.listeners.add(this.listener);
  }

  /** The port it listens on, also when it was drawn. */
  get port(): number {
    return this.listener.port;
  }

  /** Local address in text, the wildcard where it listens on all. */
  get address(): string {
    return this.listener.address?.toString() ?? (this.listener.family === 4 ? '0.0.0.0' : '::');
  }

  /** Keys of this listener, for connections to come; may be changed while it listens. */
  get keys(): KeyStore {
    const { listener, stack } = this;
    listener.keys ??= new KeyStore(stack.tcp.authAlgorithms !== null);
    return listener.keys;
  }

  /** The oldest connection whose handshake is complete, or null. */
  accept(): StreamSocket | null {
    const tcb = this.listener.accept();
    return tcb === null ? null : new StreamSocket(this.stack, tcb);
  }

  /** SocketEvent bits since the last call: `acceptable` while connections wait. */
  takeEvents(): number {
    return this.listener.acceptQueue.length > 0 ? SocketEvent.acceptable : 0;
  }

  /** Stops listening; connections nobody accepted are reset. */
  close(): void {
    const { listener } = this;
    if (listener.isClosed) return;
    const { tcp } = this.stack;
    tcp.listeners.remove(listener);
    tcp.ports.forget();
    closeListener(tcp, listener);
  }

  private choosePort(address: Address | null, family: 0 | 4 | 6, wanted: number): number {
    const { listeners, settings, random } = this.stack.tcp;
    if (wanted !== 0) {
      if (listeners.conflicts(address, family, wanted)) {
        throw new WoshouError(
          'EADDRINUSE',
          `EADDRINUSE: port ${wanted} of '${this.stack.name}' is taken by another listener`,
        );
      }
      return wanted;
    }
    const first = settings.ip_local_port_first;
    const count = settings.ip_local_port_last - first + 1;
    const start = (random.publicInt32() >>> 0) % count;
    for (let step = 0; step < count; step++) {
      const port = first + ((start + step) % count);
      if (!listeners.conflicts(address, family, port)) return port;
    }
    throw new WoshouError('EADDRINUSE', `EADDRINUSE: no free port from ${first} to ${settings.ip_local_port_last}`);
  }
}

/** A listener's part in Fast Open. @throws ArgumentError */
function fastOpenOf(options: ListenOptions, settings: TcpSettings, backlog: number): ListenerFastOpen {
  const wanted = checkInteger('fastOpen', options.fastOpen ?? 0, 0, 2 ** 31 - 1);
  // Linux: bit 0x400 makes every listener take part.
  const isForced = wanted === 0 && (settings.fastopen & FastOpenBit.allListeners) !== 0;
  const keys = options.fastOpenKeys === undefined ? null : new CookieKeys();
  keys?.set(options.fastOpenKeys ?? []);
  return {
    limit: Math.min(isForced ? backlog : wanted, settings.somaxconn),
    withoutCookie: options.fastOpenNoCookie ?? false,
    keys,
  };
}
