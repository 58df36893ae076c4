/** The page begins: preferences, the app, the loop, and offline use where the browser has it. */
import { render } from 'preact';
import { App } from './ui/app.tsx';
import { startKeys } from './ui/keys.ts';
import { frameTimesMs, startLoop } from './ui/loop.ts';
import { apply } from './ui/preferences.ts';
import { advance, endWorker, follow, start } from './ui/store.ts';

apply();
const root = document.getElementById('lab');
if (root !== null) {
  root.textContent = '';
  render(<App />, root);
}
startLoop();
startKeys();
void start();
addEventListener('hashchange', () => void follow());
// For tests and measurements: nothing in the page uses it.
Object.assign(globalThis, { woshouLab: { frameTimesMs, endWorker, advance } });
if (import.meta.env.PROD && 'serviceWorker' in navigator && isSecureContext) {
  void navigator.serviceWorker.register(new URL('./sw.js', document.baseURI)).catch(() => undefined);
}
