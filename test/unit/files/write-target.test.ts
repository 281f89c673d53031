// What a result may take the place of. Foreign files, folders, links and devices are real ones.
import { execFileSync, spawn } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { choiceDocument, writeChoiceFile } from '../../../electron/engine/experts/selection/choice-file.ts';
import { selectionSettingsSchema } from '../../../electron/engine/experts/selection/selection.ts';
import {
  replaceFile,
  writeTextFile,
  checkResultTarget,
  refuseOwnPlace,
} from '../../../electron/engine/base/files/user-files.ts';
import { scratchFiles } from '../demos/scratch-files.ts';
import { CAN_JOIN, CAN_LINK } from '../links.ts';
import { failure } from '../selection/matrices.ts';

const files = scratchFiles();
const HOME = '/nowhere/winnow';

test.each<[Parameters<typeof checkResultTarget>[1], string, string]>([
  ['choice', 'a model', 'GGUF\u0003\0\0\0'],
  ['choice', 'words', 'dear diary'],
  ['scores', 'a configuration', '{"name":"x","version":1}'],
  ['scores', 'a mask', '[\n[0,1]\n]\n'],
  ['imatrix', 'a model', 'GGUF\u0003\0\0\0general.architecture qwen3moe'],
  ['report', 'another page', '<!doctype html><title>My thesis</title>'],
  ['choice', 'a configuration', '{"version":1,"model":"x","layers":[]}'],
  ['choice', 'other counts', '{"1":"one"}'],
])('%s does not replace %s', async (kind, what, text) => {
  const path = files.write(`${kind}-${what}`, text);
  await expect(checkResultTarget(path, kind, HOME)).rejects.toThrow(failure('TARGET_EXISTS', path, '--force'));
});

test('what is not there, is empty, or was written as such before is replaced', async () => {
  await checkResultTarget(files.write('empty', ''), 'choice', HOME);
  const choice = `${files.write('beside', '')}.choice`;
  await checkResultTarget(choice, 'choice', HOME);
  const model = { file: 'tiny.gguf', arch: 'qwen3moe', fingerprint: 'c'.repeat(64), moe_layers: [0, 1], n_expert: 4 };
  const settings = selectionSettingsSchema.parse({});
  await writeChoiceFile(choice, choiceDocument(model, { kept: [[0, 2], [1]], criterion: null, settings }));
  await checkResultTarget(choice, 'choice', HOME);
});

test.skipIf(!CAN_LINK)('nothing takes the place of what Winnow keeps for itself, by whatever name', async () => {
  const home = `${files.write('home.txt', '')}-winnow`;
  mkdirSync(join(home, 'uploads'), { recursive: true });
  const database = join(home, 'winnow.db');
  writeFileSync(database, '');
  const link = `${home}-link`;
  symlinkSync(database, link);
  const folderLink = `${home}-folder`;
  symlinkSync(home, folderLink);
  for (const path of [
    database,
    link,
    join(folderLink, 'winnow.db-wal'),
    join(home, 'tmp', 'not', 'yet.json'),
    join(home, 'models', 'a.gguf'),
  ]) {
    expect(() => refuseOwnPlace(path, home), path).toThrow(failure('TARGET_UNWRITABLE', path, home));
    await expect(checkResultTarget(path, 'choice', home)).rejects.toThrow(failure('TARGET_UNWRITABLE', path));
  }
  for (const path of [
    `${home}.json`,
    join(home, 'mask.json'),
    join(home, 'models.json'),
    join(home, 'uploads', 'x', 'mask.json'),
  ]) {
    refuseOwnPlace(path, home);
  }
  // written elsewhere, the data folder need not be there at all
  refuseOwnPlace(join(home, 'winnow.db'), '/nowhere/else');
});

test.skipIf(!CAN_JOIN)('a junction is judged by the folder that it leads to', () => {
  const home = `${files.write('joined.txt', '')}-winnow`;
  mkdirSync(home);
  const junction = `${home}-junction`;
  symlinkSync(home, junction, 'junction');
  expect(() => refuseOwnPlace(join(junction, 'winnow.db'), home)).toThrow(failure('TARGET_UNWRITABLE', home));
  expect(() => refuseOwnPlace(join(home, 'winnow.db'), junction)).toThrow(failure('TARGET_UNWRITABLE', junction));
  refuseOwnPlace(join(junction, 'mask.json'), home);
});

test('a folder is no place for a file', async () => {
  const folder = `${files.write('x', '')}-folder`;
  mkdirSync(folder);
  await expect(checkResultTarget(folder, 'choice', HOME)).rejects.toThrow(failure('TARGET_UNWRITABLE', 'is a folder'));
});

test('a link is replaced, not the file that it leads to', async () => {
  const target = files.write('precious.txt', 'precious');
  const link = `${target}-link`;
  symlinkSync(target, link);
  const twin = `${target}-twin`;
  linkSync(target, twin);
  await writeTextFile(link, 'new');
  await writeTextFile(twin, 'new');
  expect(readFileSync(target, 'utf8')).toBe('precious');
});

test.skipIf(process.platform === 'win32')('devices and pipes are written through and stay what they are', async () => {
  const pipe = `${files.write('y', '')}-pipe`;
  execFileSync('mkfifo', [pipe]);
  await checkResultTarget(pipe, 'choice', HOME);
  const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void reader.kill());
  let read = '';
  reader.stdout.on('data', (chunk: Buffer) => (read += chunk.toString()));
  const ended = new Promise((resolve) => reader.once('close', resolve));
  await replaceFile(pipe, 'through');
  await ended;
  expect(read).toBe('through');
  expect(statSync(pipe).isFIFO()).toBe(true);
  await writeTextFile('/dev/null', 'x');
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  await expect(writeTextFile('/dev/full', 'x')).rejects.toThrow(failure('NO_SPACE', '/dev/full'));
  expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
});
