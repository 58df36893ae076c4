/** Serves the built lab under a sub path, as a static server would, and opens it in Debian's Chromium. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const dist = fileURLToPath(new URL('../../lab/dist', import.meta.url));
const SUB_PATH = '/some/where/';
const CHROMIUM = '/usr/bin/chromium';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

/** Why no browser can be used here, null when one can. */
export const noBrowser: string | null = !existsSync(CHROMIUM)
  ? `${CHROMIUM} is not there (apt-get install chromium)`
  : existsSync(join(dist, 'index.html'))
    ? null
    : 'lab/dist is not built (npm run lab:build)';

export interface Lab {
  readonly browser: Browser;
  readonly url: string;
  /** Requests of pages that went elsewhere than to this server. */
  readonly foreign: string[];
  close(): Promise<void>;
}

export async function openLab(): Promise<Lab> {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
    const inside = path.startsWith(SUB_PATH) ? path.slice(SUB_PATH.length) || 'index.html' : null;
    const file = inside === null ? '' : join(dist, inside);
    if (inside === null || inside.includes('..') || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = (server.address() as AddressInfo).port;
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const foreign: string[] = [];
  return { browser, url: `http://127.0.0.1:${port}${SUB_PATH}`, foreign, close: () => closeAll(browser, server) };
}

async function closeAll(browser: Browser, server: Server): Promise<void> {
  await browser.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

export interface PageOptions {
  readonly language?: 'en' | 'zh';
  readonly width?: number;
  readonly height?: number;
  readonly isDark?: boolean;
  readonly hash?: string;
  readonly asks?: boolean;
}

export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Exceptions and console errors of the page. */
  readonly errors: string[];
}

/** A page with a context of its own, its first scene on the stage. */
export async function openPage(lab: Lab, options: PageOptions = {}): Promise<OpenPage> {
  const { language = 'en', width = 1440, height = 900, isDark = false, hash = '', asks = false } = options;
  const context = await lab.browser.newContext({
    viewport: { width, height },
    colorScheme: isDark ? 'dark' : 'light',
    locale: language === 'zh' ? 'zh-CN' : 'en-US',
    serviceWorkers: 'block',
    reducedMotion: 'reduce',
    acceptDownloads: true,
  });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(lab.url) && !/^(?:blob|data):/.test(url)) lab.foreign.push(url);
  });
  await page.addInitScript((value) => {
    localStorage.setItem(
      'woshou-lab',
      JSON.stringify({ ...JSON.parse(localStorage.getItem('woshou-lab') ?? '{}'), asks: value }),
    );
  }, asks);
  await page.goto(`${lab.url}${hash}`);
  await page.locator(hash.startsWith('#race=') ? '.race-stage' : '.guide header h2').waitFor({ state: 'attached' });
  return { page, context, errors };
}
