import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { forkWorker } from '../../../electron/engine/base/backend/worker-host.ts';
import { EngineContext } from '../../../electron/engine/store/engine-context.ts';
import { openResumableFolder } from '../../../electron/engine/store/scratch-folder.ts';
import { temporaryHome } from './support.ts';

const LONG_AGO = new Date(Date.now() - 8 * 24 * 3600 * 1000);

test('the same work finds what was left, alone, until it is done', async () => {
  const home = temporaryHome();
  const context = new EngineContext({ home, host: forkWorker });
  const open = (name: string) => openResumableFolder(name, context);
  {
    using begun = await open('this');
    expect(begun.path).toBe(join(home, 'repairs', 'this'));
    writeFileSync(join(begun.path, 'down-0'), 'fitted');
    await expect(open('this')).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(`Process ${process.pid} is already making this repair`) as string,
    });
    using _other = await open('that');
  }
  using again = await open('this');
  expect(readdirSync(again.path)).toEqual(['down-0']);
  await again.remove();
  expect(existsSync(again.path)).toBe(false);
});

test('what nobody has taken up for a week goes; what is being worked in stays, however old', async () => {
  const home = temporaryHome();
  const context = new EngineContext({ home, host: forkWorker });
  const open = (name: string) => openResumableFolder(name, context);
  using working = await open('working');
  const left = join(home, 'repairs', 'left');
  mkdirSync(left);
  mkdirSync(join(home, 'repairs', 'recent'));
  for (const path of [left, working.path]) utimesSync(path, LONG_AGO, LONG_AGO);
  using _new = await open('new');
  expect(readdirSync(join(home, 'repairs')).sort()).toEqual(['new', 'recent', 'working']);
});
