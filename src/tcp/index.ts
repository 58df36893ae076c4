/** TCP's core, sans-IO: for tools that look inside. Programs use the sockets of `woshou`. */

export { TimeWait } from './closing/time-wait.ts';
export { CaEvent, CaState, type CongestionControl } from './congestion/congestion-control.ts';
export {
  CONGESTION_CONTROLS,
  isCongestionControl,
  makeCongestionControl,
  switchCongestionControl,
} from './congestion/index.ts';
export { ConnectionKey } from './connection-key.ts';
export { TcpCounters, TcpExtCounters } from './counters.ts';
export { AccEcnFail, AccEcnOptionSeen, EcnMode, EcnState } from './ecn/ecn-state.ts';
export { type ControlSegment, type TcpEnvironment, TcpEvent, type TcpPath } from './environment.ts';
export { FastOpenAttempt } from './fast-open/client.ts';
export { FastOpen, FastOpenBit, FastOpenFailure } from './fast-open/fast-open.ts';
export { HalfOpen } from './opening/half-open.ts';
export { Listener } from './opening/listener.ts';
export { AckSample } from './recovery/ack-sample.ts';
export { seqDistance, seqGe, seqGt, seqLe, seqLt, seqMax, seqMin } from './seq.ts';
export { linuxTcpSettings, type ProfileName, rfcTcpSettings, type TcpSettings, tcpSettingsFor } from './settings.ts';
export { TCP_STATE_NAMES, TcpState, type TcpStateName, TRANSITIONS, type Transition, tcpStateName } from './state.ts';
export { BufferPool, ByteRing } from './tcb/byte-ring.ts';
export { type KeepAliveOptions, Tcb, type TcpErrorCode } from './tcb/tcb.ts';
export { TcpTimer } from './timers.ts';
