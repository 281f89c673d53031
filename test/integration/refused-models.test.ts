// Models that must not be cut, because the pruned file would compute wrongly: refused by name, with the true reason, by
// `inspect` and by `prune`.
import { closeSync, existsSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { inEnglish } from '../../electron/contract/sentences.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { Engine } from '../engine.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import type { GgufEdit } from '../../native/index.ts';
import { madeTensor, writeVariant, type Variant } from './gguf-tools.ts';
import { architectureFiles, scratchDir, PRUNE_OPTIONS } from './support.ts';
import { inspect } from '../setup/inspect.ts';

const N_EXPERT = 8;

const scratch = scratchDir();
const engine = new Engine({ home: join(scratch, 'home') });
afterAll(() => engine.close());
const generated = architectureFiles();
const pathOf = (arch: string): string => generated.find(({ name }) => name === arch)!.path;

const uint32 = (key: string, value: number): GgufEdit => ({ key, type: 'uint32', value });

/** A changed copy of a generated model whose data are one hole in the file: enough for everything that reads headers. */
async function hollow(arch: string, nExpert: number, change: Variant = {}): Promise<string> {
  using backend = new Backend();
  const { tensors } = await inspectModel(pathOf(arch), backend);
  const resized = tensors.map(({ name, type, ne, bytes }) => {
    const cut = /_exps\.|ffn_gate_inp\.weight/.test(name);
    return { name, type, sourcePath: '', ranges: [], bytes, ne: cut ? [...ne.slice(0, -1), nExpert] : ne };
  });
  const header = await backend.call('buildGgufMeta', {
    source: pathOf(arch),
    remove: [],
    set: [{ ...uint32(`${arch}.expert_count`, nExpert) }, ...(change.set ?? []).map((edit) => ({ ...edit }))],
    tensors: (change.tensors?.(resized) ?? resized).map(({ name, type, ne }) => ({ name, type, ne: [...ne] })),
  });
  const path = join(scratch, `${arch}-${nExpert}-experts.gguf`);
  const file = openSync(path, 'w');
  writeSync(file, header);
  const dataBytes = tensors.reduce((sum, { bytes }) => sum + bytes, 0) * Math.max(1, nExpert / N_EXPERT);
  ftruncateSync(file, header.byteLength + dataBytes + (1 << 20));
  closeSync(file);
  return path;
}

const variant = (arch: string, change: Variant): Promise<string> =>
  writeVariant(pathOf(arch), join(scratch, `${arch}.gguf`), change);

const tokenTable = (): ReturnType<typeof madeTensor> =>
  madeTensor(scratch, 'blk.0.ffn_gate_tid2eid.weight', [2, 128], new Int32Array(2 * 128));

const refused: readonly {
  readonly name: string;
  readonly reason: RegExp;
  readonly code?: string;
  readonly make: () => Promise<string>;
  /** The same without what makes it unprunable, to show that nothing else does. */
  readonly control: () => string | Promise<string>;
}[] = [
  {
    name: 'Llama 4 with 128 experts',
    reason: /Maverick by its 128 experts and leaves out the Q\/K norm/,
    make: () => hollow('llama4', 128),
    control: () => hollow('llama4', 16),
  },
  {
    name: 'DeepSeek 4 with layers that choose by token',
    reason: /its first 1 layers pick experts from a token table/,
    make: () =>
      hollow('deepseek4', N_EXPERT, {
        set: [uint32('deepseek4.hash_layer_count', 1)],
        tensors: (tensors) => [...tensors, tokenTable()],
      }),
    control: () => pathOf('deepseek4'),
  },
  {
    name: 'a token table without its key',
    reason: /tensor blk\.0\.ffn_gate_tid2eid\.weight: its values are expert numbers/,
    make: () => variant('qwen3moe', { tensors: (tensors) => [...tensors, tokenTable()] }),
    control: () => pathOf('qwen3moe'),
  },
  {
    name: 'an unknown tensor with an axis as long as the expert count',
    reason: /tensor blk\.1\.router_temperature\.weight has an axis of 8, the expert count/,
    make: () =>
      variant('olmoe', {
        tensors: (tensors) => [
          ...tensors,
          madeTensor(scratch, 'blk.1.router_temperature.weight', [4, N_EXPERT], new Float32Array(4 * N_EXPERT)),
        ],
      }),
    control: () =>
      variant('olmoe', {
        tensors: (tensors) => [
          ...tensors,
          madeTensor(scratch, 'blk.1.router_temperature.weight', [4, 9], new Float32Array(4 * 9)),
        ],
      }),
  },
  {
    name: 'experts as tensors of their own',
    reason: /tensor blk\.0\.ffn_\w+\.0\.weight: it stores every expert as a tensor of its own.*convert the model again/,
    make: () =>
      variant('llama', {
        tensors: (tensors) =>
          tensors.flatMap((tensor) => {
            const match = /^(blk\.\d+\.ffn_(?:gate|up|down))_exps\.weight$/.exec(tensor.name);
            if (!match) return [tensor];
            const bytes = tensor.bytes / N_EXPERT;
            return Array.from({ length: N_EXPERT }, (_, expert) => ({
              ...tensor,
              name: `${match[1]}.${expert}.weight`,
              ne: tensor.ne.slice(0, -1),
              bytes,
              ranges: [{ offset: tensor.ranges[0]!.offset + expert * bytes, length: bytes }],
            }));
          }),
      }),
    control: () => pathOf('llama'),
  },
  {
    name: 'an architecture that llama.cpp loads experts for without running them',
    reason: /llama\.cpp loads experts for it but never runs them/,
    make: () => Promise.resolve(pathOf('refact')),
    control: () => pathOf('llama'),
  },
  {
    name: 'a model of embeddings with experts',
    reason: /it writes no text/,
    make: () =>
      variant('qwen3moe', {
        set: [
          { key: 'general.architecture', type: 'string', value: 'nomic-bert-moe' },
          uint32('nomic-bert-moe.expert_count', N_EXPERT),
          uint32('nomic-bert-moe.expert_used_count', 2),
        ],
      }),
    control: () => pathOf('qwen3moe'),
  },
  {
    name: 'a model without experts',
    reason: /it is a dense model: it has no experts to prune/,
    code: 'NOT_MOE',
    make: () => Promise.resolve(pathOf('llama').replace('-moe', '-dense')),
    control: () => pathOf('llama'),
  },
];

describe.each(refused)('$name', ({ reason, code = 'ARCH_REFUSED', make, control }) => {
  test('is refused', async () => {
    const path = await make();
    const info = await inspect(path);
    expect(info.prunable.ok ? 'it can be pruned' : inEnglish(info.prunable.reason)).toMatch(reason);

    const output = join(scratch, 'never.gguf');
    const kept = Array.from({ length: Math.max(1, info.moeLayers.length) }, () => [0, 1, 2, 3]);
    const pruning = engine.prune({ ...PRUNE_OPTIONS, model: path, kept, output });
    await expect(pruning).rejects.toMatchObject({ code, message: expect.stringMatching(reason) as string });
    await expect(pruning).rejects.toThrow(path);
    expect(existsSync(output)).toBe(false);
  });

  test('would not be refused without that', async () => {
    // by the header: llama.cpp would not load all of them
    using backend = new Backend();
    expect((await inspectModel(await control(), backend)).info.prunable).toEqual({ ok: true });
  });
});
