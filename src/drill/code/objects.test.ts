/** Classes, exceptions, parameters of all kinds, fractions and modules in `%{ … }%`; each with what Python prints. */
import { describe, expect, it } from 'vitest';
import { parseDrillScript } from '../parse-script.ts';
import { runCode } from './run-code.ts';

function run(code: string): string[] {
  const lines: string[] = [];
  const state = { variables: new Map() };
  for (const { action } of parseDrillScript(`0 %{\n${code}\n}%`).events)
    if (action.kind === 'code') runCode(action.statements, new Map(), state, (line) => lines.push(line));
  return lines;
}

describe('as in Python', () => {
  it.each<[string, readonly string[]]>([
    [
      'class A:\n  def __init__(self, x=1):\n    self.x = x\n  def get(self): return self.x\na = A(3)\na.x += 1\nprint(a.get(), A().get(), isinstance(a, A), type(a) == A)',
      ['4 1 True True'],
    ],
    [
      'class A:\n  n = 1\n  @property\n  def p(self): return self.n + 1\n  @staticmethod\n  def s(): return 7\n  @classmethod\n  def c(cls): return cls.n\nprint(A.n, A().p, A.s(), A().s(), A.c())',
      ['1 2 7 7 1'],
    ],
    [
      'class A(object):\n  def f(self): return 1\nclass B(A):\n  def f(self): return super().f() + 1\nprint(B().f(), isinstance(B(), A), hasattr(B(), "g"), getattr(B(), "g", 5))',
      ['2 True False 5'],
    ],
    [
      'class V:\n  def __init__(self, v): self.v = v\n  def __str__(self): return "v%d" % self.v\n  def __len__(self): return self.v\n  def __getitem__(self, i): return i * self.v\n  def __call__(self, y): return self.v + y\nv = V(4)\nprint(v, str(v), f"{v}", len(v), v[2], v(3))',
      ['v4 v4 v4 4 8 7'],
    ],
    [
      'try:\n  print("a")\n  raise ValueError("bad", 1)\nexcept (KeyError, ValueError) as e:\n  print(e, e.args)\nelse:\n  print("no")\nfinally:\n  print("end")',
      ['a', "('bad', 1) ('bad', 1)", 'end'],
    ],
    ['try: print("a")\nexcept: print("b")\nelse: print("c")\nfinally: print("d")', ['a', 'c', 'd']],
    [
      'for code in ["k", "i", "z", "t", "n", "v", "a"]:\n  try:\n    if code == "k": {}["x"]\n    if code == "i": [][1]\n    if code == "z": 1 / 0\n    if code == "t": 1 + "a"\n    if code == "n": nothing\n    if code == "v": int("x")\n    if code == "a": assert False, "why"\n  except LookupError as e: print("lookup", type(e).__name__)\n  except ArithmeticError as e: print("number", e)\n  except AssertionError as e: print("assert", e)\n  except Exception as e: print(type(e).__name__)',
      [
        'lookup KeyError',
        'lookup IndexError',
        'number division by zero',
        'TypeError',
        'NameError',
        'ValueError',
        'assert why',
      ],
    ],
    [
      'class E(Exception):\n  pass\ndef f():\n  try:\n    raise E("x")\n  finally:\n    print("f")\ntry: f()\nexcept E as e: print("caught", e, repr(e))',
      ['f', "caught x E('x')"],
    ],
    [
      'def f():\n  for i in range(3):\n    try:\n      if i == 1: continue\n      if i == 2: return i\n    finally:\n      print("fin", i)\nprint(f())',
      ['fin 0', 'fin 1', 'fin 2', '2'],
    ],
    [
      'try:\n  try: 1/0\n  except ZeroDivisionError: raise\nexcept ArithmeticError as e: print("again", e)',
      ['again division by zero'],
    ],
    [
      'def deco(f):\n  def g(*a, **k): return f(*a, **k) + 1\n  return g\n@deco\n@deco\ndef one(x, y=0): return x + y\nprint(one(1), one(1, y=5))',
      ['3 8'],
    ],
    [
      'def f(a, b=2, *c, d=4, **e): return (a, b, c, d, e)\nprint(f(1), f(1, 3, 5, 6, d=7, z=8), f(*[1, 2], **{"d": 0}))',
      ["(1, 2, (), 4, {}) (1, 3, (5, 6), 7, {'z': 8}) (1, 2, (), 0, {})"],
    ],
    [
      'a, *b = [1, 2, 3]\n*c, d = "xy"\ne, *f, g = range(4)\nprint(a, b, c, d, e, f, g, [*b, 0], (*b,), {**{}} if False else {})',
      ["1 [2, 3] ['x'] y 0 [1, 2] 3 [2, 3, 0] (2, 3) {}"],
    ],
    [
      'def outer():\n  n = 0\n  def inner():\n    nonlocal n\n    n += 1\n    return n\n  inner()\n  return inner()\nprint(outer())',
      ['2'],
    ],
    [
      'def gen(n):\n  for i in range(n): yield i\n  yield from [7, 8]\nprint(list(gen(2)), sum(gen(3)))',
      ['[0, 1, 7, 8] 18'],
    ],
    [
      'def f(x: int, y: "str" = "a") -> int:\n  z: int = x\n  return z\nprint(f(3))\nif (n := 5) > 3: print(n)',
      ['3', '5'],
    ],
    [
      'print(4.0, 10 / 2, 7 // 2, 7.0 // 2, 2 * 1.5, 1e3, float(3), round(2.5), round(2.567, 1), round(7, 1), abs(-2.0), -0.5 * 2, 3 % 2.0)',
      ['4.0 5.0 3 3.0 3.0 1000.0 3.0 2 2.6 7 2.0 -1.0 1.0'],
    ],
    [
      'print([1.0, 2], {"a": 3.0}, str(5.0), repr(1e16), 1e22, "%s %d %.1f %g" % (2.0, 2.0, 2.0, 2.0), "{} {:.2f} {:g} {:5}|".format(4.0, 4.0, 4.0, 4.0), f"{6/3} {6/3:.0f}")',
      ["[1.0, 2] {'a': 3.0} 5.0 1e+16 1e+22 2.0 2 2.0 2 4.0 4.00 4   4.0| 2.0 2"],
    ],
    [
      'print(1.0 == 1, 1.0 in [1], {1: 2}[1.0], 3.0 > 2, max(1, 2.0), min(1.0, 1), sum([0.5, 0.5]), int(3.0), bool(0.0), not 2.0, 2 ** 2.0, divmod(7.0, 2))',
      ['True True 2 True 2.0 1.0 1.0 3 False False 4.0 (3.0, 1.0)'],
    ],
    [
      'import math\nprint(math.sqrt(16), math.floor(2.0), math.pow(2, 3), math.gcd(12, 18), math.isnan(float("nan")), math.isinf(math.inf), math.fmod(7, 3))',
      ['4.0 2 8.0 6 True True 1.0'],
    ],
    [
      'import re\nm = re.match(r"(\\w+)=(?P<v>\\d+)", "cwnd=10;")\nprint(m.group(0), m.group(1), m.group("v"), m.groups(), m.end(), re.search("x", "abc"), re.findall(r"\\d+", "1 22"), re.sub(r"(a)", r"<\\1>", "banana"), re.split(r"[,;]", "a,b;c"), bool(re.fullmatch("a", "ab")))',
      ["cwnd=10 cwnd 10 ('cwnd', '10') 7 None ['1', '22'] b<a>n<a>n<a> ['a', 'b', 'c'] False"],
    ],
    [
      'import os, sys\nprint(os.environ.get("X", "none"), os.getenv("X"), "X" in os.environ)\nsys.stdout.write("w\\n")\nsys.exit(0)\nprint("never")',
      ['none None False', 'w'],
    ],
    [
      'print("a b".title(), "aB".swapcase(), "k=v".partition("="), "a-b-c".rpartition("-"), "a-b-c".rsplit("-", 1), "a b c".split(None, 1), "x".center(4, "*"), "a\\nb\\n".splitlines(), "ab".isalpha(), "a1".isalnum(), "AB".isupper(), "abab".rfind("b"), "abc".index("c"), "hello".capitalize(), "prefix".removeprefix("pre"))',
      [
        "A B Ab ('k', '=', 'v') ('a-b', '-', 'c') ['a-b', 'c'] ['a', 'b c'] *x** ['a', 'b'] True True True 3 2 Hello fix",
      ],
    ],
    ['f = "a,b".split\nprint(f(","), [x for x in map(str.upper, [])] if False else 0)', ["['a', 'b'] 0"]],
    [
      'def apply(f, *args): return f(*args)\nprint(apply(max, 1, 3), callable(apply), callable(3), isinstance(1, (str, int)), isinstance(1.5, float), isinstance(True, int), type("a") == str)',
      ['3 True False True True True True'],
    ],
  ])('%j', (code, lines) => {
    expect(run(code)).toEqual(lines);
  });

  it('classes and functions live from block to block', () => {
    const lines: string[] = [];
    const state = { variables: new Map() };
    const script = '0 %{ class A:\n  v = 1\n}%\n+0 %{ print(A.v, A().v) }%';
    for (const { action } of parseDrillScript(script).events)
      if (action.kind === 'code') runCode(action.statements, new Map(), state, (line) => lines.push(line));
    expect(lines).toEqual(['1 1']);
  });
});
