// What users get wrong and what disks and downloads do to files: every failure has a typed code, one message that names
// the file and the remedy, and leaves the engine and everything on disk as it was.
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest';
import { choiceTextFor } from '../choice-for.ts';
import { z } from 'zod';
import { WinnowError, type ErrorCode } from '../../electron/contract/errors.ts';
import { inEnglish } from '../../electron/contract/sentences.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { Engine } from '../engine.ts';
import { rewriteGguf } from './gguf-files.ts';
import { smallDisk } from './small-disk.ts';
import { architectureFiles, commandLine, commandLineHere, CPU, ROOT, SAMPLE, scratchDir, THREADS } from './support.ts';
import { words } from '../words.ts';

const ON_CPU = ['--gpu', 'off', '--threads', String(THREADS)];
const DEMOS = join(ROOT, 'resources/sample/demos/python.jsonl');
const TEXT = join(ROOT, 'resources/sample/eval/python.txt');

const dir = scratchDir();
const home = join(dir, 'home');
const winnow = commandLine(home);
/** For what only the command's answer matters of. */
const here = commandLineHere(home);
const engine = new Engine({ home: join(dir, 'engine-home') });
afterAll(() => engine.close());

const path = (name: string): string => join(dir, name);

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(path(name), content);
  return path(name);
}

const failure = z.strictObject({
  error: z.strictObject({ code: z.string(), message: z.string(), details: z.looseObject({}) }),
});

function expectReadable(message: string): void {
  expect(message).not.toMatch(/^\s+at /m);
  expect(message).not.toMatch(/undefined|\[object|node:|NaN/);
  // a sentence, or a command to type
  expect(message).toMatch(/[.)]$|: \S.*\.gguf$/);
  expect(message.length).toBeLessThan(700);
}

/** Runs a command that must fail. @returns its message */
async function fails(code: ErrorCode, args: readonly string[], ...mentions: (string | RegExp)[]): Promise<string> {
  const { code: exitCode, document, stderr } = await here.json(...args);
  const { error } = failure.parse(document);
  expect(error, error.message).toMatchObject({ code });
  expect(exitCode).toBe(code === 'USAGE' ? 2 : 1);
  expectReadable(error.message);
  for (const mention of mentions) expect(error.message).toMatch(mention);
  expect(stderr).not.toMatch(/error|^\s+at /im);
  return error.message;
}

const score = (model: string, ...demos: string[]) => words`score ${model} --demos ${demos} --max-tokens 16 ${ON_CPU}`;
const evaluate = (model: string, text: string, ...more: string[]) =>
  words`eval ${model} --text ${text} --ctx 32 --chunks 1 ${ON_CPU} ${more}`;

async function caught(work: Promise<unknown>): Promise<WinnowError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WinnowError);
  return error as WinnowError;
}

const original = readFileSync(SAMPLE);
/** A copy: what is tested here could destroy it. */
const MODEL = write('model.gguf', original);
const CHOICE = write('choice.json', await choiceTextFor(SAMPLE, (expert) => expert < 16));

let good: Record<string, Record<string, unknown>>;

beforeAll(async () => {
  const { code, document } = await winnow.json(...score(MODEL, DEMOS), '--limit', '2');
  expect(code).toBe(0);
  good = document as typeof good;
  write('scores.json', JSON.stringify(good));
});

/** A model whose header is in order, but makes llama.cpp abort. */
async function absurdModel(key: string, value: number): Promise<string> {
  const bad = path('absurd.gguf');
  await rewriteGguf(MODEL, bad, { set: [{ key, type: 'uint32', value }] });
  return bad;
}

describe('models that are none', () => {
  test('on the command line', async () => {
    const half = write('half.gguf', original.subarray(0, original.length / 2));
    await fails(
      'GGUF_CORRUPT',
      ['inspect', half],
      half,
      'truncated',
      `${original.length / 2} bytes`,
      'Download it again',
    );
    await fails('GGUF_CORRUPT', score(half, DEMOS), half, 'truncated');
    const cut = write('cut.gguf', original.subarray(0, 5000));
    await fails('GGUF_CORRUPT', ['inspect', cut], cut, 'damaged header', 'Download or convert');
    const empty = write('empty.gguf', '');
    await fails('NOT_GGUF', ['inspect', empty], empty, 'it is empty');
    const text = write('text.gguf', 'GUFF, but no model');
    await fails('NOT_GGUF', evaluate(text, TEXT), text, 'does not start with');
    await fails('FILE_NOT_FOUND', score(path('no.gguf'), DEMOS), path('no.gguf'), 'Check the path');
    await fails('FILE_UNREADABLE', ['inspect', dir], dir, 'Name the GGUF file');
  });

  test('a dense model', async () => {
    const [moe] = architectureFiles();
    const dense = join(dirname(moe?.path ?? ''), 'llama-dense.gguf');
    const { code, document } = await here.json('inspect', dense);
    expect({ code, document }).toMatchObject({
      code: 0,
      document: {
        arch: 'llama',
        moe_layers: [],
        n_expert: 0,
        prunable: { ok: false, reason: expect.stringContaining('dense') as string },
      },
    });
    await fails('NOT_MOE', score(dense, DEMOS), dense, 'dense');
    await fails('NOT_MOE', ['prune', dense, '--choice', CHOICE, '-o', path('never.gguf')], dense, 'dense');
  });

  test('a split model with a missing or a foreign part', async () => {
    const part = path('split-00001-of-00002.gguf');
    const second = path('split-00002-of-00002.gguf');
    copyFileSync(MODEL, part);
    await fails('SPLIT_INCOMPLETE', ['inspect', part], second, 'missing', 'Put all parts');
    await fails('FILE_NOT_FOUND', ['inspect', second], second);
    copyFileSync(MODEL, second);
    await fails('SPLIT_INCOMPLETE', score(part, DEMOS), part, /one of 1 parts.* 2 belong/);
  });
});

describe('models that llama.cpp refuses', () => {
  test('a tensor is missing', async () => {
    const bad = path('missing-tensor.gguf');
    await rewriteGguf(MODEL, bad, { tensor: (tensor) => (tensor.name === 'blk.3.attn_q.weight' ? null : tensor) });
    await fails('GGUF_CORRUPT', score(bad, DEMOS), bad, "'blk.3.attn_q.weight' not found", 'convert');
    await fails('GGUF_CORRUPT', evaluate(bad, TEXT), bad, "'blk.3.attn_q.weight' not found");
    await fails('GGUF_CORRUPT', ['inspect', bad], bad, "'blk.3.attn_q.weight' not found", 'convert');
    const target = path('never-missing.gguf');
    await fails(
      'GGUF_CORRUPT',
      ['prune', bad, '--choice', CHOICE, '-o', target],
      bad,
      "'blk.3.attn_q.weight' not found",
    );
    expect(readdirSync(dir).filter((name) => name.startsWith('never-missing'))).toEqual([]);
  });

  test.each([
    ['qwen3moe.expert_used_count', 64, '64 of 32 experts are used'],
    ['qwen3moe.expert_count', 2 ** 31, '32 experts instead of 2147483648'],
  ])('%s is %i: refused before anything is loaded', async (key, value, reason) => {
    const bad = await absurdModel(key, value);
    await fails('ARCH_REFUSED', score(bad, DEMOS), bad, 'cannot be pruned', reason);
  });

  test('a block without one of its projections', async () => {
    const bad = path('no-up.gguf');
    await rewriteGguf(MODEL, bad, { tensor: (tensor) => (tensor.name === 'blk.3.ffn_up_exps.weight' ? null : tensor) });
    await fails('ARCH_REFUSED', score(bad, DEMOS), bad, 'block 3 lacks the tensor blk.3.ffn_up_exps.weight');
  });

  test('there is no tokenizer', async () => {
    const bad = path('no-tokens.gguf');
    await rewriteGguf(MODEL, bad, { remove: ['tokenizer.ggml.tokens'] });
    await fails('GGUF_CORRUPT', score(bad, DEMOS), bad, 'tokenizer');
    const none = path('no-tokenizer.gguf');
    const set = [{ key: 'tokenizer.ggml.model', type: 'string' as const, value: 'none' }];
    await rewriteGguf(MODEL, none, { set, remove: ['tokenizer.ggml.tokens', 'tokenizer.ggml.merges'] });
    await fails('GGUF_CORRUPT', score(none, DEMOS), none, 'has no tokenizer');
    await fails('GGUF_CORRUPT', evaluate(none, TEXT), none, 'has no tokenizer');
  });

  test('the engine goes on when its worker dies of a model', async () => {
    const demos = { kind: 'files' as const, files: [DEMOS], domain: 'x' };
    const request = { limit: 1, maxTokens: 16, nUbatch: 512, placement: CPU, fresh: true };
    const absurd = await absurdModel('qwen3moe.block_count', 2 ** 31 - 1);
    const error = await caught(engine.score({ ...request, model: absurd, demos }));
    expect(error.code).toBe('GGUF_CORRUPT');
    const outcome = await engine.score({ ...request, model: MODEL, demos });
    expect(outcome.demos).toHaveLength(1);
  });
});

describe('choices', () => {
  const prune = (choice: string) => ['prune', MODEL, '--choice', choice, '-o', path('never.gguf')];

  test('fewer experts than the model uses', async () => {
    const three = write('three.json', await choiceTextFor(SAMPLE, (expert) => expert < 3));
    await fails('SELECTION_IMPOSSIBLE', prune(three), MODEL, '3 experts', 'Keep at least 4');
    await fails('SELECTION_IMPOSSIBLE', evaluate(MODEL, TEXT, '--choice', three), MODEL, 'Keep at least 4');
  });
});

describe('scores', () => {
  const select = (...args: string[]) => ['select', '--keep', '16', ...args];
  test('broken or missing', async () => {
    await fails('FILE_NOT_FOUND', select('--scores', path('no.json')), path('no.json'));
    await fails('FILE_UNREADABLE', select('--scores', dir), dir);
    const list = write('list.json', '[[1]]');
    await fails('SCORES_INVALID', select('--scores', list), list, 'at the top level', 'winnow score');
  });

  test('of another model', async () => {
    const other = { ...good, model: { ...good['model'], path: '/models/other.gguf', fingerprint: 'f'.repeat(64) } };
    const files = [path('scores.json'), write('other.json', JSON.stringify(other))];
    await fails(
      'SCORES_INVALID',
      select('--scores', ...files),
      path('other.json'),
      '/models/other.gguf',
      basename(MODEL),
    );
  });

  test('of a model that is gone or has changed', async () => {
    const strange = { ...good['model'], fingerprint: 'f'.repeat(64) };
    const gone = { ...good, model: { ...strange, path: path('gone.gguf') } };
    const goneFile = write('gone.json', JSON.stringify(gone));
    const { code, document } = await here.json(...select('--scores', goneFile));
    expect({ code, bytes: document['bytes'] }).toEqual({ code: 0, bytes: null });
    await fails('FILE_NOT_FOUND', ['select', '--scores', goneFile, '--fit', '1GiB'], path('gone.gguf'));
    const changed = { ...good, model: { ...strange, path: MODEL } };
    const changedFile = write('changed.json', JSON.stringify(changed));
    await fails('MODEL_CHANGED', ['select', '--scores', changedFile, '--fit', '1GiB'], MODEL, 'Score it again');
  });

  test('of a model that lies elsewhere than an older file says, or beside the scores', async () => {
    const moved = write(
      'moved.json',
      JSON.stringify({ ...good, model: { ...good['model'], path: '/models/moved.gguf' } }),
    );
    const full = statSync(MODEL).size;
    expect((await here.json(...select('--scores', moved))).document['bytes']).toMatchObject({ full });
    const folder = scratchDir();
    const passedOn = join(folder, 'scores.json');
    copyFileSync(path('scores.json'), passedOn);
    const stranger = commandLineHere(join(folder, 'home'));
    expect((await stranger.json(...select('--scores', passedOn))).document['bytes']).toBeNull();
    symlinkSync(MODEL, join(folder, basename(MODEL)));
    expect((await stranger.json(...select('--scores', passedOn))).document['bytes']).toMatchObject({ full });
  });
});

describe('demo files', () => {
  const binary = original.subarray(0, 4000);
  const cases: [file: string, content: string | Uint8Array, code: ErrorCode, ...(string | RegExp)[]][] = [
    ['empty.jsonl', '', 'DEMOS_EMPTY', 'empty'],
    ['binary.jsonl', binary, 'DEMO_FORMAT', 'binary data', 'Supported: JSONL'],
    ['binary.xyz', binary, 'DEMO_FORMAT', 'no known format'],
  ];

  test.each(cases)('%s', async (name, content, code, ...mentions) => {
    const bad = write(name, content);
    await fails(code, score(MODEL, bad), bad, ...mentions);
  });

  test('missing, or a folder', async () => {
    await fails('FILE_NOT_FOUND', score(MODEL, DEMOS, path('no.jsonl')), path('no.jsonl'), 'Check the path');
    await fails('FILE_UNREADABLE', score(MODEL, dir), dir, 'folder');
  });

  test('good lines are kept, bad ones named with their numbers', async () => {
    const lines = [
      '{"text":"def a(): pass"}',
      '{"text": broken',
      '{"text":"def b(): pass"}',
      '[1, 2]',
      '',
      '{"foo": 1}',
      '{"text":"def a(): pass"}',
    ];
    const file = write('half.jsonl', `${lines.join('\n')}\n{"text":"${'x'.repeat(40_000_000)}"}\n`);
    const { code, stdout, stderr } = await winnow.call(...score(MODEL, file), '--json');
    expect(code).toBe(0);
    const { demos } = JSON.parse(stdout) as { demos: { id: string }[] };
    expect(demos.map(({ id }) => id)).toEqual(['half.jsonl:1', 'half.jsonl:3']);
    for (const warning of [
      'line 2 was left out: not valid JSON',
      'line 4 was left out: the row is a list',
      'line 6 was left out: no known column',
      'line 8 was left out: the line is longer',
    ]) {
      expect(stderr).toContain(`${file}, ${warning}`);
    }
    expect(stderr).toContain('1 demos occur twice');
  });
});

test('text under an unknown extension is text', async () => {
  const { code, document } = await here.json(...score(MODEL, write('demo.xyz', 'def f(): return 1')));
  expect(code).toBe(0);
  expect(document).toMatchObject({ demos: [{ id: 'demo.xyz:1' }] });
});

describe('evaluation texts', () => {
  test.each([
    ['short.txt', 'only a few words', 'TEXT_TOO_SHORT', /short\.txt has \d+ tokens.*at least 64.*longer text/],
    ['latin1-text.txt', Buffer.from('caf\xe9 '.repeat(200), 'latin1'), 'FILE_UNREADABLE', 'not valid UTF-8', 'Save it'],
  ] as [string, string | Uint8Array, ErrorCode, ...(string | RegExp)[]][])(
    '%s',
    async (name, content, code, ...mentions) => {
      write(name, content);
      await fails(code, evaluate(MODEL, path(name)), name, ...mentions);
    },
  );

  test('missing, or a folder', async () => {
    await fails('FILE_NOT_FOUND', evaluate(MODEL, path('no.txt')), path('no.txt'), 'Check the path');
    await fails('FILE_UNREADABLE', evaluate(MODEL, dir), dir, 'Name a plain text file');
  });

  test('a comparison with a missing model, or one of another vocabulary', async () => {
    await fails('FILE_NOT_FOUND', evaluate(MODEL, TEXT, '--against', path('no.gguf')), path('no.gguf'));
    const other = path('other-vocabulary.gguf');
    const tokens = Array.from({ length: 4000 }, (_, i) => (i < 256 ? String.fromCodePoint(256 + i) : `token${i}`));
    await rewriteGguf(MODEL, other, {
      set: [
        { key: 'tokenizer.ggml.tokens', type: 'string', value: tokens },
        { key: 'tokenizer.ggml.token_type', type: 'int32', value: tokens.map(() => 1) },
        { key: 'tokenizer.ggml.merges', type: 'string', value: ['t o'] },
      ],
      tensor: ({ name, ne, bytes }) => {
        const cut = ne.at(-1) === 4096 ? 4000 / 4096 : 1;
        return { name, ne: [...ne.slice(0, -1), (ne.at(-1) ?? 0) * cut], bytes: bytes * cut };
      },
    });
    await fails('USAGE', evaluate(MODEL, TEXT, '--against', other), MODEL, '4096', other, '4000');
  });

  test('a GPU that is not there', async () => {
    const kind = process.platform === 'darwin' ? 'cuda' : 'metal';
    await fails('GPU_UNAVAILABLE', evaluate(MODEL, TEXT, '--gpu', kind), kind, '--gpu off');
  });

  test('a GPU whose backend is installed, and has no driver or no device', async ({ skip }) => {
    using backend = new Backend('auto');
    const problems = await backend.call('gpuProblems', {});
    if (problems.length === 0) skip('every graphics backend that is installed has a device');
    for (const { kind, why } of problems)
      await fails('GPU_UNAVAILABLE', evaluate(MODEL, TEXT, '--gpu', kind), inEnglish(why), '--gpu off');
  });
});

describe('targets', () => {
  const prune = (target: string, ...more: string[]) => ['prune', MODEL, '--choice', CHOICE, '-o', target, ...more];

  test('exists already', async () => {
    const target = write('existing.gguf', 'mine');
    await fails('TARGET_EXISTS', prune(target), target, '--force');
    expect(readFileSync(target, 'utf8')).toBe('mine');
  });

  test('is another input of the command', async () => {
    const demos = path('own-demos.jsonl');
    copyFileSync(DEMOS, demos);
    await fails('USAGE', [...score(MODEL, demos), '--out', demos], demos, 'is an input of this command');
    expect(readFileSync(demos)).toEqual(readFileSync(DEMOS));
    const choice = path('own-choice.json');
    copyFileSync(CHOICE, choice);
    await fails(
      'USAGE',
      ['prune', MODEL, '--choice', choice, '-o', choice, '--force'],
      choice,
      'is an input of this command',
    );
    expect(readFileSync(choice)).toEqual(readFileSync(CHOICE));
  });

  test('is the model itself, by whatever name', async () => {
    symlinkSync(MODEL, path('link.gguf'));
    linkSync(MODEL, path('hard-link.gguf'));
    await fails('USAGE', prune(MODEL), MODEL, 'is the model itself', 'Choose another name');
    await fails('USAGE', prune(MODEL, '--force'), MODEL);
    await fails('USAGE', prune(join(dir, 'home/../model.gguf'), '--force'), MODEL);
    await fails('USAGE', prune(path('link.gguf'), '--force'), path('link.gguf'));
    await fails('USAGE', prune(path('hard-link.gguf'), '--force'), path('hard-link.gguf'));
    await fails('USAGE', ['prune', path('link.gguf'), '--choice', CHOICE, '-o', MODEL, '--force'], MODEL);
    expect(readFileSync(MODEL).equals(original)).toBe(true);
  });

  test('is a folder, a device, or below a file', async () => {
    const file = write('plain-file', 'x');
    await fails('TARGET_UNWRITABLE', prune(dir), dir, 'is a folder');
    await fails('TARGET_UNWRITABLE', prune(join(file, 'out.gguf')), join(file, 'out.gguf'), 'not a folder');
    await fails(
      'TARGET_UNWRITABLE',
      ['select', '--scores', path('scores.json'), '--keep', '16', '-o', join(file, 'm.json')],
      join(file, 'm.json'),
      'not a folder',
    );
    await fails(
      'TARGET_UNWRITABLE',
      ['select', '--scores', path('scores.json'), '--keep', '16', '-o', path('no/m.json')],
      path('no/m.json'),
      'does not exist',
    );
    await fails(
      'TARGET_UNWRITABLE',
      [...score(MODEL, DEMOS), '--limit', '2', '--out', join(file, 's.json')],
      join(file, 's.json'),
    );
    if (process.platform !== 'win32')
      await fails('TARGET_UNWRITABLE', prune('/dev/null', '--force'), '/dev/null', 'device');
    expect(statSync(process.platform === 'win32' ? dir : '/dev/null').isFile()).toBe(false);
  });

  test.runIf(process.platform === 'linux')('is in a folder that cannot be made', async () => {
    await fails('TARGET_UNWRITABLE', prune('/proc/winnow/out.gguf'), '/proc/winnow/out.gguf', 'Choose another folder');
  });

  test('a new folder is made', async () => {
    const { code } = await winnow.call(...prune(path('new/folder/out.gguf')));
    expect(code).toBe(0);
    expect(readdirSync(path('new/folder'))).toEqual(['out.gguf']);
  });
});

describe('a full disk', () => {
  const disk = path('disk');
  const requireDisk = smallDisk(disk, 8);

  /** Leaves so many bytes free. */
  function fill(freeBytes: number, context: TestContext): void {
    requireDisk(context);
    const filler = join(disk, 'filler');
    writeFileSync(filler, '');
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(filler, Buffer.alloc(bavail * bsize - freeBytes));
  }

  test('is seen before anything is written', async (context) => {
    fill(64 << 10, context);
    const command = ['prune', MODEL, '--choice', CHOICE, '-o', join(disk, 'full.gguf')];
    await fails('NO_SPACE', command, disk, /65\.5 kB free, but \d\d\.\d MB is needed/);
    expect(readdirSync(disk)).toEqual(['filler']);
  });
});

// damaged, foreign and newer ones: test/unit/store/database.test.ts
test('a database that cannot be used is named by every command that needs one, and by doctor', async () => {
  const bad = path('bad-home');
  mkdirSync(bad);
  const file = write('bad-home/winnow.db', 'no database at all. '.repeat(400));
  for (const args of [['runs'], score(MODEL, DEMOS), ['prune', MODEL, '--choice', CHOICE, '-o', path('never.gguf')]]) {
    const { code, document } = await commandLineHere(bad).json(...args);
    const { error } = failure.parse(document);
    expect({ code, error: error.code }, error.message).toEqual({ code: 1, error: 'STORE' });
    expect(error.message).toContain(file);
    expectReadable(error.message);
  }
  const doctor = await commandLine(bad).json<{ database: { problem: string } }>('doctor');
  expect(doctor.code).toBe(1);
  expect(doctor.document.database.problem).toContain(file);
  // what needs no database works
  expect((await commandLineHere(bad).json('inspect', MODEL)).code).toBe(0);
});

describe('as text', () => {
  test('the message stands on stderr alone', async () => {
    const half = write('half.gguf', original.subarray(0, original.length / 2));
    const { code, stdout, stderr } = await winnow.call('inspect', half);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: .+ is truncated: .+\n$/);
    const dead = await winnow.call(...score(await absurdModel('qwen3moe.block_count', 2 ** 31 - 1), DEMOS));
    expect({ code: dead.code, stdout: dead.stdout }).toEqual({ code: 1, stdout: '' });
    expect(dead.stderr).toMatch(/^warning: .+\nerror: llama\.cpp does not load .+\n$/);
  });
});
