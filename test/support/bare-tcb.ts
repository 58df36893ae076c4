/** A connection record without a stack around it, for tests of the leaves of TCP. */
import { Address } from '../../src/base/address.ts';
import { Clock } from '../../src/base/clock.ts';
import { TimerWheel } from '../../src/base/timer-wheel.ts';
import {
  ConnectionKey,
  linuxTcpSettings,
  makeCongestionControl,
  rfcTcpSettings,
  Tcb,
  type TcpEnvironment,
  type TcpPath,
  type TcpSettings,
} from '../../src/tcp/index.ts';

const PATH: TcpPath = {
  pathMtu: 1_500,
  linkMtu: 1_500,
  interface: { id: 1, mtu: 1_500, capabilities: { tso4: false, tso6: false, checksum: false } },
};

export const RFC = rfcTcpSettings();
export const LINUX = linuxTcpSettings();

export function bareTcb(settings: TcpSettings = RFC): Tcb {
  const key = new ConnectionKey(Address.parse('10.0.0.1'), 80, Address.parse('10.0.0.2'), 40_000, 0);
  const tcb = new Tcb(1, key, PATH, null, settings, makeCongestionControl('reno'));
  tcb.advertisedMss = 1_460;
  tcb.receiveMss = 536;
  tcb.sendMss = 1_460;
  return tcb;
}

/** As much of the environment as timers need: a clock and a wheel. */
export function timerEnvironment(startUs = 0): { env: TcpEnvironment; clock: Clock; wheel: TimerWheel } {
  const clock = new Clock(0);
  clock.set(startUs);
  const wheel = new TimerWheel(clock.tick);
  return { env: { clock, wheel } as unknown as TcpEnvironment, clock, wheel };
}
