/** How the servers of this benchmark talk with the one who started them: a line asks for CPU time, the end of stdin ends them. */

/** Says `ready`, answers, and calls `close` at the end; what that returns is printed. */
export function serveUntilEnd(close: () => object): void {
  let asked = 0;
  process.stdin.setEncoding('utf8').on('data', (text: string) => {
    for (let line = 1; line < text.split('\n').length; line++) {
      const { user, system } = process.cpuUsage();
      process.stdout.write(`cpu ${++asked} ${user + system}\n`);
    }
  });
  process.stdin.on('end', () => {
    const said = close();
    process.stdout.write(`${JSON.stringify(said)}\n`, () => process.exit());
  });
  process.stdout.write('ready\n');
}
