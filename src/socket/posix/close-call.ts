/** close(2) with SO_LINGER: waits until what was written is acknowledged, or the time is over; the connection goes on then. */
import { TcpState } from '../../tcp/state.ts';
import type { StreamSocket } from '../stream-socket.ts';
import { PosixCall } from './posix-call.ts';

export class CloseCall extends PosixCall {
  private readonly connection: StreamSocket;

  constructor(connection: StreamSocket) {
    super('close');
    this.connection = connection;
  }

  override attempt(): void {
    switch (this.connection.state) {
      case TcpState.finWait1:
      case TcpState.closing:
      case TcpState.lastAck:
        return;
      default:
        this.succeed();
    }
  }

  override expire(): void {
    this.succeed();
  }
}
