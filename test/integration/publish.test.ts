// The folder of a pruned file as model hubs expect it, and what is refused.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { commandLineHere, ROOT, SAMPLE, scratchDir } from './support.ts';

const scratch = scratchDir();
const winnow = commandLineHere(join(scratch, 'home'));
const at = (name: string): string => join(scratch, name);
const PRUNED = at('small.gguf');
const FILES = ['README.md', 'SHA256SUMS', 'choice.json', 'small.gguf'];
const publish = (...args: string[]) => winnow.json('publish', PRUNED, ...args);

beforeAll(async () => {
  const demos = join(ROOT, 'resources/sample/demos/python.jsonl');
  const few = ['--limit', '1', '--max-tokens', '64', '--gpu', 'off'];
  await winnow.call('score', SAMPLE, '--demos', demos, ...few, '--out', at('scores.json'));
  await winnow.call('select', '--scores', at('scores.json'), '--keep', '16', '-o', at('mask.json'));
  expect((await winnow.call('prune', SAMPLE, '--choice', at('mask.json'), '-o', PRUNED)).stderr).not.toContain('error');
});

test('the folder holds the file as a link, its card, its choice and its hash, and the command uploads it', async () => {
  const { document, stderr, code } = await publish('--repo', 'me/small-GGUF', '--base-model', 'someone/base');
  expect(code).toBe(0);
  const folder = at('small.hub');
  expect(document).toMatchObject({ folder, files: FILES, command: `hf upload me/small-GGUF ${folder} .` });
  expect(readdirSync(folder).toSorted()).toEqual(FILES);
  expect(statSync(join(folder, 'small.gguf')).ino).toBe(statSync(PRUNED).ino);
  const hash = createHash('sha256').update(readFileSync(PRUNED)).digest('hex');
  expect(readFileSync(join(folder, 'SHA256SUMS'), 'utf8')).toBe(`${hash}  small.gguf\n`);
  const card = readFileSync(join(folder, 'README.md'), 'utf8');
  expect(card).toMatch(/^---\nbase_model: \S+\/\S+\nbase_model_relation: quantized\n/);
  expect(card).toContain('16 of 32 experts are kept in each of 6 MoE layers');
  expect(card).toContain(`SHA-256 \`${hash}\``);
  expect(JSON.parse(readFileSync(join(folder, 'choice.json'), 'utf8'))).toMatchObject({ format: 'winnow-choice' });
  expect(stderr).toBe('');
  // it is the choice of this very file
  const again = at('again.gguf');
  await winnow.call('prune', SAMPLE, '--choice', join(folder, 'choice.json'), '-o', again);
  expect(readFileSync(again).equals(readFileSync(PRUNED))).toBe(true);
});

test('an empty folder is taken, and what the file does not say is said', async () => {
  mkdirSync(at('empty folder'));
  const { document } = await publish('--to', at('empty folder'));
  expect(document).toMatchObject({ files: FILES });
  expect(String(document['command'])).toBe(`hf upload YOUR-NAME/small-GGUF "${at('empty folder')}" .`);
});

test('the context that experts were chosen to fit is the one that other programs are told', async () => {
  const [file, folder] = [at('fitted.gguf'), at('fitted folder')];
  await winnow.call('select', '--scores', at('scores.json'), '--fit', '20.5MB', '--ctx', '512', '-o', at('m.json'));
  await winnow.call('prune', SAMPLE, '--choice', at('m.json'), '-o', file);
  await winnow.json('publish', file, '--to', folder);
  expect(readFileSync(join(folder, 'README.md'), 'utf8')).toMatch(/^llama-server -m fitted.gguf -c 512$/m);
  for (const path of [file, join(folder, 'fitted.gguf')]) {
    const { document } = await winnow.json('open', path, '--in', 'llama-cpp');
    const said = expect.stringMatching(/ -c 512$/) as string;
    expect(document, path).toMatchObject({ ctx: 512, commands: [{ text: said }, { text: said }] });
    await winnow.json('open', path, '--in', 'ollama');
    expect(readFileSync(path.replace('.gguf', '.Modelfile'), 'utf8')).toContain('PARAMETER num_ctx 512');
  }
});

test.each([
  ['a folder that holds something', () => publish('--to', at('small.hub')), 'TARGET_EXISTS', 'is not empty'],
  ['the place of a file', () => publish('--to', PRUNED), 'TARGET_EXISTS', 'is not empty'],
  [
    'Winnow’s own folder',
    () => publish('--to', join(scratch, 'home', 'models', 'x')),
    'TARGET_UNWRITABLE',
    'keeps for itself',
  ],
  [
    'a model that was not pruned here',
    () => winnow.json('publish', SAMPLE, '--to', at('other')),
    'USAGE',
    'winnow-sample',
  ],
  ['no name on a hub', () => publish('--repo', 'nowhere'), 'USAGE', '"nowhere" is not a name on a hub'],
  ['an order to a shell', () => publish('--repo', '$(touch x)/x'), 'USAGE', ''],
  ['a folder above', () => publish('--repo', '../x'), 'USAGE', ''],
  ['an option', () => publish('--repo=-o/x'), 'USAGE', ''],
])('%s is refused, and nothing is left', async (_, run, code, message) => {
  const before = readdirSync(scratch);
  expect((await run()).document).toMatchObject({
    error: { code, message: expect.stringContaining(message) as string },
  });
  expect(readdirSync(scratch)).toEqual(before);
});

test('another file in the place of the written one is not published', async () => {
  const bytes = readFileSync(PRUNED);
  bytes[bytes.byteLength - 1] = (bytes.at(-1) ?? 0) ^ 1;
  writeFileSync(PRUNED, bytes);
  expect((await publish('--to', at('changed'))).document).toMatchObject({ error: { code: 'MODEL_CHANGED' } });
  expect(existsSync(at('changed'))).toBe(false);
  expect(readdirSync(at('')).filter((name) => name.startsWith('.winnow-'))).toEqual([]);
});
