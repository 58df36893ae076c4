/**
 * `using` for what a test sets up: rules, faults and partitions end with their scope.
 */
import './symbol-dispose.ts';
import { Rule } from '../link/rules.ts';
import { Fault } from '../sim/fault.ts';
import { Partition } from '../sim/partition.ts';

declare module '../link/rules.ts' {
  interface Rule {
    /** As `remove`: `using rule = link.rule(…)`. */
    [Symbol.dispose](): void;
  }
}

declare module '../sim/fault.ts' {
  interface Fault {
    /** As `remove`: `using fault = host.fault(…)`. */
    [Symbol.dispose](): void;
  }
}

declare module '../sim/partition.ts' {
  interface Partition {
    /** As `remove`: `using partition = network.partition(…)`. */
    [Symbol.dispose](): void;
  }
}

for (const { prototype } of [Rule, Fault, Partition]) {
  Object.defineProperty(prototype, Symbol.dispose, {
    value(this: { remove(): void }): void {
      this.remove();
    },
    configurable: true,
    writable: true,
  });
}
