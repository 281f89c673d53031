// Pruned files in other programs: LM Studio's and Jan's folders as they read them, a Modelfile that a reader of its own
// understands, and commands that unpatched llama.cpp takes.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { choiceTextFor } from '../choice-for.ts';
import type { Opened, Program } from '../../electron/contract/api/programs.ts';
import { forkWorker } from '../../electron/engine/base/backend/worker-host.ts';
import { openIn } from '../../electron/engine/write/programs/open-in.ts';
import { failure } from '../unit/selection/matrices.ts';
import { commandLineHere, CPU, REFERENCE, ROOT, run, runReference, SAMPLE, scratchDir } from './support.ts';

/** Where programs keep what is theirs. */
const DATA_FOLDERS: Partial<Record<NodeJS.Platform, string[]>> = {
  linux: ['.local', 'share'],
  darwin: ['Library', 'Application Support'],
  win32: ['AppData', 'Roaming'],
};

const dir = scratchDir();
const userFolder = join(dir, 'user');
const lmStudio = join(userFolder, '.lmstudio', 'models');
const programData = join(userFolder, ...(DATA_FOLDERS[process.platform] ?? []));
const jan = join(programData, 'Jan', 'data');
/** A shell has to be told where it ends. */
const whole = join(dir, "it's pruned.gguf");
const split = join(dir, 'parts.gguf');

function open(program: Program, model: string, folder: string | null = null) {
  const machine = { platform: process.platform, env: { APPDATA: programData }, userFolder };
  return openIn({ model, program, folder, ctx: 256, isMadeFor: false, placement: CPU }, forkWorker, machine);
}

const commandOf = ({ commands }: Opened, kind: string): string =>
  commands.find((command) => command.kind === kind)?.text ?? '';

beforeAll(async () => {
  const mask = join(dir, 'choice.json');
  writeFileSync(mask, await choiceTextFor(SAMPLE, (expert) => expert % 2 === 0));
  const winnow = commandLineHere(join(dir, 'home'));
  const pruned = await winnow.json('prune', SAMPLE, '--choice', mask, '-o', whole);
  expect(pruned.code, JSON.stringify(pruned.document)).toBe(0);
  await runReference('stock-gguf-split', '--split', '--split-max-size', '5M', whole, split.replace(/\.gguf$/, ''));
}, 120_000);

/** Those of the split model. */
const partNames = (): string[] => readdirSync(dir).filter((name) => /^parts-\d{5}-of-\d{5}\.gguf$/.test(name));
const firstPart = (): string => join(dir, partNames().sort()[0] ?? '');

describe('LM Studio', () => {
  test('which is not here is not made up', async () => {
    await expect(open('lm-studio', whole)).rejects.toThrow(failure('FILE_NOT_FOUND', 'LM Studio'));
    expect(existsSync(userFolder)).toBe(false);
    await expect(open('lm-studio', whole, join(dir, 'nowhere'))).rejects.toThrow(failure('FILE_NOT_FOUND', 'nowhere'));
  });

  test('gets the file as publisher/model/file.gguf, without a second copy on the disk', async () => {
    mkdirSync(lmStudio, { recursive: true });
    const outcome = await open('lm-studio', whole);
    const target = join(lmStudio, 'winnow', "it's pruned", "it's pruned.gguf");
    expect(outcome).toMatchObject({
      how: 'hard-link',
      displayPath: dirname(target).replace(homedir(), '~'),
      commands: [],
    });
    expect(statSync(target).ino).toBe(statSync(whole).ino);

    expect((await open('lm-studio', whole)).how).toBe('present');
    rmSync(join(lmStudio, 'winnow'), { recursive: true });
  });

  test('gets all parts of a split model', async () => {
    const outcome = await open('lm-studio', firstPart());
    expect(readdirSync(join(lmStudio, 'winnow', 'parts')).sort()).toEqual(partNames().sort());
    expect(outcome.isSplit).toBe(true);
  });

  test('keeps a file of the same name that is another one', async () => {
    const folder = join(lmStudio, 'winnow', "it's pruned");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "it's pruned.gguf"), 'mine');
    await expect(open('lm-studio', whole)).rejects.toThrow(failure('TARGET_EXISTS', 'another file'));
    expect(readFileSync(join(folder, "it's pruned.gguf"), 'utf8')).toBe('mine');
  });
});

test('Jan gets a model.yml that names the file where it lies', async () => {
  await expect(open('jan', whole)).rejects.toThrow(failure('FILE_NOT_FOUND', 'Jan'));
  mkdirSync(jan, { recursive: true });
  await open('jan', whole);
  const folder = join(jan, 'llamacpp', 'models', 'it-s-pruned');
  const entries = readFileSync(join(folder, 'model.yml'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => /^(\w+): (.*)$/.exec(line)?.slice(1) ?? []);
  const values = Object.fromEntries(entries.map(([key = '', value = '']) => [key, JSON.parse(value) as unknown]));
  expect(values).toEqual({
    embedding: false,
    model_path: whole,
    name: "it's pruned",
    size_bytes: statSync(whole).size,
  });
  expect((await open('jan', whole)).how).toBe('present');
});

/** A Modelfile as its documentation describes it: one instruction a line, comments, FROM relative to the file. */
function readModelfile(path: string): { from: string[]; parameters: Record<string, number> } {
  const lines = readFileSync(path, 'utf8').split('\n');
  const instructions = lines
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => /^(\w+)\s+(.*)$/.exec(line)?.slice(1) ?? []);
  const names = new Set(instructions.map(([name = '']) => name));
  expect([...names].filter((name) => !['FROM', 'PARAMETER'].includes(name))).toEqual([]);
  const parameters = instructions.filter(([name]) => name === 'PARAMETER').map(([, rest = '']) => rest.split(/\s+/));
  return {
    from: instructions.filter(([name]) => name === 'FROM').map(([, value = '']) => resolve(dirname(path), value)),
    parameters: Object.fromEntries(parameters.map(([name = '', value]) => [name, Number(value)])),
  };
}

describe('Ollama', () => {
  test('is told the file and the context by a Modelfile beside it', async () => {
    const outcome = await open('ollama', whole);
    const modelfile = join(dir, "it's pruned.Modelfile");
    expect(readModelfile(modelfile)).toEqual({ from: [whole], parameters: { num_ctx: 256 } });
    expect(commandOf(outcome, 'create')).toBe(`ollama create it-s-pruned -f "${modelfile}"`);
    expect(commandOf(outcome, 'remove')).toBe('ollama rm it-s-pruned');
  });

  test('is told a pattern that every part of a split model matches, and nothing else', async () => {
    await open('ollama', firstPart());
    const { from } = readModelfile(join(dir, 'parts.Modelfile'));
    const pattern = new RegExp(`^${RegExp.escape(from[0] ?? '').replace(String.raw`\*`, String.raw`[^/\\]*`)}$`);
    const matched = readdirSync(dir).filter((name) => pattern.test(join(dir, name)));
    expect(matched.sort()).toEqual(partNames().sort());
  });

  test('a Modelfile that somebody changed is left as it is', async () => {
    const modelfile = join(dir, "it's pruned.Modelfile");
    writeFileSync(modelfile, 'FROM ./mine');
    await expect(open('ollama', whole)).rejects.toThrow(failure('TARGET_EXISTS', modelfile));
    expect(readFileSync(modelfile, 'utf8')).toBe('FROM ./mine');
  });
});

test('unpatched llama.cpp runs with the written command, quoted name included', async () => {
  const command = commandOf(await open('llama-cpp', whole), 'run');
  expect(command).toMatch(/^llama-cli -m .* -c 256$/);
  const program = join(REFERENCE, 'stock-perplexity');
  const text = join(ROOT, 'resources/sample/eval/math.txt');
  const line = command.replace(/^llama-cli/, `'${program}'`);
  const { code, stdout, stderr } = await run('sh', ['-c', `${line} -f '${text}' --chunks 1`]);
  expect(code, stderr.slice(-2000)).toBe(0);
  expect(stdout + stderr).toContain('Final estimate: PPL');
});
