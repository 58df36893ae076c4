/** A socket's part in what keeps the process alive: one reference of its host's, or none. */
import type { SocketHost } from '../socket/socket-host.ts';
import type { Stack } from '../stack/stack.ts';

export class HostHold {
  private readonly host: SocketHost;
  /** The stack that counts this hold; null: none does. */
  private heldBy: Stack | null = null;

  constructor(host: SocketHost) {
    this.host = host;
  }

  /** @param isWanted something is under way, and may keep the process alive */
  update(isWanted: boolean): void {
    const { host } = this;
    if (isWanted === (this.heldBy !== null)) return;
    if (isWanted) host.ref();
    // A host that has crashed since holds nothing of its former life.
    else if (this.heldBy === host.stack) host.unref();
    this.heldBy = isWanted ? host.stack : null;
  }
}
