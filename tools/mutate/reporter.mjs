/** A reporter for Stryker: one line of JSON for every mutant as soon as it is judged, so that a run that is ended early counts too. */
import { appendFileSync } from 'node:fs';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';

class LineReporter {
  onMutantTested({ fileName, location, mutatorName, replacement, status }) {
    const mutant = { fileName, location, mutatorName, replacement, status };
    appendFileSync(process.env.WOSHOU_MUTANTS, `${JSON.stringify(mutant)}\n`);
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Reporter, 'lines', LineReporter)];
