// What a model is known by: no block of any tensor changes unseen, and what quantisers leave alone tells whose files they are.
import { copyFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { EngineContext } from '../../electron/engine/store/engine-context.ts';
import type { KnownFiles } from '../../electron/engine/store/models.ts';
import { isUnread } from '../../electron/engine/models/identity.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { samenessSaid } from '../../electron/engine/models/sameness.ts';
import { forkWorker } from '../../electron/engine/base/backend/worker-host.ts';
import { editTensor, readBytes, seeGguf, writeVariant } from './gguf-tools.ts';
import { sha256 } from '../hash.ts';
import { runReference, SAMPLE, scratchDir } from './support.ts';

const scratch = scratchDir();
const backend = new Backend();
afterAll(() => backend.close());

test('it is the SHA-256 of the file, and of a split model that of its parts’', async () => {
  const [{ info }, bytes] = [await inspectModel(SAMPLE, backend), readBytes(SAMPLE, 0, statSync(SAMPLE).size)];
  expect(info.fingerprint).toBe(sha256(bytes));
  const prefix = join(scratch, 'split');
  await runReference('stock-gguf-split', '--split', '--split-max-tensors', '40', SAMPLE, prefix);
  const split = (await inspectModel(`${prefix}-00001-of-00002.gguf`, backend)).info;
  const hashes = split.parts.map((part) => sha256(readBytes(part, 0, statSync(part).size)));
  expect(hashes).toHaveLength(2);
  expect(split.fingerprint).toBe(sha256(Buffer.from(hashes.join('\n'))));
});

describe('the same model in another type', () => {
  const kindredOf = async (path: string): Promise<string | undefined> =>
    (await inspectModel(path, backend)).info.kindred;
  const copy = (name: string): string => {
    const path = join(scratch, name);
    copyFileSync(SAMPLE, path);
    return path;
  };

  test.each(['Q4_K_M', 'F16', 'Q5_0'])('%s by llama.cpp’s own quantiser', async (type) => {
    const path = join(scratch, `${type}.gguf`);
    await runReference('stock-quantize', '--allow-requantize', SAMPLE, path, type);
    expect(await kindredOf(path)).toBe(await kindredOf(SAMPLE));
  });

  test.each([
    ['its routers', 'blk.2.ffn_gate_inp.weight'],
    ['its norms', 'blk.5.attn_norm.weight'],
  ])('but not with others of %s', async (_, name) => {
    const path = copy('other.gguf');
    const { tensors } = await seeGguf(path);
    editTensor(
      path,
      tensors.find((tensor) => tensor.name === name)!,
      (bytes) => void (bytes[8]! ^= 1),
    );
    expect(await kindredOf(path)).not.toBe(await kindredOf(SAMPLE));
  });

  test('but not with another chat template or vocabulary', async () => {
    const { keys } = await seeGguf(SAMPLE);
    const tokens = keys.get('tokenizer.ggml.tokens')?.value as string[];
    const changes = [
      { key: 'tokenizer.chat_template', type: 'string' as const, value: '{{ messages }}' },
      { key: 'tokenizer.ggml.tokens', type: 'string' as const, value: tokens.with(-1, 'another') },
    ];
    for (const change of changes) {
      const path = await writeVariant(SAMPLE, join(scratch, 'words.gguf'), { set: [change] });
      expect(await kindredOf(path)).not.toBe(await kindredOf(SAMPLE));
    }
    const named = { key: 'general.name', type: 'string' as const, value: 'Other' };
    const path = await writeVariant(SAMPLE, join(scratch, 'named.gguf'), { set: [named] });
    expect(await kindredOf(path)).toBe(await kindredOf(SAMPLE));
  });
});

describe('what was read is remembered', () => {
  /** Counts what is asked of it and kept in it. */
  function counting(): { readonly identities: KnownFiles; readonly context: EngineContext; kept: () => number } {
    const context = new EngineContext({ home: scratchDir(), host: forkWorker });
    let kept = 0;
    const { find, keep } = context.identities;
    const count: KnownFiles['keep'] = (...of) => {
      kept++;
      keep(...of);
    };
    return { context, kept: () => kept, identities: { find, keep: count, isForPlans: false } };
  }

  test('until anything is written to the file, also with the old size and time', async () => {
    const path = join(scratch, 'known.gguf');
    copyFileSync(SAMPLE, path);
    await new Promise((done) => setTimeout(done, 3100));
    const { identities, kept, context } = counting();
    const first = (await inspectModel(path, backend, { identities })).info;
    expect((await inspectModel(path, backend, { identities })).info).toEqual(first);
    expect(kept()).toBe(1);
    const { atime, mtime } = statSync(path);
    const { tensors } = await seeGguf(path);
    editTensor(path, tensors.at(-1)!, (bytes) => void (bytes[0]! ^= 1));
    utimesSync(path, atime, mtime);
    expect((await inspectModel(path, backend, { identities })).info.fingerprint).not.toBe(first.fingerprint);
    context.close();
  });

  test('but not of a file that was written just now: the next write may leave no trace', async () => {
    const path = join(scratch, 'fresh.gguf');
    copyFileSync(SAMPLE, path);
    const { identities, kept, context } = counting();
    await inspectModel(path, backend, { identities });
    expect(kept()).toBe(0);
    context.close();
  });

  test('a plan reads no file whole, and says nothing of what it has not read', async () => {
    const path = join(scratch, 'planned.gguf');
    copyFileSync(SAMPLE, path);
    const { identities, kept, context } = counting();
    const { info } = await inspectModel(path, backend, { identities: { ...identities, isForPlans: true } });
    expect(kept()).toBe(0);
    expect(isUnread(info)).toBe(true);
    expect(info.kindred).toBe((await inspectModel(SAMPLE, backend)).info.kindred);
    const madeFor = (fileType: string): string | undefined =>
      samenessSaid({ file: 'q.gguf', fileType }, 'kindred', info)?.code;
    expect([madeFor('Q8_0'), madeFor('F16')]).toEqual([undefined, 'madeForKindred']);
    context.close();
  });

  test('one that is written to while it is read is named', async () => {
    const path = join(scratch, 'moving.gguf');
    copyFileSync(SAMPLE, path);
    const onProgress = (): void => utimesSync(path, 1, 1);
    await expect(inspectModel(path, backend, { onProgress })).rejects.toMatchObject({
      code: 'MODEL_CHANGED',
      message: expect.stringContaining(path) as string,
    });
  });
});
