/** ICMP errors that somebody on the way, or pretending to be there, sends about segments of the stack. */
import type { Weighted } from './dice.ts';
import type { Action } from './program-actions.ts';
import type { World } from './world.ts';

const UNREACHABLE_V4 = [
  ...['net', 'host', 'protocol', 'port', 'source_route_failed', 'net_unknown', 'host_unknown', 'source_host_isolated'],
  ...['net_prohibited', 'host_prohibited', 'net_unreachable_for_tos', 'host_unreachable_for_tos', 'admin_prohibited'],
  ...['host_precedence_violation', 'precedence_cutoff'],
];
const UNREACHABLE_V6 = [
  ...['no_route', 'admin_prohibited', 'beyond_scope', 'address', 'port', 'policy_fail', 'reject_route'],
];
const OTHERS_V4 = ['time_exceeded ttl', 'time_exceeded reassembly', 'parameter_problem pointer', 'source_quench'];
const OTHERS_V6 = ['time_exceeded ttl', 'time_exceeded reassembly', 'parameter_problem header_field'];

const MTUS: Weighted<number> = [
  [1, 0],
  [1, 68],
  [1, 551],
  [2, 552],
  [2, 600],
  [3, 1000],
  [1, 1279],
  [2, 1280],
  [3, 1300],
  [3, 1400],
  [1, 1499],
  [1, 1500],
  [1, 9000],
];

/** In flight, at its edges, and beyond. */
function quotedSeq({ dice, peer }: World): number {
  const { received, stackNxt } = peer;
  return dice.weighted([
    [6, received.next],
    [2, Math.max(1, stackNxt - 1)],
    [1, stackNxt],
    [1, stackNxt + 1],
    [1, Math.max(0, received.next - 1)],
    [2, dice.between(Math.min(received.next, stackNxt), stackNxt)],
  ]);
}

function message(world: World, type: string): boolean {
  if (world.isReset && !world.dice.percent(20)) return false;
  const seq = quotedSeq(world);
  const length = world.dice.of([0, 100, 1000]);
  world.packet(`icmp ${type} [${seq}:${seq + length}(${length})]`);
  return true;
}

export const ICMP_ACTIONS = {
  unreachable: (world) => message(world, `unreachable ${world.dice.of(world.isV6 ? UNREACHABLE_V6 : UNREACHABLE_V4)}`),
  otherMessage: (world) => message(world, world.dice.of(world.isV6 ? OTHERS_V6 : OTHERS_V4)),
  tooBig(world) {
    const mtu = world.dice.weighted(MTUS);
    return message(world, `${world.isV6 ? 'packet_too_big' : 'unreachable frag_needed'} mtu ${mtu}`);
  },
  pathMtu(world) {
    if (world.fd < 0 || world.recorder.isAsleep) return false;
    const name = world.isV6 ? 'IPPROTO_IPV6, IPV6_MTU' : 'IPPROTO_IP, IP_MTU';
    world.call(`getsockopt(${world.fd}, ${name}, [@], [4])`);
    return true;
  },
  mtuDiscover(world) {
    if (world.fd < 0 || world.recorder.isAsleep) return false;
    const name = world.isV6 ? 'IPPROTO_IPV6, IPV6_MTU_DISCOVER' : 'IPPROTO_IP, IP_MTU_DISCOVER';
    world.call(`setsockopt(${world.fd}, ${name}, [${world.dice.between(0, 5)}], 4)`);
    return true;
  },
} satisfies Record<string, Action>;
