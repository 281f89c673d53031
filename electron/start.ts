// Opens the app from a checkout. The Electron package fetches its program when it is first asked for; where that
// cannot be, the served mode shows the same interface in a browser.
import { spawn, spawnSync } from 'node:child_process';
import { ensureNative, progressLine } from '../native/build.ts';
import { APP, buildApp } from './build-app.ts';

/** The path of Electron's program; null where it cannot be fetched. */
function electronProgram(): string | null {
  const ask = spawnSync(process.execPath, ['--print', 'require("electron")'], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return ask.status === 0 ? (ask.stdout.trim().split('\n').at(-1) ?? null) : null;
}

const program = electronProgram();
if (program === null) {
  process.stderr.write('Electron cannot be fetched here. The same interface in a browser: npm run serve\n');
  process.exitCode = 1;
} else {
  await ensureNative({ onProgress: progressLine(process.stderr) });
  buildApp();
  const child = spawn(program, [APP, ...process.argv.slice(2)], { stdio: 'inherit' });
  child.on('error', (error) => {
    process.stderr.write(`${program} cannot be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code) => (process.exitCode = code ?? 1));
}
