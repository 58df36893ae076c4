/** The code of scripts, parsed and run: what holds, what is printed, what fails and how it says so. */
import { describe, expect, it } from 'vitest';
import { DrillSyntaxError } from '../drill-syntax-error.ts';
import { parseDrillScript } from '../parse-script.ts';
import { CodeError, type CodeValue } from './code-values.ts';
import { type CodeState, runCode } from './run-code.ts';

const FIELDS = new Map<string, CodeValue>([
  ['tcpi_snd_cwnd', 10],
  ['tcpi_options', 5],
  ['tcpi_pacing_rate', 2 ** 64],
  ['TCPI_OPT_SACK', 2],
  ['TCPI_OPT_WSCALE', 4],
  ['TCP_CA_Open', 0],
]);

function run(
  code: string,
  names: ReadonlyMap<string, CodeValue> = FIELDS,
  state: CodeState = { variables: new Map() },
): string[] {
  const lines: string[] = [];
  for (const { action } of parseDrillScript(`0 %{${code}}%`).events)
    if (action.kind === 'code') runCode(action.statements, names, state, (line) => lines.push(line));
  return lines;
}

function errorOf(code: string): CodeError {
  try {
    run(code);
  } catch (error) {
    if (error instanceof CodeError) return error;
    throw error;
  }
  throw new Error(`ran, but should not: ${code}`);
}

describe('expressions', () => {
  it.each<[string, string]>([
    ['1 + 2 * 3', '7'],
    ['(1 + 2) * 3', '9'],
    ['10 - 3 - 2', '5'],
    ['7 / 2', '3.5'],
    ['-7 // 2', '-4'],
    ['-7 % 3', '2'],
    ['7 % -3', '-2'],
    ['- -3', '3'],
    ['-0', '0'],
    ['~5', '-6'],
    ['+5', '5'],
    ['6 & 3 | 8 ^ 1', '11'],
    ['1 << 40', '1099511627776'],
    ['0xff00 >> 8', '255'],
    ['1 + 1 << 2', '8'],
    ['1 < 2 < 3', 'True'],
    ['1 < 2 > 3', 'False'],
    ['3 > 2 == 2', 'True'],
    ['1 == 1 and 2 != 2', 'False'],
    ['0 or 7', '7'],
    ['3 and 4', '4'],
    ['1 or undefined_name', '1'],
    ['0 and undefined_name', '0'],
    ['not 0', 'True'],
    ['not not 5', 'True'],
    ['not 1 == 2', 'True'],
    ['True + True', '2'],
    ['True == 1', 'True'],
    ['None', 'None'],
    ['1.5e3', '1500.0'],
    ['.5', '0.5'],
    ['abs(-3)', '3'],
    ['min(3, 1, 2)', '1'],
    ['max(3, 1, 2)', '3'],
    ['int(2.9)', '2'],
    ['int(-2.9)', '-2'],
    ['"a" + \'b\'', 'ab'],
    ['"a" < "b"', 'True'],
    ['"1" == 1', 'False'],
    ['(1, 2) == (1, 2)', 'True'],
    ['((1, 2))', '(1, 2)'],
    ['(1,)', '(1,)'],
    ['()', '()'],
    ['(1, "a") == (1, "b")', 'False'],
    ['tcpi_options & TCPI_OPT_SACK', '0'],
    ['tcpi_options & TCPI_OPT_WSCALE != 0', 'True'],
    ['tcpi_pacing_rate == 18446744073709551615', 'True'],
    ['"%d of %i" % (tcpi_snd_cwnd, 20)', '10 of 20'],
    ['"%5d|%-5d|%05d" % (1, 2, -3)', '    1|2    |-0003'],
    ['"%x %X %.2f %f %s %r %u%%" % (255, 255, 1.005, 2, "a", "a", 3)', "ff FF 1.00 2.000000 a 'a' 3%"],
    ['"%d" % 2.9', '2'],
    ['"%s" % None', 'None'],
  ])('%s is %s', (expression, text) => {
    expect(run(`print(${expression})`)).toEqual([text]);
  });

  it('operators that Python ranks lower than comparisons in C: & before ==', () => {
    expect(run('print(6 & 4 == 4)')).toEqual(['True']);
  });
});

describe('statements', () => {
  it('stand one a line, or with semicolons, and may be joined and commented', () => {
    const code = `
      # what follows is one statement
      a = 1 + \\
          2; b = (4 +
                  5)   # and another
      pass
      a += b
      print a, b
      print
      print("a", a)
    `;
    expect(run(code)).toEqual(['12 9', '', 'a 12']);
  });

  it.each(['+=', '-=', '*=', '//=', '%=', '&=', '|=', '^=', '<<=', '>>='])('x %s 3', (operator) => {
    expect(run(`x = 12; x ${operator} 3; print(x == 12 ${operator.slice(0, -1)} 3)`)).toEqual(['True']);
  });

  it('assert nothing that holds', () => {
    expect(run('assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd; assert 5 < tcpi_snd_cwnd <= 10')).toEqual([]);
  });

  it('keep variables from block to block, where captured fields win', () => {
    const state: CodeState = { variables: new Map() };
    run('before = tcpi_snd_cwnd; tcpi_snd_cwnd = 99', FIELDS, state);
    const later = run('print(before, tcpi_snd_cwnd)', new Map([['tcpi_snd_cwnd', 20]]), state);
    expect(later).toEqual(['10 20']);
  });

  it('may give a variable the value None, and a field another for the rest of the block', () => {
    expect(run('x = None; tcpi_snd_cwnd = None; print(x, tcpi_snd_cwnd)')).toEqual(['None None']);
  });
});

describe('failures', () => {
  it.each<[string, string]>([
    ['assert tcpi_snd_cwnd == 11', 'assertion failed: 10 == 11'],
    ['assert tcpi_snd_cwnd == 11, "window %d" % tcpi_snd_cwnd', 'assertion failed: 10 == 11: window 10'],
    ['assert 1 < 2 < 2 < nowhere', 'assertion failed: 2 < 2'],
    ['assert not tcpi_snd_cwnd', 'assertion failed'],
    ['assert 0, None', 'assertion failed: None'],
  ])('%s: %s', (code, message) => {
    const error = errorOf(code);
    expect([error.code, error.message]).toEqual(['ERR_DRILL_ASSERTION', message]);
  });

  it('have a place in the script', () => {
    expect(errorOf('\n  x = 1\n  assert x == 2').place).toEqual({ line: 3, column: 3 });
    expect(errorOf('x = 1 + nowhere').place).toEqual({ line: 1, column: 13 });
  });

  it.each([
    ['nowhere', "the name 'nowhere' has no value"],
    ['1 / 0', 'division by zero'],
    ['1 // 0', 'division by zero'],
    ['1 % 0', 'division by zero'],
    ['1 << 65', 'a shift by 65'],
    ['1 >> -1', 'a shift by -1'],
    ['1.5 & 1', '1.5 is not a whole number'],
    ['"a" - 1', 'cannot be joined by -'],
    ['"a" + 1', 'cannot be joined by +'],
    ['1 + "a"', 'a is not a number'],
    ['1 < "a"', 'a is not a number'],
    ['-None', 'None is not a number'],
    ['abs()', 'abs takes one argument, got 0'],
    ['abs(1, 2)', 'abs takes one argument, got 2'],
    ['min()', 'min takes arguments'],
    ['"%d"  % "a"', "'%d' needs a number"],
    ['"%d %d" % 1', "'%d' has no value"],
    ['"%d" % (1, 2)', '2 values are given'],
    ['"%y" % 1', "'%y' is no conversion"],
    ['"%" % 1', "'%' is no conversion"],
    ['2 ** 5000', 'too large'],
    ['(-8) ** 0.5', 'is no number'],
    ['[1][1]', 'the index 1 is out of range'],
    ['{"a": 1}["b"]', "the dict has no 'b'"],
    ['{[1]: 2}', 'a list cannot be a key'],
    ['a, b = 1, 2, 3', '3 values for 2 names'],
    ['(1, 2)[0] = 3', 'the items of a tuple cannot be set'],
    ['5()', 'a number cannot be called'],
    ['len(5)', 'a number has no length'],
    ['for x in 5: pass', 'a number has no items'],
    ['1 in 2', 'nothing is in a number'],
    ['"a".encode("x")', "'.encode' of a string is not supported here"],
    ['import os; os.system("true")', 'os.system is not supported here'],
    ['import sys; sys.exit(1)', 'SystemExit: 1'],
    ['import time\ntry: time.time()\nexcept Exception: pass', 'time.time is not supported here'],
    ['raise ValueError("bad")', 'ValueError: bad'],
    ['raise 5', 'only exceptions can be raised'],
    ['raise', 'nothing was caught'],
    ['class A: pass\nA().x', "A has no attribute 'x'"],
    ['class A: pass\nA(1)', 'A takes no arguments'],
    ['class A(5): pass', 'a class descends from classes'],
    ['try: 1/0\nexcept KeyError: pass', 'division by zero'],
    ['def f(a, *, b): pass\nf(1, 2)', 'f takes 1 arguments, got 2'],
    ['def f(a): pass\nf(1, a=2)', 'f is given a twice'],
    ['a, *b = []', '0 values for 2 names'],
    ['x = 5; x.y = 1', 'an attribute of a number cannot be set'],
    ['[1][1.0]', '1 is not a whole number'],
    ['import re; re.match("(a+)+b", "aaa")', 'repeats a group'],
    ['from math import sinh', 'math.sinh is not supported here'],
    ['open("/etc/passwd")', "the name 'open' has no value"],
    ['__import__("os")', "the name '__import__' has no value"],
    ['().__class__', "'.__class__' of a tuple is not supported"],
    ['print(1, to=2)', "print takes no argument named 'to'"],
    ['range(10 ** 9)', '65536 are allowed'],
    ['"{} {}".format(1)', "'{}' has no value"],
    ['"{:q}".format(1)', "'q' is no format"],
    ['"{:d}".format("a")', "'d' does not fit a"],
    ['"%(b)d" % {"a": 1}', 'has no value of that name'],
    ['int("x1")', "'x1' is not a number"],
    ['float("x")', "'x' is not a number"],
    ['def f(a): return a\nf()', 'f is called without a'],
    ['def f(a): return a\nf(1, 2)', 'f takes 1 arguments, got 2'],
    ['def f(a): return a\nf(b=1, a=2)', "f has no parameter 'b'"],
    ['del x', "there is no variable 'x'"],
    ['[1, 2].remove(3)', '3 is not in the list'],
    ['1e308 * 10', 'too large'],
  ])('%s: %s', (code, message) => {
    const error = errorOf(code);
    expect([error.code, error.message]).toEqual(['ERR_DRILL_CODE', expect.stringContaining(message)]);
  });

  it('come before memory or patience runs out', () => {
    expect(errorOf(`x = "ab"${'; x = x + x'.repeat(60)}`).message).toContain('65536 are allowed');
    expect(errorOf(`x = [1]${'; x = x + x'.repeat(60)}`).message).toContain('65536 are allowed');
    const grown = `x = "a"${'; x = x + x'.repeat(16)}`;
    expect(errorOf(`${grown}; print(x, x)`).message).toContain('is printed');
    expect(errorOf(`${grown}; y = "${'%s'.repeat(3)}" % (x, x, x)`).message).toContain('longer than');
    expect(run(`x = (${Array(100).fill('1').join()}); print("a", x)`)[0]).toMatch(/^a \((?:1, ){32}…\)$/);
    expect(run('x = []; x.append(x); print(x)')[0]).toBe('[[[[[[…]]]]]]');
    expect(run(`x = [1]${'; x = [x, x]'.repeat(60)}; print(len(str(x)) < 9000)`)).toEqual(['True']);
  });

  it.each([
    'while True: pass',
    'def f(x):\n  while x: x = x + 1\nf(1)',
    'for i in range(60000):\n  for j in range(60000): pass',
    `x = [1]${'; x = [x, x]'.repeat(60)}; y = [1]${'; y = [y, y]'.repeat(60)}; x == y`,
    'x = "a" * 60000\nwhile 1: y = x + "b"',
    'sum([[i for i in range(60000)] for j in range(60000)], [])',
  ])('%s comes to an end', (code) => {
    expect(errorOf(code).message).toContain('1000000 steps');
  });

  it.each(['def f(n): return f(n + 1)\nf(0)', 'f = lambda: f()\nf()'])('%s does not fill the stack', (code) => {
    expect(errorOf(code).message).toContain('too deep');
  });
});

describe('syntax', () => {
  it.each([
    ['x =', 'the code ends too early'],
    ['assert', 'the code ends too early'],
    ['x y', "unexpected 'y'"],
    ['(1', 'the code ends too early'],
    ['1)', "unexpected ')'"],
    ['1 +\n2', 'unexpected end of line'],
    ['"a', 'a string never ends'],
    ['min(1', 'the code ends too early'],
    ['1 = 2', 'this cannot be assigned to'],
    ['min(3) += 1', 'this cannot be assigned to'],
    ['a, b += 1', "unexpected '+='"],
    ['try: x', 'the code ends too early'],
    ['with x: pass', "'with' is not supported"],
    ['exec("x")', "'exec' is not supported"],
    ['@x\ny = 1', "unexpected 'y'"],
    ['$x', "'$' is not supported"],
    ['f(a=1, 2)', "unexpected '2'"],
    ['break', "'break' outside of a loop"],
    ['return 1', "'return' outside of a function"],
    ['if 1:', 'the code ends too early'],
    ['\nif 1:\nx = 1', 'an indented block is missing'],
    ['if 1:\n  x = 1\n    y = 2', 'indented for no reason'],
    ['\nif 1:\n  if 1:\n     x = 1\n   y = 2', 'indented like no block'],
    ['else: x', "unexpected 'else'"],
    ['x in', 'the code ends too early'],
    ['f"{x"', 'is not closed'],
    ['f"x}"', "a single '}'"],
    ['f"{}"', 'an empty field'],
    ["'''a", 'a string never ends'],
    ['0x', 'is not a number'],
    ['1' + '0'.repeat(30), 'is too large'],
    ['x = ' + '1+'.repeat(501) + '1', 'more than 500 operators'],
    ['('.repeat(40) + '1' + ')'.repeat(40), 'nested deeper than 32'],
    ['-'.repeat(40) + '1', 'nested deeper than 32'],
  ])('%s: %s', (code, problem) => {
    let error: unknown;
    try {
      run(code);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(DrillSyntaxError);
    expect(error).toMatchObject({ problem: expect.stringContaining(problem) });
  });

  it('500 operators in a statement are fine, and so are more in several', () => {
    const sum = `x = ${'1+'.repeat(500)}1`;
    expect(run(`${sum}\n${sum}\nprint(x)`)).toEqual(['501']);
  });
});
