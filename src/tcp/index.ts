/** TCP's core, sans-IO: for tools that look inside. Programs use the sockets of `woshou`. */

export { TimeWait } from './closing/time-wait-record.ts';
export { CaEvent, CaState } from './congestion/ca-state.ts';
export {
  CONGESTION_CONTROLS,
  isCongestionControl,
  makeCongestionControl,
  switchCongestionControl,
} from './congestion/index.ts';
export { ConnectionKey } from './connection-key.ts';
export { TcpCounters, TcpExtCounters } from './counters.ts';
export { AccEcnFail, AccEcnOptionSeen, EcnMode, EcnState } from './ecn/ecn-state.ts';
export { type ControlSegment, type TcpEnvironment, TcpEvent } from './environment.ts';
export { FastOpenAttempt, FastOpenFailure } from './fast-open/attempt.ts';
export { FastOpen, FastOpenBit } from './fast-open/fast-open.ts';
export { HalfOpen, Listener } from './opening/listener.ts';
export type { TcpPath } from './path.ts';
export { AckSample } from './recovery/ack-sample.ts';
export { seqDistance, seqGe, seqGt, seqLe, seqLt, seqMax, seqMin } from './seq.ts';
export { linuxTcpSettings, type ProfileName, rfcTcpSettings, type TcpSettings, tcpSettingsFor } from './settings.ts';
export { TCP_STATE_NAMES, TcpState, type TcpStateName, TRANSITIONS, type Transition, tcpStateName } from './state.ts';
export { BufferPool, ByteRing } from './tcb/byte-ring.ts';
export type { TcpErrorCode } from './tcb/error-code.ts';
export type { KeepAliveOptions } from './tcb/keep-alive.ts';
export { type CongestionControl, Tcb } from './tcb/tcb.ts';
export { TcpTimer } from './timers.ts';
