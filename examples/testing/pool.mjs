/** A pool of connections: idle ones are used again, and one that answers nothing is thrown away for a new one. */

export class Pool {
  #net;
  #server;
  #answerMs;
  #idle = [];
  opened = 0;

  /**
   * @param {typeof import('node:net')} net Node's module, or one of a simulated host
   * @param {{ host: string, port: number }} server
   * @param {number} answerMs milliseconds to wait for an answer on a connection
   */
  constructor(net, server, answerMs = 2000) {
    this.#net = net;
    this.#server = server;
    this.#answerMs = answerMs;
  }

  /** Sends a line and resolves with the line that answers it; an idle connection that is dead costs one time-out. */
  async ask(line) {
    for (let socket = this.#idle.pop(); socket !== undefined; socket = this.#idle.pop()) {
      try {
        return await this.#askOn(socket, line);
      } catch {
        socket.destroy();
      }
    }
    return await this.#askOn(await this.#open(), line);
  }

  close() {
    for (const socket of this.#idle.splice(0)) socket.end();
  }

  #open() {
    return new Promise((resolve, reject) => {
      this.opened++;
      const socket = this.#net.connect(this.#server, () => resolve(socket));
      socket.setEncoding('utf8');
      socket.on('error', reject);
    });
  }

  #askOn(socket, line) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no answer in time')), this.#answerMs);
      socket.once('data', (answer) => {
        clearTimeout(timer);
        this.#idle.push(socket);
        resolve(answer.trimEnd());
      });
      socket.write(`${line}\n`);
    });
  }
}
