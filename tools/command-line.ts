/** What the programs behind `npm run` share on their command lines. */

/**
 * What `read` makes of the command line. Ends the program after `--help`, with 0, and when `read` throws, with 2 and one line: what was
 * wrong, or of an option that does not exist which there are. The usage is where options have their names from.
 */
export function optionsOf<O extends { readonly help: boolean }>(usage: string, read: () => O): O {
  let options: O;
  try {
    options = read();
  } catch (error) {
    console.error(complaintOf(error, usage));
    process.exit(2);
  }
  if (!options.help) return options;
  console.log(usage);
  process.exit(0);
}

/** One line about a command line that `util.parseArgs`, or who reads on from there, has refused. */
export function complaintOf(error: unknown, usage: string): string {
  const { message, code } = error as Partial<NodeJS.ErrnoException>;
  const [firstLine = ''] = (message ?? String(error)).split('\n');
  if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `${firstLine}; --help tells more`;
  const [unknown = 'this option'] = /--?[^\s']+/.exec(firstLine) ?? [];
  const names = new Set(usage.match(/(?<=^\s*|\[)--[a-z][a-z-]*/gm));
  return `${unknown} is not known; there are ${[...names, '--help'].join(', ')}`;
}

/** The value of an option that takes a number of at least 0. @throws Error that names the option */
export function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (text !== '' && value >= 0 && Number.isFinite(value)) return value;
  throw new Error(`--${name} takes a number of at least 0, got '${text}'`);
}

/** The value of an option that takes a whole number of at least 1. @throws Error that names the option */
export function countOf(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new Error(`--${name} takes a whole number of at least 1, got '${text}'`);
}
