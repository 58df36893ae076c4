/** Everything that is fuzzed. */
import type { Target } from '../target.ts';
import { CONNECTION_TARGET } from './connection.ts';
import { EMIT_TARGET } from './emit.ts';
import { FILE_TARGETS } from './files.ts';
import { HOST_TARGET } from './host.ts';
import { LINK_TARGET } from './link.ts';
import { ONLOOKER_TARGETS } from './onlookers.ts';
import { PAIR_TARGET } from './pair.ts';
import { TEXT_TARGETS } from './text.ts';
import { WEB_SERVER_TARGET } from './web-server.ts';
import { WIRE_TARGETS } from './wire.ts';

export const TARGETS: readonly Target[] = [
  ...WIRE_TARGETS,
  EMIT_TARGET,
  HOST_TARGET,
  CONNECTION_TARGET,
  PAIR_TARGET,
  ...FILE_TARGETS,
  LINK_TARGET,
  ...ONLOOKER_TARGETS,
  WEB_SERVER_TARGET,
  ...TEXT_TARGETS,
];
