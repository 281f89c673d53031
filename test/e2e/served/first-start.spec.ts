// The first minute from a checkout whose native part is not compiled yet: a double of CMake takes as long as the test wants, and lays down
// the part that this checkout has.
import { chmodSync, cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nativeFiles, sourceKeys } from '../../../native/places.ts';
import { NewScreen } from '../pages/new-screen.ts';
import { Frame } from '../pages/frame.ts';
import { Welcome } from '../pages/welcome.ts';
import { expect, openServed, test, WORK_MS } from './test.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Of no checkout that is fresh. */
const BUILT = [join(ROOT, 'native/build'), join(ROOT, 'native/prebuilt')];

/** A checkout as it is cloned and installed, with the page and llama.cpp's source ready. */
function freshCheckout(root: string): void {
  mkdirSync(root, { recursive: true });
  for (const name of ['electron', 'native', 'package.json'])
    cpSync(join(ROOT, name), join(root, name), { recursive: true, filter: (path) => !BUILT.includes(path) });
  for (const name of ['node_modules', 'resources', 'dist']) symlinkSync(join(ROOT, name), join(root, name));
  mkdirSync(join(root, 'native/build/llama.cpp'), { recursive: true });
  writeFileSync(join(root, 'native/build/stamp.json'), JSON.stringify({ llama: sourceKeys().llama }));
}

/** @param go a file: as soon as it is there, everything is compiled */
function doubleOfCmake(bin: string, go: string): void {
  mkdirSync(bin, { recursive: true });
  const built = dirname(nativeFiles().addon);
  const files = readdirSync(built).filter((name) => /\.(node|so|dylib)$/.test(name));
  const script = `#!/usr/bin/env node
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
const [command, out] = process.argv.slice(2);
if (command === '--build') {
  console.log('[30/120] Building CXX object');
  const looking = setInterval(() => {
    if (!existsSync(${JSON.stringify(go)})) return;
    clearInterval(looking);
    for (const file of ${JSON.stringify(files)}) copyFileSync(join(${JSON.stringify(built)}, file), join(out, file));
    console.log('[120/120] Linking CXX shared module');
  }, 20);
} else if (command === '-S') {
  mkdirSync(process.argv[5], { recursive: true });
}
`;
  writeFileSync(join(bin, 'cmake'), script);
  chmodSync(join(bin, 'cmake'), 0o755);
}

test('while llama.cpp is compiled the page says so, and what is pressed meanwhile begins by itself', async ({
  page,
  home,
  serve,
}) => {
  test.skip(process.platform === 'win32', 'a program that is a script has no name there');
  const root = test.info().outputPath('checkout');
  const bin = join(home, 'bin');
  const go = join(home, 'go');
  freshCheckout(root);
  doubleOfCmake(bin, go);
  const served = await serve(0, {
    commandLine: join(root, 'electron/cli/winnow.ts'),
    // a compiler is looked for, and not needed
    env: { PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, CXX: process.execPath },
  });
  await openServed(page, served.address);
  const frame = new Frame(page);
  const welcome = new Welcome(page);
  const preparing = page.getByRole('region', { name: 'Preparing llama.cpp for this machine' });

  await test.step('what happens, how long it takes, and how far it is', async () => {
    await expect(preparing).toContainText('which takes one to two minutes');
    await expect(preparing).toContainText('compiling llama.cpp 30/120');
    await expect(preparing.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '0.25');
    await expect(frame.jobStrip).toContainText('Preparing llama.cpp (first run only):');
  });

  await test.step('a press waits, and says so', async () => {
    await welcome.sample.click();
    await expect(page.getByText('It opens as soon as llama.cpp is ready.')).toBeVisible();
    await expect(welcome.sample).toBeDisabled();
  });

  await test.step('once it is there, what was pressed begins', async () => {
    writeFileSync(go, '');
    await frame.expectScreen('new');
    await expect(preparing).toHaveCount(0);
    await expect(new NewScreen(page).plan).toContainText(/Takes about/, { timeout: WORK_MS });
  });
});
