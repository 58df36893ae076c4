/**
 * Makes a recipe that fails smaller while it still breaks the same promise: troubles away, boxes away, settings back to the
 * profile's, weather off one by one, fewer hosts and flows, fewer octets, plain programs.
 */
import type { FlowPlan, HostPlan, Recipe } from './recipe.ts';
import { play } from './run.ts';

/** Runs that shrinking may take. */
const TRIES_MAX = 400;

/** A run that hangs takes three times as long, at every step. */
const PATIENCE_MS = 1_000;

/** The smallest recipe found that fails as `recipe` does. */
export function shrink(recipe: Recipe, patienceMs = PATIENCE_MS): Recipe {
  const kindOf = (candidate: Recipe): string | null => promiseOf(play(candidate, patienceMs).failure);
  const kind = kindOf(recipe);
  let smallest = recipe;
  let tries = 0;
  for (let hasShrunk = kind !== null; hasShrunk && tries < TRIES_MAX; ) {
    hasShrunk = false;
    for (const candidate of smallerOnes(smallest)) {
      if (++tries > TRIES_MAX) break;
      if (kindOf(candidate) !== kind) continue;
      smallest = candidate;
      hasShrunk = true;
      break;
    }
  }
  return smallest;
}

/** Which promise is broken: the failure up to its first colon. */
function promiseOf(failure: string | null): string | null {
  return failure?.split(':')[0] ?? null;
}

/** What differs by one step, the largest steps first. */
function* smallerOnes(recipe: Recipe): Generator<Recipe> {
  const { topology, flows, troubles, middlebox, hosts, weather } = recipe;
  if (topology.shape === 'row' && topology.hosts > 2) yield* shorterRows(recipe);
  if (flows.length > 1) for (const gone of flows) yield { ...recipe, flows: flows.filter((flow) => flow !== gone) };
  for (const gone of troubles) yield { ...recipe, troubles: troubles.filter((trouble) => trouble !== gone) };
  if (middlebox !== null) yield { ...recipe, middlebox: null };
  for (const name of Object.keys(weather)) {
    yield { ...recipe, weather: Object.fromEntries(Object.entries(weather).filter(([key]) => key !== name)) };
  }
  for (const [index, host] of hosts.entries()) {
    for (const name of Object.keys(host.tcp).filter((key) => key !== 'time_wait_ms')) {
      const tcp = Object.fromEntries(Object.entries(host.tcp).filter(([key]) => key !== name)) as HostPlan['tcp'];
      yield { ...recipe, hosts: hosts.map((other, at) => (at === index ? { ...host, tcp } : other)) };
    }
    if (host.profile === 'rfc') {
      yield { ...recipe, hosts: hosts.map((other, at) => (at === index ? { ...host, profile: 'linux' } : other)) };
    }
  }
  if (recipe.startUs !== 0) yield { ...recipe, startUs: 0 };
  if (recipe.observed) yield { ...recipe, observed: false };
  if (recipe.rateBps !== 0) yield { ...recipe, rateBps: 0 };
  if (recipe.delayMs !== 0) yield { ...recipe, delayMs: 0 };
  if (recipe.mtu !== 1500) yield { ...recipe, mtu: 1500 };
  for (const [index, flow] of flows.entries()) {
    for (const simpler of simplerFlows(flow)) {
      yield { ...recipe, flows: flows.map((other, at) => (at === index ? simpler : other)) };
    }
  }
  if (recipe.stormMs > 100) yield { ...recipe, stormMs: Math.floor(recipe.stormMs / 2) };
}

function* shorterRows(recipe: Recipe): Generator<Recipe> {
  const { hosts, topology, troubles } = recipe;
  const left = topology.hosts - 1;
  yield {
    ...recipe,
    topology: { shape: 'row', hosts: left },
    hosts: [...hosts.slice(0, left - 1), hosts[left] as HostPlan],
    troubles: troubles.map((trouble) =>
      'link' in trouble
        ? { ...trouble, link: Math.min(trouble.link, left - 2) }
        : { ...trouble, host: Math.min(trouble.host, left - 1) },
    ),
  };
}

function* simplerFlows(flow: FlowPlan): Generator<FlowPlan> {
  if (flow.kind !== 'both') yield { ...flow, kind: 'both' };
  if (flow.fastOpen) yield { ...flow, fastOpen: false };
  if (flow.control !== 'cubic') yield { ...flow, control: 'cubic' };
  if (flow.readEveryMs > 0) yield { ...flow, readEveryMs: 0 };
  if (flow.readAfterMs > 0) yield { ...flow, readAfterMs: 0 };
  if (flow.startMs > 0) yield { ...flow, startMs: 0 };
  if (flow.receiveBuffer > 0) yield { ...flow, receiveBuffer: 0 };
  if (flow.sendBuffer > 0) yield { ...flow, sendBuffer: 0 };
  if (flow.up > 0) yield { ...flow, up: Math.floor(flow.up / 2) };
  if (flow.down > 0) yield { ...flow, down: Math.floor(flow.down / 2) };
}
