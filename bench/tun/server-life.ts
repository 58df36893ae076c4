/** How the servers of this benchmark talk with the one who started them: the end of stdin ends them, a line is a question. */

/**
 * Says `ready`, and calls `close` at the end; what that returns is printed.
 * @param answer what to say to a question
 */
export function serveUntilEnd(close: () => object, answer?: () => Promise<object>): void {
  let asked = 0;
  process.stdin.resume();
  if (answer !== undefined) {
    process.stdin.on('data', async () => {
      const number = ++asked;
      process.stdout.write(`answer ${number} ${JSON.stringify(await answer())}\n`);
    });
  }
  process.stdin.on('end', () => {
    const said = close();
    process.stdout.write(`${JSON.stringify(said)}\n`, () => process.exit());
  });
  process.stdout.write('ready\n');
}
