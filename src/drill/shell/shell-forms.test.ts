/** case, functions, here-documents, double brackets and parentheses, braces in shell lines; each with what bash prints. */
import { describe, expect, it } from 'vitest';
import { saidByShell as said } from '../../../test/support/said-by-shell.ts';

describe('as in bash', () => {
  it.each<[string, string]>([
    ['case abc in a*) echo yes;; *) echo no;; esac', 'yes'],
    [
      'for x in one 2 three; do case $x in [0-9]) echo digit;; one|two) echo "word $x";; *) echo other;; esac; done',
      'word one\ndigit\nother',
    ],
    ['case "a b" in "a b") echo quoted;; esac; case x in y) echo never;; esac; echo $?', 'quoted\n0'],
    ['f() { echo "got $1 of $#: $*"; }; f a "b c"', 'got a of 2: a b c'],
    [
      'f() { local x=$1; shift; for y in "$@"; do echo "$x-$y"; done; return 3; }; f a b "c d" || echo "status $?"',
      'a-b\na-c d\nstatus 3',
    ],
    ['function g { if [ "$1" -gt 0 ]; then echo $1; g $(($1 - 1)); fi; }; g 3', '3\n2\n1'],
    ['f() { for i in 1 2 3; do [ $i = 2 ] && return; echo $i; done; }; f; echo end', '1\nend'],
    ['for i in 1 2 3 4; do [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done', '1\n3'],
    ['i=0; while true; do i=$((i + 1)); if [ $i -ge 3 ]; then break; fi; done; echo $i', '3'],
    ["cat <<END; x=5; cat <<'END'\na $HOME_NOT_SET b\nEND\nc $x d\nEND", 'a  b\nc $x d'],
    ['x=7; cat <<-END\n\tx is $x and $((x + 1))\n\tEND', 'x is 7 and 8'],
    ['for ((i = 0; i < 3; i++)); do echo $i; done; ((i == 3)) && echo three; ((0)) || echo no', '0\n1\n2\nthree\nno'],
    [
      '[[ abc == a* && 1 -lt 2 ]] && echo both; [[ abc == b* || -n x ]] && echo either; [[ ! -z "" ]] || echo none',
      'both\neither\nnone',
    ],
    [
      'x=; [[ $x == "" ]] && echo empty; [[ v1.2 =~ ^v([0-9]+) ]] && echo matches; [[ a < b ]] && echo before',
      'empty\nmatches\nbefore',
    ],
    [
      'x=path/to/file.tar.gz; echo §{x#*/} §{x##*/} §{x%.*} §{x%%.*} §{#x} §{x/to/TO} §{x//\\//_} §{x:0:4} §{x:5}',
      'to/file.tar.gz file.tar.gz path/to/file.tar path/to/file 19 path/TO/file.tar.gz path_to_file.tar.gz path to/file.tar.gz',
    ],
    [
      'x=abc; echo §{x^^} §{y:-none} §{y:=set} $y §{x:+there} §{z:+gone}; X=ABC; echo §{X,,}',
      'ABC none set set there\nabc',
    ],
    ['echo {1..4} a{b,c}d {3..1} "{1..2}" x{1..2}y', '1 2 3 4 abd acd 3 2 1 {1..2} x1y x2y'],
    ['true & sleep 0 & echo after', 'after'],
    ['(echo a; echo b) | wc -l; { echo c; echo d; } | head -1', '2\nc'],
    ['a=1; (a=2; echo $a); echo "$?"', '2\n0'],
    [
      '! false && echo negated; ! true || echo negated; false || { echo group; }; true && (exit 3) || echo three',
      'negated\nnegated\ngroup\nthree',
    ],
    [
      'if [ -z "$u" ]; then echo empty; elif true; then echo no; else echo no; fi; [ a = a -a b != c ] && echo two',
      'empty\ntwo',
    ],
    ['printf "%s-%d\\n" a 1 b 2; echo -e "x\\ty"; echo -n z; echo', 'a-1\nb-2\nx\ty\nz'],
  ])('%j', (line, text) => {
    // A mark of its own, so that nobody takes it for a template.
    expect(said(line.replaceAll('§', '$'))).toBe(text);
  });
});
