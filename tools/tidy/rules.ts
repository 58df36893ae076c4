/** All rules about TypeScript sources, in the order a reader would check them. */
import { bannedGlobals } from './globals.ts';
import { foreignImports, importEndings, layers } from './layers.ts';
import {
  compilerSilencers,
  fileLength,
  focusedTests,
  functionLength,
  headerComment,
  noAny,
  nonNull,
  unfinished,
} from './shape.ts';
import type { Finding, Source } from './source.ts';

export const RULES: Readonly<Record<string, (source: Source) => Finding[]>> = {
  'header-comment': headerComment,
  'file-length': fileLength,
  'function-length': functionLength,
  layers,
  'import-endings': importEndings,
  'foreign-imports': foreignImports,
  'banned-globals': bannedGlobals,
  'no-any': noAny,
  'non-null': nonNull,
  'focused-tests': focusedTests,
  'compiler-silencers': compilerSilencers,
  unfinished,
};

/** A file that breaks a rule for a good reason: the reason stands here, and the entry goes when the reason goes. */
export const EXCEPTIONS: readonly { readonly path: string; readonly rule: string; readonly why: string }[] = [];
