/** The words of the page by language. */
import type { en } from './en.ts';

/** As `en`, with any text for its texts. */
type Widened<T> = T extends string
  ? string
  : T extends (...args: infer Args) => unknown
    ? (...args: Args) => string
    : { readonly [Key in keyof T]: Widened<T[Key]> };

export type Words = Widened<typeof en>;
export type Language = 'en' | 'zh';
