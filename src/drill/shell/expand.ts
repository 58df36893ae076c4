/** Words of shell lines expanded: variables, `$(…)`, `$((…))`, `{1..3}`; what cannot be known is null. */
import { shellArithmetic } from './arithmetic.ts';
import { matchesGlob } from './glob.ts';
import { ShellError } from './shell-error.ts';
import type { ShellNode, ShellPart, ShellWord } from './shell-tree.ts';

export abstract class ShellWords {
  protected readonly variables = new Map<string, string | null>();
  /** `$1`, `$2` of the function that runs. */
  protected positional: (string | null)[] = [];
  protected lastStatus: number | null = 0;

  /** What a command says; null: not known. */
  protected abstract outputOf(node: ShellNode): string | null;

  /** Words after expansion; null is one whose text is not known. */
  protected expandAll(words: readonly ShellWord[]): (string | null)[] {
    return words.flatMap((word) => this.expand(word));
  }

  protected expandOne(word: ShellWord): string | null {
    const texts = word.parts.map((part) => this.partText(part, word.offset));
    return texts.includes(null) ? null : texts.join('');
  }

  private expand(word: ShellWord): (string | null)[] {
    const braced = bracesOf(word);
    if (braced !== undefined) return braced;
    const fields: (string | null)[] = [];
    let open: string | null | undefined;
    const add = (text: string | null): void => {
      open = open === null || text === null ? null : (open ?? '') + text;
    };
    for (const part of word.parts) {
      const text = this.partText(part, word.offset);
      if (part.kind === 'variable' && part.name === '@' && part.isQuoted) {
        for (const [index, value] of this.positional.entries()) {
          if (index > 0 && open !== undefined) fields.push(open);
          if (index > 0) open = undefined;
          add(value);
        }
        continue;
      }
      if (part.isQuoted || part.kind === 'text' || text === null) {
        add(text);
        continue;
      }
      // What was not quoted falls apart at its blanks.
      const pieces = text.split(/\s+/);
      for (const [index, piece] of pieces.entries()) {
        if (index > 0 && open !== undefined) {
          fields.push(open);
          open = undefined;
        }
        if (piece !== '') add(piece);
      }
    }
    if (open !== undefined) fields.push(open);
    return fields;
  }

  private partText(part: ShellPart, offset: number): string | null {
    switch (part.kind) {
      case 'text':
        return part.text;
      case 'variable':
        return this.variable(part, offset);
      case 'arithmetic': {
        const value = this.calculate(part.text);
        if (typeof value === 'object' && value !== null) throw new ShellError(value.problem, offset);
        return value === null ? null : String(value);
      }
      case 'command': {
        return this.outputOf(part.body)?.replace(/\n+$/, '') ?? null;
      }
    }
  }

  /** `$((…))`, `((…))`: variables may be given other values. */
  protected calculate(text: string): ReturnType<typeof shellArithmetic> {
    const numberFor = (name: string): number | null => {
      const value = this.variables.get(name);
      return value === null ? null : Number(value ?? 0) || 0;
    };
    const given = text.replace(/\$\{?(\d)\}?/g, (_, digit: string) => this.positional[Number(digit) - 1] ?? '0');
    return shellArithmetic(given, numberFor, (name, value) => this.variables.set(name, String(value)));
  }

  private special(name: string): string | null | undefined {
    if (name === '?') return this.lastStatus === null ? null : String(this.lastStatus);
    if (name === '#') return String(this.positional.length);
    if (name === '@' || name === '*') return this.positional.includes(null) ? null : this.positional.join(' ');
    if (/^\d$/.test(name)) return name === '0' ? 'sh' : this.positional[Number(name) - 1];
    return /^\W/.test(name) ? (name === '$' ? '1' : '') : undefined;
  }

  private variable(part: ShellPart & { readonly kind: 'variable' }, offset: number): string | null {
    const { name, operator } = part;
    if (/^#./.test(name)) return ofText(this.variables.get(name.slice(1)) ?? '', (text) => String(text.length));
    const value = this.special(name) ?? (/^[A-Za-z_]/.test(name) ? this.variables.get(name) : undefined);
    const other = part.other.replace(/\$(\w+)/g, (_, each: string) => this.variables.get(each) ?? '');
    switch (operator) {
      case '':
        if (part.other !== '') throw new ShellError(`\${${name}${part.other}} is not supported here`, offset);
        return value === undefined ? '' : value;
      case ':-':
      case '-':
      case ':=':
      case '=': {
        const isThere = value !== undefined && !(operator.startsWith(':') && value === '');
        if (!isThere && operator.endsWith('=')) this.variables.set(name, other);
        return isThere ? value : other;
      }
      case ':+':
      case '+':
        return value === undefined || value === '' ? '' : other;
      case ':?':
      case '?':
        if (value !== undefined && value !== '') return value;
        throw new ShellError(`${name}: ${other === '' ? 'has no value' : other}`, offset);
      default:
        return ofText(value ?? '', (text) => altered(text, operator, other));
    }
  }
}

function ofText(text: string | null, change: (text: string) => string): string | null {
  return text === null ? null : change(text);
}

/** `${x#…}`, `${x%…}`, `${x/a/b}`, `${x:1:2}`, `${x^^}`. */
function altered(text: string, operator: string, other: string): string {
  switch (operator) {
    case '^^':
      return text.toUpperCase();
    case ',,':
      return text.toLowerCase();
    case ':': {
      const [from = 0, length] = other.split(':').map(Number);
      return text.slice(from, length === undefined ? undefined : length < 0 ? length : from + length);
    }
    case '/':
    case '//': {
      const [, escaped = '', by = ''] = /^((?:\\.|[^\\/])*)\/?([\s\S]*)$/.exec(other) ?? [];
      const pattern = escaped.replace(/\\(.)/g, '$1');
      return operator === '//' ? text.replaceAll(pattern, () => by) : text.replace(pattern, () => by);
    }
    default:
      return withoutEnd(text, operator, other);
  }
}

/** The shortest or longest piece that fits the pattern is taken off an end. */
function withoutEnd(text: string, operator: string, pattern: string): string {
  const isFront = operator.startsWith('#');
  const lengths = Array.from({ length: text.length + 1 }, (_, length) => length);
  if (operator.length === 2) lengths.reverse();
  const found = lengths.find((length) =>
    matchesGlob(pattern, isFront ? text.slice(0, length) : text.slice(text.length - length)),
  );
  if (found === undefined) return text;
  return isFront ? text.slice(found) : text.slice(0, text.length - found);
}

const RANGE = /^([^{}]*)\{(-?\d+)\.\.(-?\d+)\}([^{}]*)$/;
const CHOICES = /^([^{}]*)\{([^{},]*(?:,[^{},]*)+)\}([^{}]*)$/;

/** `{1..3}`, `a{b,c}`: several words; undefined for anything else. */
function bracesOf({ parts }: ShellWord): string[] | undefined {
  const [part] = parts;
  if (parts.length !== 1 || part?.kind !== 'text' || part.isQuoted) return undefined;
  const [, before = '', from, to, after = ''] = RANGE.exec(part.text) ?? [];
  if (from !== undefined) {
    const [first, last] = [Number(from), Number(to)];
    const count = Math.min(Math.abs(last - first), 9999) + 1;
    return Array.from({ length: count }, (_, at) => `${before}${first + (last < first ? -at : at)}${after}`);
  }
  const [, front = '', choices, back = ''] = CHOICES.exec(part.text) ?? [];
  return choices?.split(',').map((each) => `${front}${each}${back}`);
}
