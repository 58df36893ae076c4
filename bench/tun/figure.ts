/** A figure of bench:tun with its unit, in table and chart. */
export function figure(value: number, unit: string): string {
  if (unit === 'bit/s') return `${(value / 1e9).toPrecision(3)} Gbit/s`;
  return `${(value / 1000).toPrecision(3)} k/s`;
}
