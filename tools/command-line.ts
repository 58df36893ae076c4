/** What the tools behind `npm run` share on their command lines. */

/**
 * Reads the options and runs with them. Returns the exit code: 0 after `--help`, 2 with the complaint and the usage when `read` throws,
 * else what `run` says.
 */
export async function runTool<O extends { readonly help: boolean }>(
  usage: string,
  read: () => O,
  run: (options: O) => number | Promise<number>,
): Promise<number> {
  let options: O;
  try {
    options = read();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  if (!options.help) return run(options);
  console.log(usage);
  return 0;
}

/** The value of an option that takes a number of at least 0. @throws Error that names the option */
export function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (text !== '' && value >= 0 && Number.isFinite(value)) return value;
  throw new Error(`--${name} takes a number of at least 0, got '${text}'`);
}
