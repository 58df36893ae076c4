/** A number with its name, as it is typed or once it has been. Never outside its bounds. */

export function NumberField({
  label,
  value,
  min,
  max,
  isRow = false,
  isLazy = false,
  onSet,
}: {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** A row of a form: name left, number right. */
  readonly isRow?: boolean;
  /** Tells of the number when typing is over. */
  readonly isLazy?: boolean;
  readonly onSet: (value: number) => void;
}) {
  const tell = (event: Event): void => onSet(numberIn(event, min, max));
  return (
    <label {...(isRow ? { class: 'field' } : {})}>
      <span>{label}</span>{' '}
      <input type="number" min={min} max={max} value={value} {...(isLazy ? { onChange: tell } : { onInput: tell })} />
    </label>
  );
}

export function numberIn(event: Event, min: number, max: number): number {
  const value = event.currentTarget instanceof HTMLInputElement ? Number(event.currentTarget.value) : min;
  return Number.isFinite(value) ? Math.max(min, Math.min(max, Math.round(value))) : min;
}
