// The library on a home folder in which every program has left models, good ones and bad ones.
import { existsSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ModelEntry } from '../../electron/contract/api/library.ts';
import { inEnglish, msg } from '../../electron/contract/sentences.ts';
import { forkWorker, type WorkerHost } from '../../electron/engine/base/backend/worker-host.ts';
import { EngineContext } from '../../electron/engine/store/engine-context.ts';
import { Library } from '../../electron/engine/models/library/library.ts';
import type { ScannerOptions } from '../../electron/engine/models/library/scanner.ts';
import type { Machine } from '../../electron/engine/models/library/places.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { finishExport, startExport } from '../../electron/engine/store/exports.ts';
import { findModel, rememberModel } from '../../electron/engine/store/models.ts';
import { openTestEngine } from '../unit/session/test-engine.ts';
import { rewriteGguf } from './gguf-files.ts';
import { SAMPLE, scratchDir } from './support.ts';
import { put, text, tinyGguf, TINY_EXPERTS } from './tiny-gguf.ts';

const scratch = scratchDir();
let tests = 0;
let home: string;
let good: Buffer;
const opened: { library: Library; context: EngineContext }[] = [];

beforeAll(async () => {
  good = await tinyGguf();
});
beforeEach(() => {
  home = join(scratch, `home-${++tests}`);
  mkdirSync(home);
});
afterEach(async () => {
  for (const { library, context } of opened.splice(0)) {
    await library.close();
    context.close();
  }
});

type Opened = { library: Library; context: EngineContext; changes: { scanning: boolean }[]; failures: unknown[] };

/** It knows nothing but its home, and keeps what llama.cpp downloads in .cache/llama.cpp there. */
function machineOf(userFolder: string): Machine {
  return process.platform === 'win32'
    ? { platform: 'win32', env: { LLAMA_CACHE: join(userFolder, '.cache', 'llama.cpp') }, userFolder }
    : { platform: 'linux', env: {}, userFolder };
}

/** @param data the folder of the database; that of an earlier library to go on with it */
function open({
  data = join(home, 'winnow'),
  host = forkWorker,
  ...rest
}: Partial<ScannerOptions> & { data?: string; host?: WorkerHost } = {}): Opened {
  const context = new EngineContext({ home: data, host });
  const changes: { scanning: boolean }[] = [];
  const failures: unknown[] = [];
  const library = new Library({
    context,
    machine: machineOf(home),
    ready: () => Promise.resolve(),
    onChange: (state) => changes.push(state),
    onFailure: (error) => failures.push(error),
    ...rest,
  });
  opened.push({ library, context });
  return { library, context, changes, failures };
}

async function scanned(library: Library): Promise<ModelEntry[]> {
  await library.scan();
  return library.list();
}

function named(entries: readonly ModelEntry[], name: string): ModelEntry {
  const entry = entries.find((candidate) => candidate.name === name);
  if (!entry) throw new Error(`no ${name} among ${entries.map((candidate) => candidate.name).join(', ')}`);
  return entry;
}

// the folders of Linux, with a link in the hub's cache
describe.skipIf(process.platform === 'win32')('a home with every program', () => {
  const sha = 'ab'.repeat(32);
  const repository = '.cache/huggingface/hub/models--ggml-org--tiny-GGUF';

  beforeEach(async () => {
    put(join(home, '.lmstudio/models/unsloth/Tiny-GGUF/tiny-lms.gguf'), good);
    put(join(home, '.lmstudio/models/directly.gguf'), good);
    put(join(home, `.ollama/models/blobs/sha256-${sha}`), await tinyGguf({ padding: 2 << 20 }));
    put(
      join(home, '.ollama/models/manifests/registry.ollama.ai/library/tiny/30b'),
      JSON.stringify({ layers: [{ mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${sha}` }] }),
    );
    put(join(home, repository, 'blobs/1111'), good);
    for (const revision of ['one', 'two']) {
      mkdirSync(join(home, repository, 'snapshots', revision), { recursive: true });
      symlinkSync('../../blobs/1111', join(home, repository, 'snapshots', revision, 'tiny-hub.gguf'));
    }
    put(join(home, '.cache/llama.cpp/tiny-plain.gguf'), good);
    put(join(home, '.local/share/Jan/data/llamacpp/models/janhq/tiny-jan/model.gguf'), good);
    put(join(home, '.local/share/nomic.ai/GPT4All/tiny-gpt4all.gguf'), good);
  });

  test('is seen whole, each model once and with its origin', async () => {
    const { library } = open();
    const entries = await scanned(library);
    expect(entries.map(({ name, origin, publisher, state }) => [name, origin, publisher, state])).toEqual([
      ['directly', 'lm-studio', null, 'ready'],
      ['tiny-gpt4all', 'gpt4all', null, 'ready'],
      ['tiny-hub', 'hugging-face', 'ggml-org', 'ready'],
      ['tiny-jan', 'jan', 'janhq', 'ready'],
      ['tiny-lms', 'lm-studio', 'unsloth', 'ready'],
      ['tiny-plain', 'llama.cpp', null, 'ready'],
      ['tiny:30b', 'ollama', null, 'ready'],
    ]);
    expect(named(entries, 'tiny-lms')).toMatchObject({
      displayPath: '~/.lmstudio/models/unsloth/Tiny-GGUF/tiny-lms.gguf',
      bytes: good.length,
      parts: 1,
      lastUsedMs: null,
      reason: null,
      details: {
        arch: 'qwen3moe',
        nExpert: TINY_EXPERTS,
        nExpertUsed: 2,
        moeLayers: [0],
        contextLength: 4096,
        provenance: null,
      },
    });
  });

  test('has the folders that are there', async () => {
    const { library } = open();
    expect(await library.scan()).toEqual({ models: 7, folders: 6 });
    expect((await library.folders()).map(({ origin, displayPath, models }) => [origin, displayPath, models])).toEqual([
      ['lm-studio', '~/.lmstudio/models', 2],
      ['ollama', '~/.ollama/models', 1],
      ['llama.cpp', '~/.cache/llama.cpp', 1],
      ['hugging-face', '~/.cache/huggingface/hub', 1],
      ['jan', '~/.local/share/Jan/data/llamacpp/models', 1],
      ['gpt4all', '~/.local/share/nomic.ai/GPT4All', 1],
    ]);
  });

  test('is not read again while nothing changes, and only in part when something does', async () => {
    const { library, context } = open();
    const before = await scanned(library);
    await library.close();

    let workers = 0;
    const host: WorkerHost = (spec) => {
      workers += 1;
      return forkWorker(spec);
    };
    const again = open({ host }).library;
    expect(await scanned(again)).toEqual(before);
    expect(workers).toBe(0);

    const changed = join(home, '.cache/llama.cpp/tiny-plain.gguf');
    put(changed, await tinyGguf({ experts: 16 }));
    const id = again.idOf(changed);
    expect(await again.get(id)).toMatchObject({ state: 'reading', details: null });
    await again.scan();
    expect(await again.get(id)).toMatchObject({ state: 'ready', details: { nExpert: 16 } });
    expect(workers).toBe(1);
    context.close();
  });

  test('is listed at once, and read meanwhile', async () => {
    const native = Promise.withResolvers<undefined>();
    const { library, changes } = open({ ready: () => native.promise });
    expect(await library.list()).toEqual([]);
    await expect.poll(async () => (await library.list()).length, { timeout: 20_000 }).toBe(7);
    const states = new Set((await library.list()).map(({ state }) => state));
    expect(states).toEqual(new Set(['reading']));
    native.resolve(undefined);
    await expect.poll(() => changes.at(-1), { timeout: 20_000 }).toEqual({ scanning: false });
    expect((await library.list()).every(({ state }) => state === 'ready')).toBe(true);
  });
});

describe('files that cannot be used', () => {
  let folder: string;
  beforeEach(() => {
    folder = join(home, 'mine');
    mkdirSync(folder);
  });

  async function verdictOn(files: Readonly<Record<string, Uint8Array | string>>): Promise<Record<string, unknown>> {
    for (const [name, bytes] of Object.entries(files)) put(join(folder, name), bytes);
    const { library } = open();
    await library.addFolder(folder);
    const entries = await scanned(library);
    return Object.fromEntries(
      entries.map(({ name, state, reason }) => [name, `${state}: ${reason && inEnglish(reason)}`]),
    );
  }

  test('are listed with the reason', async () => {
    expect(
      await verdictOn({
        'good.gguf': good,
        'page.gguf': '<html>Not found</html>',
        'empty.gguf': '',
        'truncated.gguf': good.subarray(0, -4096),
        'damaged.gguf': good.subarray(0, 100),
        'newer.gguf': Buffer.concat([Buffer.from('GGUF\x09\0\0\0'), good.subarray(8)]),
        'projector.gguf': await tinyGguf({ arch: 'clip', experts: 0 }),
        'encoder.gguf': await tinyGguf({ arch: 'clip', experts: 0, keys: [text('general.type', 'mmproj')] }),
        'matrix.gguf': await tinyGguf({ arch: null, keys: [text('general.type', 'imatrix')] }),
        'lora.gguf': await tinyGguf({ keys: [text('general.type', 'adapter')] }),
        'steer.gguf': await tinyGguf({ arch: 'controlvector', experts: 0 }),
        'vocabulary.gguf': await tinyGguf({ tensors: false }),
        'unnamed.gguf': await tinyGguf({ arch: null }),
        'unheard.gguf': await tinyGguf({ arch: 'futuristic' }),
        'dense.gguf': await tinyGguf({ arch: 'llama', experts: 0 }),
        'refused.gguf': await tinyGguf({ arch: 'refact' }),
        'misfit.gguf': await tinyGguf({ keys: [{ key: 'qwen3moe.embedding_length', type: 'uint32', value: 64 }] }),
        'lonely-00002-of-00003.gguf': good,
      }),
    ).toEqual({
      good: 'ready: null',
      page: 'unusable: This file is not a GGUF model: it does not start with the bytes "GGUF". Winnow reads the .gguf files that llama.cpp runs.',
      empty: 'unusable: This file is not a GGUF model: it is empty. Winnow reads the .gguf files that llama.cpp runs.',
      truncated: expect.stringMatching(
        /^unusable: This file is truncated: it has \d+ bytes, its tensors need \d+\./,
      ) as string,
      damaged: expect.stringMatching(
        /^unusable: This file has a damaged header: .*Download or convert the file again\.$/,
      ) as string,
      newer: 'unusable: This file has GGUF version 9; versions 2 and 3 can be read.',
      projector:
        'unusable: This file is GGUF, but not a model: it is the image or audio encoder that goes with a model.',
      encoder: 'unusable: This file is GGUF, but not a model: it is the image or audio encoder that goes with a model.',
      matrix:
        'unusable: This file is GGUF, but not a model: it is an importance matrix, which helps to quantise a model.',
      lora: 'unusable: This file is GGUF, but not a model: it is an adapter (LoRA), which changes another model.',
      steer: 'unusable: This file is GGUF, but not a model: it is a control vector, which steers another model.',
      vocabulary: 'unusable: This file is GGUF, but not a model: it holds a vocabulary only, without weights.',
      unnamed: expect.stringMatching(/^unusable: This file does not say its architecture/) as string,
      unheard:
        'unusable: This file has the architecture "futuristic", which this llama.cpp does not know. A newer Winnow may.',
      dense: 'dense: A dense model: it has no experts to prune.',
      refused: 'refused: It cannot be pruned: llama.cpp loads experts for it but never runs them.',
      misfit: expect.stringMatching(
        /^unusable: llama\.cpp does not load this file: .*'token_embd\.weight' has wrong shape/,
      ) as string,
      lonely: expect.stringMatching(
        /^unusable: lonely-00002-of-00003\.gguf is one part .* and lonely-00001-of-00003\.gguf is missing\./,
      ) as string,
    });
  });

  test('a part that comes later makes the model whole', async () => {
    const part = (no: number): Promise<Buffer> =>
      tinyGguf({ part: { no, count: 2 }, keys: [text('general.name', 'x')] });
    const first = put(join(folder, 'two-00001-of-00002.gguf'), await part(0));
    const { library } = open();
    await library.addFolder(folder);
    expect(named(await scanned(library), 'two')).toMatchObject({
      state: 'unusable',
      parts: 2,
      bytes: (await part(0)).length,
    });

    put(join(folder, 'two-00002-of-00002.gguf'), await part(1));
    const [whole] = await scanned(library);
    expect(whole).toMatchObject({ name: 'two', state: 'ready', parts: 2, id: library.idOf(first) });
    expect(whole?.bytes).toBe((await part(0)).length + (await part(1)).length);
    expect(library.path(whole?.id ?? '')).toBe(first);
  });

  test('a header that kills its reader costs only this file', async () => {
    put(join(folder, 'a.gguf'), good);
    put(join(folder, 'hostile.gguf'), good);
    put(join(folder, 'z.gguf'), good);
    let workers = 0;
    const host: WorkerHost = (spec) => {
      workers += 1;
      const worker = forkWorker(spec);
      return {
        ...worker,
        send: (message) => (JSON.stringify(message).includes('hostile') ? worker.kill() : worker.send(message)),
        // as llama.cpp ends its process
        onExit: (listener) => worker.onExit(() => listener('signal SIGABRT')),
      };
    };
    const { library } = open({ host });
    await library.addFolder(folder);
    const entries = await scanned(library);
    expect(entries.map(({ name, state }) => [name, state])).toEqual([
      ['a', 'ready'],
      ['hostile', 'unusable'],
      ['z', 'ready'],
    ]);
    expect(inEnglish(named(entries, 'hostile').reason ?? '')).toMatch(
      /^This file has a damaged header: The backend process ended/,
    );
    expect(workers).toBe(2);
  });

  test('a worker that does not start says nothing about the files', async () => {
    put(join(folder, 'a.gguf'), good);
    const host: WorkerHost = ({ args }) => forkWorker({ entry: 'backend', args: [...args, 'x'].map(() => 'nonsense') });
    const { library, context } = open({ host });
    await library.addFolder(folder);
    await expect(library.scan()).rejects.toMatchObject({ code: 'BACKEND_CRASHED' });
    expect(await library.list()).toMatchObject([{ name: 'a', state: 'reading', reason: null }]);
    await library.close();
    context.close();
    expect(await scanned(open().library)).toMatchObject([{ name: 'a', state: 'ready' }]);
  });

  test('closing in the middle of a scan harms no file', async () => {
    for (let i = 0; i < 40; i++) put(join(folder, `m${i}.gguf`), good);
    const { library, context } = open();
    await library.addFolder(folder);
    const scan = library.scan();
    await expect.poll(async () => (await library.list()).length).toBe(40);
    await library.close();
    await expect(scan).rejects.toMatchObject({ code: 'CANCELLED' });
    context.close();
    const states = new Set((await open().library.list()).map(({ state }) => state));
    expect([...states].filter((state) => state !== 'ready' && state !== 'reading')).toEqual([]);
  });
});

describe('a model that changes while it is listed', () => {
  test('says that its file is not there any more, and comes back with it', async () => {
    const path = put(join(home, '.cache/llama.cpp/a.gguf'), good);
    const { library } = open();
    const [entry] = await scanned(library);
    const id = entry?.id ?? '';
    renameSync(path, `${path}.away`);
    expect(await library.list()).toEqual([{ ...entry, state: 'unusable', reason: msg('fileVanished'), details: null }]);
    expect(() => library.path(id)).toThrow(`${join('~', '.cache', 'llama.cpp', 'a.gguf')} is not there any more`);
    renameSync(`${path}.away`, path);
    expect(await library.list()).toEqual([entry]);
    expect(library.path(id)).toBe(path);
  });

  test('is read again when its file changes, without being asked', async () => {
    const path = put(join(home, '.cache/llama.cpp/a.gguf'), good);
    const { library } = open();
    await scanned(library);
    truncateSync(path, good.length - 4096);
    expect(await library.list()).toMatchObject([{ state: 'reading', details: null }]);
    await expect
      .poll(async () => (await library.list())[0], { timeout: 20_000 })
      .toMatchObject({
        state: 'unusable',
        reason: { code: 'fileTruncated' },
      });
    put(path, good);
    await library.list();
    await expect.poll(async () => (await library.list())[0]?.state, { timeout: 20_000 }).toBe('ready');
    utimesSync(path, 1, 1);
    expect((await library.list())[0]?.state).toBe('reading');
  });

  test('leaves the list with the next scan, unless it was used', async () => {
    const kept = put(join(home, '.cache/llama.cpp/kept.gguf'), good);
    const gone = put(join(home, '.cache/llama.cpp/gone.gguf'), good);
    const { library } = open();
    await scanned(library);
    const id = library.idOf(kept);
    library.touch(id);
    rmSync(kept);
    rmSync(gone);
    expect((await scanned(library)).map(({ name }) => name)).toEqual(['kept']);
    library.remove(id);
    expect(await library.list()).toEqual([]);
    expect(() => library.entry(id)).toThrow(/not in the list any more/);
  });
});

describe('what the user adds', () => {
  test('a file stays through scans until it is taken out', async () => {
    const path = put(join(home, 'Downloads/a.gguf'), good);
    const { library } = open();
    const id = await library.add(path);
    expect(await scanned(library)).toMatchObject([
      { id, origin: 'file', state: 'ready', displayPath: join('~', 'Downloads', 'a.gguf') },
    ]);
    library.remove(id);
    expect(await scanned(library)).toEqual([]);
    expect(existsSync(path)).toBe(true);
  });

  test('a file that cannot be used is refused with the reason, and not listed', async () => {
    const { library } = open();
    const page = put(join(home, 'page.gguf'), '<html>');
    await expect(library.add(page)).rejects.toMatchObject({ code: 'NOT_GGUF' });
    await expect(library.add(join(home, 'none.gguf'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect(await scanned(library)).toEqual([]);
    const dense = put(join(home, 'dense.gguf'), await tinyGguf({ arch: 'llama', experts: 0 }));
    expect(await library.get(await library.add(dense))).toMatchObject({ state: 'dense' });
  });

  test('a file that a program has anyway keeps its origin, and stays', async () => {
    const path = put(join(home, '.lmstudio/models/p/m/a.gguf'), good);
    const { library } = open();
    await scanned(library);
    const id = await library.add(path);
    expect(library.entry(id).origin).toBe('lm-studio');
    expect(() => library.remove(id)).toThrow(/is in a folder that Winnow searches/);
  });

  test('what was exported and is missing stays what it was, however often one looks', async () => {
    const path = put(join(home, 'Winnow/pruned.gguf'), good);
    const { library } = open();
    expect(await library.addWritten(path, new AbortController().signal, 'export')).toBeNull();
    const [{ id } = { id: '' }] = await library.list();
    library.touch(id);
    rmSync(path);
    for (const _look of [1, 2])
      expect(await scanned(library)).toMatchObject([{ id, origin: 'export', state: 'unusable' }]);
    library.remove(id);
    expect(await library.list()).toEqual([]);
  });

  test('a link and the file are one model', async () => {
    const path = put(join(home, 'a.gguf'), good);
    symlinkSync(path, join(home, 'link.gguf'));
    const { library } = open();
    expect(await library.add(join(home, 'link.gguf'))).toBe(await library.add(path));
    expect(await library.list()).toHaveLength(1);
  });

  test('a folder is searched from then on, until it is taken out', async () => {
    const folder = join(home, 'models');
    put(join(folder, 'deep/a.gguf'), good);
    const { library, context } = open();
    expect(await library.addFolder(folder)).toMatchObject({
      displayPath: join('~', 'models'),
      origin: 'folder',
      removable: true,
    });
    expect(await scanned(library)).toMatchObject([{ name: 'a', origin: 'folder' }]);
    await library.addFolder(folder);
    expect(await library.folders()).toEqual([
      { displayPath: join('~', 'models'), origin: 'folder', models: 1, problem: null, removable: true },
    ]);
    await library.close();
    context.close();

    const later = open().library;
    rmSync(folder, { recursive: true });
    expect(await later.folders()).toMatchObject([{ models: 1, problem: msg('folderVanished') }]);
    later.removeFolder(join('~', 'models'));
    expect(await scanned(later)).toEqual([]);
    expect(await later.folders()).toEqual([]);
    expect(() => later.removeFolder(join('~', 'models'))).toThrow(/not one of the folders that you added/);
  });

  test('a folder by another name is the same folder', async () => {
    const folder = join(home, 'models');
    mkdirSync(folder);
    symlinkSync(folder, join(home, 'other-name'));
    const { library } = open();
    await library.addFolder(folder);
    expect(await library.addFolder(join(home, 'other-name'))).toMatchObject({ displayPath: join('~', 'models') });
    expect(await library.folders()).toEqual([
      { displayPath: join('~', 'models'), origin: 'folder', models: 0, problem: null, removable: true },
    ]);
  });

  test('a folder that cannot be read, and one that is searched anyway', async () => {
    const { library } = open();
    await expect(library.addFolder(join(home, 'none'))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    await expect(library.addFolder(put(join(home, 'file'), ''))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
    mkdirSync(join(home, '.lmstudio/models'), { recursive: true });
    expect(await library.addFolder(join(home, '.lmstudio/models'))).toMatchObject({
      origin: 'lm-studio',
      removable: false,
    });
  });
});

describe('files that Winnow wrote', () => {
  test('are listed where the exports table says, with what they were made from', async () => {
    const path = join(home, 'out/pruned.gguf');
    mkdirSync(join(home, 'out'));
    const selection = JSON.stringify({ demos: [{ domain: 'python', demos: ['a'], tokens: 7 }] });
    await rewriteGguf(SAMPLE, path, {
      set: [
        text('winnow.source.name', 'winnow-sample-Q8_0.gguf'),
        text('winnow.source.fingerprint', 'f'.repeat(64)),
        { key: 'winnow.source.expert_count', type: 'uint32', value: 64 },
        text('winnow.criterion', 'easy-ep'),
        text('winnow.selection', selection),
      ],
    });
    const { library, context } = open();
    using backend = new Backend();
    const { info } = await inspectModel(SAMPLE, backend);
    const model = rememberModel(context.store, info);
    const plan = { keep: 32, selectionHash: null, selectionId: null, domains: [] };
    const write = (output: string): void => {
      const { id } = startExport(context.store, model.id, plan, output);
      finishExport(context.store, id, { state: 'done', bytes: 1, sha256: '', seconds: 1 });
    };
    write(path);
    write(join(home, 'out/deleted.gguf'));
    startExport(context.store, model.id, plan, put(join(home, 'out/unfinished.gguf'), good));
    const entries = await scanned(library);
    expect(entries).toMatchObject([{ name: 'pruned', origin: 'export', state: 'ready' }]);
    expect(entries[0]?.details?.provenance).toEqual({
      'winnow.source.name': 'winnow-sample-Q8_0.gguf',
      'winnow.source.fingerprint': 'f'.repeat(64),
      'winnow.source.expert_count': '64',
      'winnow.criterion': 'easy-ep',
      'winnow.domains': 'python',
      'winnow.kept': '32',
    });
  });
});

describe('by fingerprint', () => {
  test('a model that was moved is known again', async () => {
    const path = put(join(home, '.cache/llama.cpp/a.gguf'), good);
    const { library, context } = open();
    await scanned(library);
    using backend = new Backend();
    const { info } = await inspectModel(path, backend);
    expect(library.findByFingerprint(info.fingerprint)).toBeNull();
    rememberModel(context.store, info);
    expect(library.findByFingerprint(info.fingerprint)).toBe(library.idOf(path));

    const moved = join(home, '.lmstudio/models/moved.gguf');
    mkdirSync(join(home, '.lmstudio/models'), { recursive: true });
    renameSync(path, moved);
    put(
      join(home, '.lmstudio/models/other.gguf'),
      await tinyGguf({ keys: [text('general.name', 'o'), text('n', 'a'.repeat(9))] }),
    );
    await scanned(library);
    expect(library.findByFingerprint(info.fingerprint)).toBe(library.idOf(moved));
    expect(findModel(context.store, info.fingerprint)?.path).toBe(path);
  });
});

describe('five hundred models', () => {
  test('are listed, and the page hears of them only now and then', async () => {
    const first = put(join(home, '.cache/llama.cpp/m0.gguf'), good);
    for (let i = 1; i < 500; i++) linkSync(first, join(home, `.cache/llama.cpp/m${i}.gguf`));
    const { library, changes, failures } = open();
    const beganAt = performance.now();
    const entries = await scanned(library);
    const seconds = (performance.now() - beganAt) / 1000;
    expect(entries).toHaveLength(500);
    expect(entries.every(({ state }) => state === 'ready')).toBe(true);
    expect(changes.at(0)).toEqual({ scanning: true });
    expect(changes.at(-1)).toEqual({ scanning: false });
    // four times a second, and where a step begins or ends
    expect(changes.length).toBeLessThan(4 * seconds + 6);
    // on Wine the search takes longer than that
    if (process.platform !== 'win32') expect(changes.length).toBeLessThan(100);
    expect(failures).toEqual([]);
  });
});

describe('over the contract', () => {
  /** Not the models of whoever runs the tests. */
  beforeEach(() => {
    vi.stubEnv('HOME', home);
    for (const name of Object.keys(process.env))
      if (/^(HF_|HUGGINGFACE|LLAMA_|LMSTUDIO|OLLAMA|XDG_)/.test(name)) vi.stubEnv(name, '');
    return () => vi.unstubAllEnvs();
  });

  test('files are added, and a bad one costs only itself', async () => {
    const { client, services, ...host } = openTestEngine();
    const bad = put(join(home, 'bad.gguf'), 'x');
    const outcomes = await client.call('library.add', {
      grants: [host.grant(SAMPLE), host.grant(bad), host.grant(join(home, 'x'), 'write'), 'never-was-granted'],
    });
    expect(outcomes.map(({ name, error, modelId }) => [name, error?.code, modelId])).toEqual([
      ['winnow-sample-Q8_0.gguf', undefined, services.library.idOf(SAMPLE)],
      ['bad.gguf', 'NOT_GGUF', null],
      ['', 'USAGE', null],
      ['', 'USAGE', null],
    ]);
  });
});
