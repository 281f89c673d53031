import { posix } from 'node:path';
import { execFileSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { winnowHome } from '../../../electron/engine/store/engine-context.ts';

test.each([
  ['WINNOW_HOME first', { WINNOW_HOME: '/data/w', XDG_DATA_HOME: '/xdg' }, 'linux', '/home/u', '/data/w'],
  ['an empty WINNOW_HOME is none', { WINNOW_HOME: '' }, 'linux', '/home/u', '/home/u/.local/share/winnow'],
  ['XDG_DATA_HOME', { XDG_DATA_HOME: '/xdg' }, 'linux', '/home/u', '/xdg/winnow'],
  ['a relative XDG_DATA_HOME is ignored', { XDG_DATA_HOME: 'xdg' }, 'linux', '/home/u', '/home/u/.local/share/winnow'],
  [
    'XDG is not for macOS',
    { XDG_DATA_HOME: '/xdg' },
    'darwin',
    '/Users/u',
    '/Users/u/Library/Application Support/Winnow',
  ],
  ['APPDATA', { APPDATA: 'D:\\Roaming' }, 'win32', 'C:\\Users\\u', 'D:\\Roaming\\Winnow'],
  ['no APPDATA', {}, 'win32', 'C:\\Users\\u', 'C:\\Users\\u\\AppData\\Roaming\\Winnow'],
  ['WINNOW_HOME on Windows', { WINNOW_HOME: 'E:\\w' }, 'win32', 'C:\\Users\\u', 'E:\\w'],
] as const)('%s', (_what, env, platform, userFolder, expected) => {
  expect(winnowHome(env, platform, userFolder)).toBe(expected);
});

test('a relative WINNOW_HOME becomes absolute', () => {
  expect(winnowHome({ WINNOW_HOME: 'here' }, 'linux', '/home/u')).toBe(posix.resolve('here'));
});

test('HOME set to nothing is no folder in the working directory', () => {
  const home = import.meta.resolve('../../../electron/engine/store/engine-context.ts');
  const script = `import { winnowHome } from ${JSON.stringify(home)}; console.log(winnowHome({}, 'linux'));`;
  const env = { ...process.env, HOME: '', NODE_OPTIONS: '' };
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { env, encoding: 'utf8' });
  expect(said.trim()).toBe(`${userInfo().homedir}/.local/share/winnow`);
});
