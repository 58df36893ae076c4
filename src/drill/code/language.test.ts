/** What scripts may write in `%{ … }%`, form by form: statements, layouts, values, functions, text; each with what Python prints. */
import { describe, expect, it } from 'vitest';
import { parseDrillScript } from '../parse-script.ts';
import type { CodeValue } from './code-values.ts';
import { type CodeState, runCode } from './run-code.ts';

const FIELDS = new Map<string, CodeValue>([
  ['tcpi_snd_cwnd', 10],
  ['tcpi_state', 1],
  ['TCP_ESTABLISHED', 1],
  ['TCP_CLOSE', 7],
]);

/** Runs every block of a script; what they print. */
function runScriptText(text: string): string[] {
  const lines: string[] = [];
  const state: CodeState = { variables: new Map() };
  for (const { action } of parseDrillScript(text).events)
    if (action.kind === 'code') runCode(action.statements, FIELDS, state, (line) => lines.push(line));
  return lines;
}

function run(code: string): string[] {
  return runScriptText(`0 %{${code}}%`);
}

describe('expressions', () => {
  it.each<[string, string]>([
    ['2 ** 10', '1024'],
    ['-2 ** 2', '-4'],
    ['2 ** -1', '0.5'],
    ['2 ** 3 ** 2', '512'],
    ['0b101 + 0o17 + 1_000', '1020'],
    ['10L', '10'],
    ['1 if 2 > 1 else 3', '1'],
    ['"a" if 0 else "b" if 0 else "c"', 'c'],
    ['1 in (1, 2)', 'True'],
    ['3 not in [1, 2]', 'True'],
    ['tcpi_state in {TCP_ESTABLISHED, TCP_CLOSE}', 'True'],
    ['"b" in "abc"', 'True'],
    ['"a" in {"a": 1}', 'True'],
    ['None is None', 'True'],
    ['1 is not None', 'True'],
    ['not 1 in (1, 2)', 'False'],
    ['1 < 2 in (2, 3)', 'True'],
    ['[1, 2] + [3]', '[1, 2, 3]'],
    ['[0] * 3', '[0, 0, 0]'],
    ['2 * (1, 2)', '(1, 2, 1, 2)'],
    ['[1, 2] == [1, 2]', 'True'],
    ['[1] == (1,)', 'False'],
    ['(1, 2) < (1, 3)', 'True'],
    ['{1, 2} == {2, 1}', 'True'],
    ['{"a": 1} == {"a": 1}', 'True'],
    ['[1, [2, "x"]]', "[1, [2, 'x']]"],
    ['{"a": 1, 2: None}', "{'a': 1, 2: None}"],
    ['[1, 2, 3][1]', '2'],
    ['[1, 2, 3][-1]', '3'],
    ['[1, 2, 3][1:]', '[2, 3]'],
    ['[1, 2, 3][:-1]', '[1, 2]'],
    ['[1, 2, 3][::-1]', '[3, 2, 1]'],
    ['"abcdef"[1:5:2]', 'bd'],
    ['"abc"[0]', 'a'],
    ['{"a": {"b": 5}}["a"]["b"]', '5'],
    ['[x * x for x in range(4)]', '[0, 1, 4, 9]'],
    ['[x for x in range(10) if x % 2 if x > 3]', '[5, 7, 9]'],
    ['[x + y for x in (1, 2) for y in (10, 20)]', '[11, 21, 12, 22]'],
    ['[a for a, b in [(1, 2), (3, 4)]]', '[1, 3]'],
    ['{x: x * 2 for x in (1, 2)}', '{1: 2, 2: 4}'],
    ['len({x % 2 for x in range(9)})', '2'],
    ['any(x > 2 for x in (1, 3))', 'True'],
    ['all([x > 2 for x in (1, 3)])', 'False'],
    ['sum(range(5))', '10'],
    ['sum([0.5, 1], 1)', '2.5'],
    ['(lambda a, b=2: a + b)(1)', '3'],
    ['sorted([3, 1, 2])', '[1, 2, 3]'],
    ['sorted([3, 1, 2], reverse=True)', '[3, 2, 1]'],
    ['sorted(["aa", "b"], key=len)', "['b', 'aa']"],
    ['list(reversed([1, 2]))', '[2, 1]'],
    ['list(enumerate("ab"))', "[(0, 'a'), (1, 'b')]"],
    ['list(zip([1, 2], [3, 4]))', '[(1, 3), (2, 4)]'],
    ['list(map(lambda x: x + 1, [1, 2]))', '[2, 3]'],
    ['list(filter(None, [0, 1]))', '[1]'],
    ['min([3, 1])', '1'],
    ['max("a", "c", "b")', 'c'],
    ['max([1, -5], key=abs)', '-5'],
    ['min([], default=4)', '4'],
    ['round(2.5)', '2'],
    ['round(3.5)', '4'],
    ['round(2.345, 2)', '2.35'],
    ['int("42")', '42'],
    ['int("ff", 16)', '255'],
    ['int("0x10", 0)', '16'],
    ['float("1.5")', '1.5'],
    ['str(5) + "x"', '5x'],
    ['bool([])', 'False'],
    ['hex(255)', '0xff'],
    ['oct(8) + bin(5)', '0o100b101'],
    ['repr("a")', "'a'"],
    ['divmod(7, 2)', '(3, 1)'],
    ['len("abc") + len([1]) + len({})', '4'],
    ['list(range(5, 0, -2))', '[5, 3, 1]'],
    ['chr(65) + str(ord("B"))', 'A66'],
    ['abs(-2.5)', '2.5'],
    ['float("inf") > 10', 'True'],
    ['dict(a=1, b=2)["b"]', '2'],
    ['18446744073709551615', '18446744073709551616'],
    ['1 >> 1000', '0'],
    ['(True ^ False, True & False, True | 2)', '(True, False, 3)'],
    ['"{:>3}|{:d}".format(True, False)', '  1|0'],
    ['range(4)', 'range(0, 4)'],
    ['range(1, 7, 2)', 'range(1, 7, 2)'],
  ])('%s prints %s', (expression, text) => {
    expect(run(`print(${expression})`)).toEqual([text]);
  });
});

describe('text', () => {
  it.each<[string, string]>([
    ['"a" \'b\' """c"""', 'abc'],
    ['r"a\\n"', 'a\\n'],
    ['"\\x41\\u0042\\103\\q\\\\"', 'ABC\\q\\'],
    ['u"ü"', 'ü'],
    ['"ab" * 2', 'abab'],
    ['f"{tcpi_snd_cwnd} of {1 + 1}"', '10 of 2'],
    ['f"{3.14159:.2f}|{5:>4}|{5:<4}|{5:^5}|{5:04d}|{255:#x}"', '3.14|   5|5   |  5  |0005|0xff'],
    ['f"{{}} {1}"', '{} 1'],
    ['f"{\'x\'!r} {tcpi_snd_cwnd=}"', "'x' tcpi_snd_cwnd=10"],
    ['f"{1234567:,} {0.25:.0%} {1e-7:g} {12345.678:e}"', '1,234,567 25% 1e-07 1.234568e+04'],
    ['f"{5:{2 + 1}}|"', '  5|'],
    ['f"a" "b" f"{1}"', 'ab1'],
    ['"{} {}".format(1, "b")', '1 b'],
    ['"{1} {0} {x}".format(1, 2, x=3)', '2 1 3'],
    ['"{0:>5}|{0:x}|{0!r}".format(10)', '   10|a|10'],
    ['"{0[1]} {d[k]}".format([1, 2], d={"k": 3})', '2 3'],
    ['"{:{}}|".format(1, 3)', '  1|'],
    ['"{{}}".format()', '{}'],
    ['"%(a)d %(b)s" % {"a": 1, "b": "x"}', '1 x'],
    ['"%s" % {"a": 1}', "{'a': 1}"],
    ['"%s" % [1, 2]', '[1, 2]'],
    ['"%s %s" % (1, (2, 3))', '1 (2, 3)'],
    ['"%+d % d %#x %o %e %g %5.1f|" % (1, 2, 255, 8, 1.5, 0.0001, 2.26)', '+1  2 0xff 10 1.500000e+00 0.0001   2.3|'],
    [
      '"%.1f %.1f %.1f %.0f %.0f %.2f %.2f" % (0.25, 0.75, -2.25, 2.5, 3.5, 2.675, 1.005)',
      '0.2 0.8 -2.2 2 4 2.67 1.00',
    ],
    ['"%-*d|" % (4, 7)', '7   |'],
    ['"%c%c" % (65, "B")', 'AB'],
    ['"%ld %lu" % (1, 2)', '1 2'],
    ['", ".join(["a", "b"])', 'a, b'],
    ['"a,b".split(",")', "['a', 'b']"],
    ['" a b ".split()', "['a', 'b']"],
    ['" x ".strip() + "xyx".lstrip("x") + "yx".rstrip("x")', 'xyxy'],
    ['"abc".startswith("ab") and "abc".endswith(("x", "c"))', 'True'],
    ['"aB".upper() + "aB".lower()', 'ABab'],
    ['"aaa".replace("a", "bc")', 'bcbcbc'],
    ['"abcab".find("b") + "abcab".count("ab")', '3'],
    ['"-7".zfill(4)', '-007'],
    ['"7".zfill(3) + "7".ljust(3, ".") + "7".rjust(3)', '0077..  7'],
  ])('%s prints %s', (expression, text) => {
    expect(run(`print(${expression})`)).toEqual([text]);
  });
});

describe('statements', () => {
  it.each<[string, readonly string[]]>([
    ['x = y = 1; print(x, y)', ['1 1']],
    ['a, b = 1, 2; a, b = b, a; print(a, b)', ['2 1']],
    ['(a, b), c = (1, 2), 3; print(a + b + c)', ['6']],
    ['x = [1, 2]; x[0] = 5; x[1] += 1; print(x)', ['[5, 3]']],
    ['d = {}; d["a"] = 1; d["a"] **= 2; print(d, d.get("b", 7))', ["{'a': 1} 7"]],
    ['x = [1, 2, 3]; del x[0]; print(x)', ['[2, 3]']],
    [
      'x = [2]; x.append(1); x.extend([3]); x.sort(); x.reverse(); x.insert(0, 9); print(x, x.pop(), x.index(2))',
      ['[9, 3, 2] 1 2'],
    ],
    [
      'd = {"a": 1}; d.update({"b": 2}); print(d.keys(), d.values(), d.items())',
      ["['a', 'b'] [1, 2] [('a', 1), ('b', 2)]"],
    ],
    ['if 1: print("a"); print("b")', ['a', 'b']],
    ['if 0: print("a")\nelif 0: print("b")\nelse: print("c")', ['c']],
    ['for i in range(3): print(i)', ['0', '1', '2']],
    ['for k, v in {"a": 1}.items(): print(k, v)', ['a 1']],
    ['i = 0\nwhile i < 3:\n  i += 1\n  if i == 2: continue\n  print(i)\nelse:\n  print("end")', ['1', '3', 'end']],
    ['for i in [1, 2]:\n  if i == 2: break\nelse:\n  print("no")\nprint(i)', ['2']],
    ['def f(a, b=2):\n  return a * b\nprint(f(3), f(3, b=4), f(b=1, a=5))', ['6 12 5']],
    ['def f():\n  pass\nprint(f())', ['None']],
    ['def f(n): return 1 if n < 2 else n * f(n - 1)\nprint(f(10))', ['3628800']],
    ['total = 0\ndef add(n):\n  global total\n  total += n\nadd(2); add(3); print(total)', ['5']],
    ['def outer(a):\n  def inner(b): return a + b\n  return inner\nprint(outer(1)(2))', ['3']],
    ['x = 5\ndef f():\n  x = 6\n  return x\nprint(f(), x)', ['6 5']],
    [
      'import math, sys as s\nprint(math.floor(2.7), math.ceil(2.1), math.sqrt(9), math.pi > 3, s.maxsize > 0)',
      ['2 3 3.0 True True'],
    ],
    ['import os.path\nfrom math import floor, ceil as up\nprint(floor(1.5), up(1.5))', ['1 2']],
    ['from __future__ import print_function, division\nprint(1 / 2)', ['0.5']],
    ['import sys\nsys.stdout.write("a\\n"); sys.stderr.write("b"); sys.stderr.flush()', ['a', 'b']],
    ['print("a", end=""); print("b", "c", sep="-")', ['ab-c']],
    ['print("a\\nb")', ['a', 'b']],
    ['import sys\nprint("x", file=sys.stderr)', ['x']],
    ['import sys\nprint >>sys.stderr, "x", 1', ['x 1']],
    ['print "%d of" % 1, (2, 3)', ['1 of (2, 3)']],
    ['print ("%d") % 5', ['5']],
    ['print (1), 2', ['1 2']],
    ['assert (tcpi_snd_cwnd == 10), "message"', []],
    ['assert tcpi_snd_cwnd in (9, 10), tcpi_snd_cwnd;', []],
    ['assert isinstance if False else True', []],
    ['"""a text that says\nsomething"""\nprint(1)', ['1']],
    ['x = (1 +\n 2\n)\ny = [\n  1,\n  2,\n]\nprint(x, y)', ['3 [1, 2]']],
    ['x = 1 + \\\n    2\nprint(x)', ['3']],
    ['pass; ; print(1);', ['1']],
  ])('%j', (code, lines) => {
    expect(run(code)).toEqual(lines);
  });
});

describe('layout', () => {
  const body = ['if tcpi_snd_cwnd == 10:', '  for i in range(2):', '    print(i)', '  print("in")', 'print("out")'];
  const printed = ['0', '1', 'in', 'out'];

  it.each<[string, string]>([
    ['begins behind the bracket', ` ${body.join('\n')} `],
    ['begins on the next line', `\n${body.join('\n')}\n`],
    ['is further in', `\n${body.map((line) => `      ${line}`).join('\n')}\n   `],
    [
      'is further in than what stands behind the bracket',
      ` ${body[0]}\n${body
        .slice(1)
        .map((line) => `     ${line}`)
        .join('\n')}`,
    ],
    [
      'has tabs',
      `\n${body.map((line) => `\t${line.replace(/^ +/, (blanks) => '\t'.repeat(blanks.length / 2))}`).join('\n')}`,
    ],
    ['is of another system', `\r\n${body.join('\r\n')}\r\n`],
    [
      'has blank lines and remarks',
      `\n# first\n\n${body.join('\n   \n# remark at the margin\n      # and another\n')}`,
    ],
  ])('of code that %s', (_, code) => {
    expect(run(code)).toEqual(printed);
  });

  it('at the margin need not be exact, as long as no block begins', () => {
    expect(run(' print(1)\n       print(2)\n   print(3)\n print(4) ')).toEqual(['1', '2', '3', '4']);
  });

  it('functions and variables live from block to block', () => {
    const text = `0 %{
def grown(before):
    return tcpi_snd_cwnd - before
seen = []
}%
+0 %{ seen.append(grown(4)) }%
+.1 %{ seen += [1]
       print(seen) }%
`;
    expect(runScriptText(text)).toEqual(['[6, 1]']);
  });
});
