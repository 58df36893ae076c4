/** The program under test: a client that asks again, later and later, until it gets an answer. */

/**
 * @param {typeof import('node:net')} net Node's module, or one of a simulated host
 * @param {{ host: string, port: number }} server
 * @param {string} question
 * @param {{ attempts?: number, timeoutMs?: number, backoffMs?: number }} [policy] defaults: 5 attempts, 5 s each, 1 s doubling
 * @returns {Promise<string>}
 */
export async function ask(net, server, question, { attempts = 5, timeoutMs = 5000, backoffMs = 1000 } = {}) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await askOnce(net, server, question, timeoutMs);
    } catch (error) {
      if (attempt === attempts) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, backoffMs * 2 ** (attempt - 1)));
  }
}

function askOnce(net, server, question, timeoutMs) {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = net.connect(server);
    const timer = setTimeout(() => socket.destroy(new Error('no answer in time')), timeoutMs);
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.end(question));
    socket.on('data', (text) => {
      answer += text;
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
    socket.on('close', () => clearTimeout(timer));
  });
}
