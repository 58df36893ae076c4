/** `woshou scan`: ports and hosts, on a device or in the simulator, watched while it runs, kept as text, XML and JSON. */
import { SystemRandom } from '../node/random.ts';
import { Scanner } from '../scan/index.ts';
import { ScanArgumentProblem, scanRequestOf } from './scan-arguments.ts';
import { DeviceScan, openScanDevice } from './scan-device.ts';
import type { ScanCommandOptions } from './scan-options.ts';
import { finish, type Run, scanOptionsOf } from './scan-run.ts';
import type { Screen } from './screen.ts';

/**
 * Scans. Resolves with the exit code: 1 when a file cannot be written, 2 for arguments that cannot be, 130 when interrupted (what was
 * found until then is shown and written).
 */
export async function scanCommand(
  screen: Screen,
  targets: readonly string[],
  options: ScanCommandOptions,
): Promise<number> {
  try {
    if (options.sim !== true && options.simHost.length === 0) return await onDevice(screen, targets, options);
    const { simulated } = await import('./scan-simulated.ts');
    return await simulated(screen, targets, options);
  } catch (error) {
    if (!(error instanceof ScanArgumentProblem)) throw error;
    screen.failAt(screen.say(error.text), error.marked, screen.say(error.fix));
    return 2;
  }
}

async function onDevice(screen: Screen, targets: readonly string[], options: ScanCommandOptions): Promise<number> {
  if (targets.length === 0) throw nothingToScan();
  const request = await scanRequestOf(targets, options);
  const opened = await openScanDevice(options, request.targets);
  const scanner = new Scanner(scanOptionsOf(screen, request, options), new SystemRandom());
  const scan = new DeviceScan(opened, scanner);
  const run: Run = { scanner, nowUs: () => scan.nowUs(), stop: () => scan.stop(), work: () => scan.run() };
  return finish(screen, request, options, run, Date.now(), opened.time.epochUs / 1000);
}

function nothingToScan(): ScanArgumentProblem {
  return new ScanArgumentProblem(
    { en: 'nothing to scan', zh: '没有指定扫描目标' },
    { en: 'name a target, or --sim for a simulated network', zh: '请给出目标，或用 --sim 扫描模拟网络' },
  );
}
