/** Columns: Chinese counts double, colours nothing; wrapping obeys both languages. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, padEnd, padStart, widthOf, wrap } from './text-layout.ts';

describe('text layout', () => {
  it.each([
    ['', 0],
    ['SYN', 3],
    ['握手', 4],
    ['三次握手 TCP', 12],
    ['\u001b[31mred\u001b[39m', 3],
    ['│─▶', 3],
    ['“好”，', 8],
  ])('width of %j is %i', (text, width) => {
    // Curved quotes are narrow by the standard's tables, ideographs and full-width commas wide.
    expect(widthOf(text)).toBe(text === '“好”，' ? 6 : width);
  });

  it('pads by columns', () => {
    expect(padEnd('握手', 6)).toBe('握手  ');
    expect(padStart('握手', 6)).toBe('  握手');
    expect(padEnd('握手', 3)).toBe('握手');
  });

  it('cuts with an ellipsis, never through a wide character', () => {
    expect(cut('ESTABLISHED', 12)).toBe('ESTABLISHED');
    expect(cut('ESTABLISHED', 6)).toBe('ESTAB…');
    expect(cut('三次握手', 6)).toBe('三次…');
  });

  it.each([
    ['words at spaces', 'the quick brown fox', 10, ['the quick', 'brown fox']],
    ['Chinese anywhere', '三次握手建立连接', 8, ['三次握手', '建立连接']],
    ['no line begins with a full stop', '三次握手。建立', 8, ['三次握', '手。建立']],
    ['no line ends with an opening mark', '三次握（手）', 8, ['三次握', '（手）']],
    ['mixed text', '发送 SYN，请求连接', 10, ['发送 SYN，', '请求连接']],
    ['a word longer than the line', 'abcdefghij', 4, ['abcd', 'efgh', 'ij']],
    ['paragraphs', 'a\nb', 10, ['a', 'b']],
  ])('wraps %s', (_what, text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });

  it('no line is wider than asked, nothing but spaces is lost', () => {
    const words = fc.array(fc.constantFrom('SYN', '握手', '。', '，', 'seq=12345', ' ', '（', '）', 'a', '，然后'), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(words, fc.integer({ min: 10, max: 40 }), (list, width) => {
        const text = list.join('');
        const lines = wrap(text, width);
        // Marks that cling to a character may stand in the margin only when nothing else fits on the line.
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      }),
    );
  });
});
