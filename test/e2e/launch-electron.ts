// Starts an app on a real Electron, through Playwright.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { _electron, type ElectronApplication } from '@playwright/test';
import { FOREIGN_VARIABLES, homeEnvironment } from './home-environment.ts';
import type { LaunchOptions } from './launch-options.ts';
import { handleOf, setSystemTheme, watch, type AppHandle } from './person.ts';
import { within } from './within.ts';

const PROGRAMS: Readonly<Record<string, string>> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
};

export const ELECTRON_PROGRAM = fileURLToPath(
  new URL(`../../node_modules/electron/dist/${PROGRAMS[process.platform] ?? 'electron'}`, import.meta.url),
);

export async function launchElectron(options: LaunchOptions): Promise<AppHandle> {
  const args = [
    await options.app.build(),
    `--lang=${options.locale ?? 'en-US'}`,
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ];
  const env = environment(options);
  const app = await _electron.launch({
    executablePath: ELECTRON_PROGRAM,
    args: [...args, ...(options.args ?? [])],
    env,
  });
  const logs: string[] = [];
  const child = app.process();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => logs.push(...chunk.toString().split('\n')));
  }
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal ?? 'unknown') as number | string);
  await watch(app);
  if (options.colorScheme) await setSystemTheme(app, options.colorScheme);
  const page = await app.firstWindow();
  page.on('console', (message) => logs.push(`page ${message.type()}: ${message.text()}`));
  await page.waitForURL((url) => url.protocol !== 'about:');
  await within(30_000, 'the window was not shown', shown(app));
  return handleOf({
    app,
    page,
    logs,
    problems: [],
    ended,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    kill: () => void child.kill('SIGKILL'),
    startWith: (path) => once(spawn(ELECTRON_PROGRAM, [...args, path], { env, stdio: 'ignore' }), 'exit'),
    introduce: () => Promise.resolve(),
  });
}

async function shown(app: ElectronApplication): Promise<void> {
  while (!(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible()))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function environment({ home, env }: LaunchOptions): Record<string, string> {
  const inherited = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  const own = inherited.filter(([name]) => !FOREIGN_VARIABLES.some((foreign) => foreign === name));
  return { ...Object.fromEntries(own as [string, string][]), ...homeEnvironment(home), ...env };
}
