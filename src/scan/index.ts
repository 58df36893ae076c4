/**
 * woshou/scan: a port scanner without input or output of its own, in the words of nmap. `Scanner` stands where a stack would: give it to a
 * driver with a device, or to a host of the simulator.
 */
export { isOwnGround, needsWord, RANGE_FREE_MAX } from './authorization.ts';
export { ExpressionError, type ExpressionProblem } from './expression-error.ts';
export {
  formatPorts,
  type PortSelection,
  parsePorts,
  withoutPorts,
} from './port-expression.ts';
export {
  PortState,
  type PortStateName,
  portStateName,
  Reason,
  type ReasonName,
  reasonName,
} from './port-state.ts';
export { type HostReport, type PortTable, ScanCounters, type ScanProgress } from './report.ts';
export type {
  AnswerFacts,
  DiscoveryWay,
  ProbeConcludedRecord,
  ProbeLabel,
  ProbeSentRecord,
  ScanListener,
  ScanRecord,
  StrangeRecord,
} from './scan-listener.ts';
export type { ScanOptions } from './scan-options.ts';
export { SCAN_END, SCAN_REPORT, Scanner } from './scanner.ts';
export { SERVICES, type Service, serviceName } from './services.ts';
export { parseTarget, prefixRange, TARGETS_MAX, type TargetName, type TargetRange } from './target-expression.ts';
export { TECHNIQUES, type Technique, type TechniqueName } from './technique.ts';
export { TIMING_NAMES, TIMING_TEMPLATES, type Timing, timingOf } from './timing.ts';
export { defaultPorts, fastPorts, topPorts } from './top-ports.ts';
