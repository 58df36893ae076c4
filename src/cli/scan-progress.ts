/** One line on how far a scan is. */
import type { ScanProgress } from '../scan/index.ts';
import type { Text } from './language.ts';
import { TECHNIQUE_WORDS } from './scan-words.ts';
import type { Screen } from './screen.ts';
import { cut } from './text-layout.ts';

const BAR = 24;

/** Bar, share, phase, hosts, and the time left. */
export function progressLine(screen: Screen, progress: ScanProgress): string {
  const full = Math.round(progress.share * BAR);
  const bar = '█'.repeat(full) + '░'.repeat(BAR - full);
  const what: Text =
    progress.technique === null ? { en: 'looking for hosts', zh: '探测主机' } : TECHNIQUE_WORDS[progress.technique];
  const hosts = `${progress.hostsDone}/${progress.hostsTotal}`;
  const left = Number.isFinite(progress.leftUs) ? duration(progress.leftUs / 1e6) : '…';
  return cut(
    ` ${bar} ${(progress.share * 100).toFixed(1)}% ${screen.say({
      en: `${what.en}, hosts ${hosts} (${progress.hostsUp} up), ${left} left`,
      zh: `${what.zh}，主机 ${hosts}（${progress.hostsUp} 台在线），还需 ${left}`,
    })}`,
    screen.width,
  );
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = String(Math.floor(seconds % 60)).padStart(2, '0');
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
}
