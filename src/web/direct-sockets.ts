/** The classes of Direct Sockets (https://wicg.github.io/direct-sockets), bound to a host. */
import { StreamSocket } from '../socket/stream-socket.ts';
import { socketHostOf, type WebHost } from './host.ts';
import type { ConnectionPlan } from './stream-connection.ts';
import { TCPServerSocket, type TCPServerSocketOptions } from './tcp-server-socket.ts';
import { planOf, TCPSocket, type TCPSocketOptions } from './tcp-socket.ts';
import { UDPSocket, type UDPSocketOptions } from './udp-socket.ts';

/** The three constructors, with the arguments of the specification. */
export interface DirectSockets {
  /** @throws TypeError for options out of range */
  readonly TCPSocket: new (
    remoteAddress: string,
    remotePort: number,
    options?: TCPSocketOptions,
  ) => TCPSocket;
  /** @throws TypeError for options out of range */
  readonly TCPServerSocket: new (
    localAddress: string,
    options?: TCPServerSocketOptions,
  ) => TCPServerSocket;
  /** @throws TypeError for options out of range or that do not go together */
  readonly UDPSocket: new (
    options?: UDPSocketOptions,
  ) => UDPSocket;
}

/** Makes the classes of a host. There are no permissions to ask for: NotAllowedError does not happen. */
export function createDirectSockets(host: WebHost): DirectSockets {
  const socketHost = socketHostOf(host);

  class HostTCPSocket extends TCPSocket {
    constructor(remote: string | StreamSocket, remotePort: number, options: TCPSocketOptions = {}) {
      const { from, peer } = origin(remote, remotePort, options);
      super(socketHost, from, peer);
    }
  }

  class HostTCPServerSocket extends TCPServerSocket {
    constructor(localAddress: string, options: TCPServerSocketOptions = {}) {
      super(socketHost, localAddress, options, (socket) => new HostTCPSocket(socket, socket.remotePort));
    }
  }

  class HostUDPSocket extends UDPSocket {
    constructor(options: UDPSocketOptions = {}) {
      super(socketHost, options);
    }
  }

  function origin(
    remote: string | StreamSocket,
    port: number,
    options: TCPSocketOptions,
  ): { readonly from: StreamSocket | ConnectionPlan; readonly peer: string } {
    if (remote instanceof StreamSocket) return { from: remote, peer: remote.remoteAddress };
    const { plan, peer } = planOf(socketHost, remote, port, options);
    return { from: plan, peer };
  }

  return { TCPSocket: HostTCPSocket, TCPServerSocket: HostTCPServerSocket, UDPSocket: HostUDPSocket };
}
