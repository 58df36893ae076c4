/** woshou/drill: scripts in the packetdrill language, read and played against a stack in virtual time. */
export type * from './ast.ts';
export { type Complaint, DrillSyntaxError } from './drill-syntax-error.ts';
export { OPTION_NAMES, type ParseOptions, parseDrillScript } from './parse-script.ts';
export { type DrillFailure, type DrillResult, failureLines, ladderLines, lineAt, type TraceEntry } from './report.ts';
export type { DrillRunOptions } from './run-options.ts';
export { runScript } from './runner.ts';
