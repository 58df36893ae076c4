/**
 * What modules have that scripts import: `math`, `re`, and the little of `sys` and `os` that means something without a machine. What
 * else is asked of a module is an error that names it, and that nothing catches.
 */
import type { Caller, CallValues } from './call-values.ts';
import {
  type CodeClass,
  type CodeInstance,
  type CodeValue,
  checkLength,
  failCode,
  failUnsupported,
  floatOf,
  listOf,
  numberOf,
  tupleOf,
  wholeOf,
} from './code-values.ts';
import { textOf } from './format-spec.ts';
import { EXCEPTIONS, newInstance, raise } from './objects.ts';

/** Functions of one number. */
const MATH: Readonly<Record<string, (value: number) => number>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  sqrt: Math.sqrt,
  fabs: Math.abs,
  exp: Math.exp,
  log2: Math.log2,
  log10: Math.log10,
  sin: Math.sin,
  cos: Math.cos,
};
/** These give whole numbers. */
const WHOLE: readonly string[] = ['floor', 'ceil', 'trunc'];
/** These take two numbers, or more or other than one. */
const OTHERS: readonly string[] = ['log', 'pow', 'isclose', 'fmod', 'gcd', 'isnan', 'isinf'];
const MATH_CONSTANTS: Readonly<Record<string, number>> = {
  pi: Math.PI,
  e: Math.E,
  inf: Number.POSITIVE_INFINITY,
  nan: Number.NaN,
  tau: 2 * Math.PI,
};

function ofMath(args: CallValues): CodeValue {
  const name = args.name.slice('math.'.length);
  if (name === 'isclose') {
    args.expect(2, 2, 'rel_tol', 'abs_tol');
    const [left, right] = [args.number(0), args.number(1)];
    const relative =
      numberOf(args.named.get('rel_tol') ?? 1e-9, args.place) * Math.max(Math.abs(left), Math.abs(right));
    return Math.abs(left - right) <= Math.max(relative, numberOf(args.named.get('abs_tol') ?? 0, args.place));
  }
  args.expect(1, ['log', 'pow', 'fmod', 'gcd'].includes(name) ? 2 : 1);
  const value = args.number(0);
  if (name === 'isnan') return Number.isNaN(value);
  if (name === 'isinf') return Math.abs(value) === Number.POSITIVE_INFINITY;
  if (name === 'gcd') return commonDivisor(wholeOf(args.at(0), args.place), wholeOf(args.at(1), args.place));
  let result: number | undefined;
  if (name === 'log') result = Math.log(value) / (args.values.length > 1 ? Math.log(args.number(1)) : 1);
  else if (name === 'pow') result = value ** args.number(1);
  else if (name === 'fmod') result = value % args.number(1);
  else result = MATH[name]?.(value);
  if (result === undefined || !Number.isFinite(result))
    return failCode(args.place, `${args.name} of ${value} is no number`, 'ValueError');
  return WHOLE.includes(name) ? result : floatOf(result);
}

function commonDivisor(left: number, right: number): number {
  let [a, b] = [Math.abs(left), Math.abs(right)];
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

// --- re ---

const RE_FUNCTIONS: readonly string[] = ['match', 'search', 'fullmatch', 'findall', 'sub', 'split', 'escape'];
const RE_FLAGS: Readonly<Record<string, number>> = { I: 2, IGNORECASE: 2, M: 8, MULTILINE: 8, S: 16, DOTALL: 16 };
const PATTERN_MAX = 200;

/** What a pattern has found. */
const MATCH: CodeClass = {
  kind: 'class',
  name: 'Match',
  bases: [],
  members: new Map(
    ['group', 'groups', 'start', 'end'].map((name) => [name, { kind: 'builtin', name: `match.${name}` }]),
  ),
};

function patternOf(args: CallValues, marks: string): RegExp {
  const source = textOf(args.at(0));
  const flags = numberOf(args.named.get('flags') ?? args.values[args.name === 're.sub' ? 4 : 2] ?? 0, args.place);
  // Repeated groups could take for ever.
  if (source.length > PATTERN_MAX || /(?<!\\)\)[*+{]/.test(source))
    return failUnsupported(
      args.place,
      `the pattern '${source}' repeats a group or is too long, and is not supported here`,
    );
  const own = source
    .replace(/\(\?P</g, '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/\\Z/g, '$(?![\\s\\S])');
  try {
    return new RegExp(own, marks + (flags & 2 ? 'i' : '') + (flags & 8 ? 'm' : '') + (flags & 16 ? 's' : ''));
  } catch {
    return failUnsupported(args.place, `the pattern '${source}' is not supported here`);
  }
}

function ofRe(args: CallValues, caller: Caller): CodeValue {
  const name = args.name.slice('re.'.length);
  args.expect(name === 'escape' ? 1 : name === 'sub' ? 3 : 2, name === 'sub' ? 5 : 3, 'flags');
  const text = textOf(args.at(name === 'sub' ? 2 : name === 'escape' ? 0 : 1));
  caller.spend(text.length);
  switch (name) {
    case 'escape':
      return text.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&');
    case 'findall':
      return listOf([...text.matchAll(patternOf(args, 'g'))].map(foundBy));
    case 'split':
      return listOf(text.split(patternOf(args, '')).map((part) => part ?? null));
    case 'sub': {
      const by = textOf(args.at(1))
        .replace(/\$/g, '$$$$')
        .replace(/\\g<(\w+)>|\\(\d)/g, (_, named, digit) => `$${digit ?? named}`);
      const made = text.replace(patternOf(args, 'g'), by);
      checkLength(made.length, 'string', args.place, caller);
      return made;
    }
    default: {
      const found = patternOf(args, name === 'search' ? '' : 'y').exec(text);
      return found === null || (name === 'fullmatch' && found[0].length !== text.length) ? null : matchOf(found);
    }
  }
}

/** As `findall` has it: the whole, the one group, or all groups. */
function foundBy(found: RegExpMatchArray): CodeValue {
  const groups = found.slice(1).map((group) => group ?? '');
  return groups.length === 0 ? found[0] : groups.length === 1 ? (groups[0] ?? '') : tupleOf(groups);
}

function matchOf(found: RegExpExecArray): CodeInstance {
  const match = newInstance(MATCH, []);
  match.members.set('__all__', tupleOf(found.map((group) => group ?? null)));
  match.members.set('__at__', found.index);
  for (const [name, group] of Object.entries(found.groups ?? {})) match.members.set(`__${name}__`, group ?? null);
  return match;
}

function ofMatch(args: CallValues): CodeValue {
  const match = args.at(0) as CodeInstance;
  const all = match.members.get('__all__');
  const items = typeof all === 'object' && all !== null && 'items' in all ? all.items : [];
  const start = numberOf(match.members.get('__at__') ?? 0, args.place);
  const groupBy = (which: CodeValue): CodeValue => {
    const group = typeof which === 'string' ? match.members.get(`__${which}__`) : items[wholeOf(which, args.place)];
    return group === undefined ? failCode(args.place, 'no such group', 'IndexError') : group;
  };
  switch (args.name) {
    case 'match.groups':
      return tupleOf(items.slice(1));
    case 'match.start':
      return start;
    case 'match.end':
      return start + textOf(items[0] ?? '').length;
    default:
      if (args.values.length <= 2) return groupBy(args.values[1] ?? 0);
      return tupleOf(args.values.slice(1).map(groupBy));
  }
}

// --- what a module has ---

const SYS_FILES: readonly string[] = ['stdout', 'stderr'];

/** What a module has under a name; undefined when nothing. */
export function moduleMember(module: string, name: string): CodeValue | undefined {
  const builtin: CodeValue = { kind: 'builtin', name: `${module}.${name}` };
  switch (module) {
    case 'math': {
      const constant = MATH_CONSTANTS[name];
      if (constant !== undefined) return constant;
      return name in MATH || OTHERS.includes(name) ? builtin : undefined;
    }
    case 're':
      return RE_FLAGS[name] ?? (RE_FUNCTIONS.includes(name) ? builtin : undefined);
    case 'sys':
      if (SYS_FILES.includes(name)) return { kind: 'module', name: `sys.${name}` };
      return name === 'maxsize' ? 2 ** 63 : name === 'exit' ? builtin : undefined;
    case 'os':
      // Nobody has set anything.
      if (name === 'environ') return { kind: 'dict', entries: new Map() };
      return name === 'getenv' ? builtin : undefined;
    case 'sys.stdout':
    case 'sys.stderr':
      return name === 'write' || name === 'flush' ? { kind: 'builtin', name: `file.${name}` } : undefined;
    default:
      // `from __future__ import …` says what is so already.
      return module === '__future__' ? null : undefined;
  }
}

/** `module.name(…)`. */
export function callMember(args: CallValues, caller: Caller): CodeValue {
  const module = args.name.slice(0, args.name.indexOf('.'));
  if (module === 'math') return ofMath(args);
  if (module === 're') return ofRe(args, caller);
  if (module === 'match') return ofMatch(args);
  if (args.name === 'file.write') {
    args.expect(1, 1);
    caller.write(textOf(args.at(0)), args.place);
  }
  if (args.name === 'os.getenv') {
    args.expect(1, 2);
    return args.values[1] ?? null;
  }
  // Whatever is behind it is over; the program ends well with nothing or 0.
  if (args.name === 'sys.exit')
    return raise(newInstance(EXCEPTIONS.get('SystemExit') ?? MATCH, args.values), args.place);
  return null;
}
