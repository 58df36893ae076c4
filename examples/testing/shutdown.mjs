/** A server that stops without breaking off: no new connections, answers under way are finished, and not for ever. */

/**
 * @param {import('node:net').Server} server
 * @param {number} graceMs what is open after so many milliseconds is cut
 * @returns {{ stop(): Promise<number> }} `stop` resolves with the number of connections that had to be cut
 */
export function graceful(server, graceMs) {
  const open = new Set();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  return {
    stop() {
      return new Promise((resolve) => {
        let cut = 0;
        const timer = setTimeout(() => {
          cut = open.size;
          for (const socket of open) socket.destroy();
        }, graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve(cut);
        });
        for (const socket of open) if (socket.writableLength === 0 && !socket.isBusy) socket.end();
      });
    },
  };
}
