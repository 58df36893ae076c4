/** Curves as paths: axes with round numbers, lines in steps, points as dots, and nothing longer than it must be. */
import { describe, expect, it } from 'vitest';
import { drawnChart } from './chart-paths.ts';

function drawn(data: readonly (readonly (number | null)[])[], isLine = true) {
  const series = data.slice(1).map((_, index) => ({ name: `s${index}`, isLine }));
  return drawnChart({ title: '', text: '', series, data });
}

describe('a chart', () => {
  it('has axes with round numbers that hold every value', () => {
    const { x, y } = drawn([
      [0, 1.3, 2.5],
      [0, 14_600, 23_360],
    ]);
    expect(y.ticks.map(({ text }) => text)).toEqual(['0', '5000', '10k', '15k', '20k', '25k']);
    expect(y.ticks.slice(1).map(({ at }) => at)).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
    expect(x.ticks.map(({ text }) => text)).toEqual(['0', '0.5', '1', '1.5', '2', '2.5']);
    expect(
      drawn([
        [0, 1],
        [3e6, 9e6],
      ]).y.ticks.map(({ text }) => text),
    ).toEqual(['0', '2M', '4M', '6M', '8M', '10M']);
  });

  it('shows amounts from 0 on, and survives values that are all the same', () => {
    const charts = [
      [7, 7],
      [0, 0],
      [null, null],
    ].map((column) => drawn([[3, 4], column]));
    expect(charts.map(({ y }) => y.from)).toEqual([0, 0, 0]);
    expect(charts.flatMap(({ paths }) => paths)).toEqual(['M0 125H1000', 'M0 1000H1000', '']);
    expect(
      drawn([
        [3, 3],
        [5, 5],
      ]).paths,
    ).toEqual(['M0 0']);
  });

  it('holds a value until the next one, over gaps too', () => {
    expect(
      drawn([
        [0, 1, 2, 4],
        [0, null, 10, 5],
      ]).paths,
    ).toEqual(['M0 1000H500V0H1000V500']);
  });

  it('draws points one by one, those in the same place once', () => {
    expect(
      drawn(
        [
          [0, 0, 1, 2],
          [0, 0, null, 10],
        ],
        false,
      ).paths,
    ).toEqual(['M0 1000h0M1000 0h0']);
  });

  it('is never longer than can be seen', () => {
    const many = Array.from({ length: 50_000 }, (_, index) => index);
    const [path = ''] = drawn([many, many]).paths;
    expect(path.length).toBeLessThan(14_000);
  });
});
