// The move to the newest llama.cpp that is served for Linux, which package.json names beside the pin: made for real in a scratch
// checkout of the commit that is checked out here. Green means that nothing but the pin has to be changed to make it.
import { constants, cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { llamaSource } from '../../native/prebuilt.ts';
import { THOROUGH } from '../setup/thorough.ts';
import { ROOT, run, scratchDir } from './support.ts';

const scratch = scratchDir();
/** Enough for installing, compiling all of it and some hundred tests, on two cores. */
const TIME_LIMIT = 30 * 60_000;

const { config } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  config: { 'next-node-llama-cpp': string };
};
const next = config['next-node-llama-cpp'];

/** The runner within this one is its own. */
const OWN_RUNNER = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /^(VITEST|WINNOW_TEST_|NODE_ENV$|TEST$|npm_)/.test(name))
    .map((name) => [name, undefined]),
);

const inFolder = (folder: string, ...args: string[]) => run('npm', ['--prefix', folder, ...args], OWN_RUNNER);

test.runIf(THOROUGH && process.platform === 'linux')(
  `the checkout moves to node-llama-cpp ${next}, and all is held`,
  { timeout: TIME_LIMIT },
  async ({ skip }) => {
    skip(llamaSource().release === next, `${next} is what is pinned`);
    const served = await run('npm', ['view', `@node-llama-cpp/linux-x64@${next}`, 'version']);
    skip(served.stdout.trim() !== next, `the npm registry cannot be reached, or does not serve ${next}`);

    const checkout = join(scratch, 'winnow');
    expect(await run('git', ['clone', '--quiet', ROOT, checkout])).toMatchObject({ code: 0 });
    // copies: npm writes into some of its files
    cpSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'), {
      recursive: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
    });
    const moved = await inFolder(checkout, 'run', 'update:llama', '--', next);
    expect(moved.code, `${moved.stdout.slice(-8000)}\n${moved.stderr.slice(-4000)}`).toBe(0);
    expect(moved.stdout).toContain(`node-llama-cpp ${next} holds.`);

    // the patches serve both releases: the pin is all that changed
    const changed = await run('git', ['-C', checkout, 'diff', '--name-only']);
    expect(changed.stdout.split('\n').filter(Boolean)).toEqual(['package-lock.json', 'package.json']);
  },
);
