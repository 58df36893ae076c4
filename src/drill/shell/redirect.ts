/** Where input of commands comes from and output goes: settings under /proc/sys, texts, nowhere. */
import { DrillError } from '../drill-error.ts';
import { settingKey } from './command.ts';
import { ShellWords } from './expand.ts';
import { ShellError } from './shell-error.ts';
import type { ShellTarget } from './shell-target.ts';
import type { Redirection } from './shell-tree.ts';

export abstract class ShellFiles extends ShellWords {
  protected readonly target: ShellTarget;

  constructor(target: ShellTarget) {
    super();
    this.target = target;
  }

  protected inputOf(redirections: readonly Redirection[]): string | null | undefined {
    const one = redirections.find(({ mark }) => mark === '<' || mark === '<<<');
    if (one === undefined) return undefined;
    const text = this.expandOne(one.target);
    if (one.mark === '<<<') return text === null ? null : `${text}\n`;
    return text?.startsWith('/proc/sys/') ? this.target.sysctl(settingKey(text)) : null;
  }

  /** What is left of the output once it went where redirections say. */
  protected redirected(
    output: string | null,
    redirections: readonly Redirection[],
    text: string,
    offset: number,
  ): string | null {
    let left = output;
    for (const { descriptor, mark, target } of redirections) {
      if (descriptor !== 1 || (mark !== '>' && mark !== '>>')) continue;
      const path = this.expandOne(target) ?? '';
      if (path.startsWith('/proc/sys/')) this.writeSetting(path, output, text, offset);
      else if (!/^\/(?:tmp|dev|var\/tmp|sys\/kernel\/(?:debug|tracing))\//.test(path) && path.startsWith('/'))
        throw new ShellError(`'${text}' is not understood: nothing is written to ${path}`, offset);
      left = '';
    }
    return left;
  }

  private writeSetting(path: string, output: string | null, text: string, offset: number): void {
    if (output === null) throw new ShellError(`'${text}': what is to be written to ${path} is not known here`, offset);
    try {
      this.target.setSysctl(settingKey(path), output.trim());
    } catch (error) {
      if (!(error instanceof DrillError)) throw error;
      throw new ShellError(`'${text}': ${error.message}`, offset);
    }
  }
}
