// Winnow as people install it: packed by electron-builder, started from its folder, driven through Chromium's own
// debugging port, since the fuses leave no other.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from '@playwright/test';
import { homeEnvironment } from '../home-environment.ts';
import { runElectronBuilder } from '../../../electron/package-app.ts';
import { within } from '../within.ts';

const PACKAGES = fileURLToPath(new URL('../../../out/packages', import.meta.url));

/** Packs the app without making an installer of it. @returns its program */
export function packApp(): string {
  runElectronBuilder(['--dir']);
  return programIn(PACKAGES);
}

function programIn(packages: string): string {
  const names = { linux: ['linux-unpacked/winnow'], win32: ['win-unpacked/Winnow.exe'] } as Partial<
    Record<NodeJS.Platform, string[]>
  >;
  const mac = readdirSync(packages)
    .filter((name) => name.startsWith('mac'))
    .map((name) => `${name}/Winnow.app/Contents/MacOS/Winnow`);
  const found = (names[process.platform] ?? mac).map((name) => join(packages, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`electron-builder left no program in ${packages}`);
  return found;
}

type PackagedApp = { readonly page: Page; readonly close: () => Promise<void> };

export async function startPackaged(program: string, home: string): Promise<PackagedApp> {
  const child = spawn(program, ['--remote-debugging-port=0', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])], {
    env: { ...process.env, ...homeEnvironment(home) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    const browser = await chromium.connectOverCDP(
      await within(30_000, 'the app opened no debugging port', portOf(child)),
    );
    return { page: await firstPage(browser), close: () => end(child, browser) };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

async function portOf(child: ChildProcess): Promise<string> {
  let said = '';
  for await (const chunk of child.stderr ?? []) {
    said += String(chunk);
    const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error(`the app ended:\n${said}`);
}

async function firstPage(browser: Browser): Promise<Page> {
  const [context] = browser.contexts();
  if (!context) throw new Error('the app has no browser context');
  return context.pages()[0] ?? (await context.waitForEvent('page'));
}

async function end(child: ChildProcess, browser: Browser): Promise<void> {
  await browser.close();
  if (child.exitCode !== null) return;
  child.kill();
  await once(child, 'exit');
}
