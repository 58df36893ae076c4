/** The command `woshou`: language, screen, commands, and how failures look. Nothing a person may run into shows a stack trace. */
import { WoshouError } from '../base/errors.ts';
import { failureText } from './failure-text.ts';
import { detectLanguage } from './language.ts';
import { runProgram } from './program.ts';
import { Screen } from './screen.ts';
import { version } from './version.ts';

const args = process.argv.slice(2);
const screen = new Screen({
  language: detectLanguage(args, process.env),
  out: process.stdout,
  err: process.stderr,
  env: process.env,
  color: args.includes('--no-color') ? false : undefined,
});

// A pager that was closed is no failure; a full disk is one, without a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  screen.fail(failureText(error, screen.language).message);
  process.exit(1);
});
// With nowhere left to complain, the exit code says it.
process.stderr.on('error', () => {});

// Commands are files of their own that share code with this one: it must be done evaluating before they are read.
void run();

async function run(): Promise<void> {
  try {
    process.exitCode = await runProgram(args, screen, version());
  } catch (error) {
    const isExpected = error instanceof WoshouError || (error instanceof Error && 'code' in error);
    if (!isExpected) throw error;
    const { message, fix } = failureText(error, screen.language);
    screen.fail(message, fix);
    process.exitCode = 1;
  }
}
