// Original checkpoints, cut: every kind and layout against what is left of it by hand; what is refused, and that nothing is left then.
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { WinnowError } from '../../../electron/contract/errors.ts';
import { readCheckpoint } from '../../../electron/engine/write/checkpoints/checkpoint.ts';
import { planCheckpoint } from '../../../electron/engine/write/checkpoints/plan-checkpoint.ts';
import { writeCheckpoint } from '../../../electron/engine/write/checkpoints/write-checkpoint.ts';
import { temporaryHome } from '../store/support.ts';
import {
  configOf,
  MOE_LAYERS,
  PREDICTION_LAYER,
  randomOnce,
  readFolder,
  safetensors,
  tensorsOf,
  TOP_K,
  writeCheckpointFolder,
  type Tensor,
  type Layout,
  type ModelType,
} from './tiny-checkpoint.ts';

const KEPT = [
  [1, 4, 6],
  [0, 6, 7],
];
const CHOICE = {
  kept: KEPT,
  grouping: 'ungrouped',
  activeExperts: null,
  nextn: 'scored',
  allowFewerUsed: false,
} as const;
const idle = new AbortController().signal;

type CutOptions = {
  readonly choice?: Partial<Parameters<typeof planCheckpoint>[1]>;
  readonly signal?: AbortSignal;
  readonly onProgress?: () => void;
};

async function cut(folder: string, output: string, { choice, signal = idle, onProgress = () => {} }: CutOptions = {}) {
  const checkpoint = await readCheckpoint(folder, signal);
  const text = readFileSync(join(folder, 'config.json'), 'utf8');
  const plan = planCheckpoint(checkpoint, { ...CHOICE, ...choice }, text, output);
  return { plan, files: await writeCheckpoint(plan, checkpoint, output, { signal, onProgress }) };
}

const CASES: readonly (readonly [ModelType, Layout])[] = [
  ...(['qwen3_moe', 'qwen2_moe', 'olmoe', 'mixtral', 'deepseek_v3', 'glm4_moe', 'gpt_oss'] as const).flatMap((type) =>
    (['original', 'fused', 'mlx'] as const).map((layout) => [type, layout] as const),
  ),
];

describe.each(CASES)('%s, %s', (type, layout) => {
  test.each([1, 3])('keeps the chosen experts of %i files byte for byte', async (shards) => {
    const home = temporaryHome();
    const random = randomOnce();
    const config = configOf(type, layout);
    const folder = writeCheckpointFolder(join(home, 'full'), {
      config,
      tensors: tensorsOf(type, layout, random),
      shards,
    });
    const output = join(home, 'cut');
    const { plan, files } = await cut(folder, output);

    const kept = new Map(MOE_LAYERS[type].map((layer, row) => [layer, KEPT[row]!]));
    const expected = tensorsOf(type, layout, random, kept, false);
    const found = readFolder(
      output,
      files.map(({ name }) => name),
    );
    expect([...found.keys()].toSorted()).toEqual([...expected.keys()].toSorted());
    for (const [name, { dtype, shape, data }] of expected) {
      const own = found.get(name)!;
      expect({ name, dtype: own.dtype, shape: own.shape }).toEqual({ name, dtype, shape });
      expect(own.data.equals(data), name).toBe(true);
    }

    const grouped = 'n_group' in config && { n_group: 1, topk_group: 1, num_nextn_predict_layers: 0 };
    const text = readFileSync(join(output, 'config.json'), 'utf8');
    expect(JSON.parse(text)).toEqual({ ...configOf(type, layout, 3), ...grouped });
    expect(text).toContain('"rope_theta": 10000.0');
    expect(plan.keep).toBe(3);

    const names = readdirSync(output).toSorted();
    const weights = files.map(({ name }) => name);
    const index = shards === 1 ? [] : ['model.safetensors.index.json'];
    expect(names).toEqual(['chat_template.jinja', 'config.json', 'tokenizer.json', ...weights, ...index].toSorted());
    if (shards > 1) {
      const { weight_map: map, metadata } = JSON.parse(readFileSync(join(output, index[0]!), 'utf8')) as {
        weight_map: Record<string, string>;
        metadata: { total_size: number };
      };
      for (const name of found.keys()) expect(readFolder(output, [map[name]!]).has(name), name).toBe(true);
      expect(metadata.total_size).toBe([...found.values()].reduce((sum, { data }) => sum + data.length, 0));
    }
    expect(readFileSync(join(output, 'tokenizer.json'), 'utf8')).toBe('{"model": {}}');
    expect(readdirSync(home).toSorted()).toEqual(['cut', 'full']);
  });
});

test('every count of experts in config.json is the new one, and tied embeddings need no head', async () => {
  const home = temporaryHome();
  const counts = { num_experts: 8, num_local_experts: 8 };
  const config = { ...configOf('qwen3_moe', 'original'), ...counts, tie_word_embeddings: true };
  const tensors = new Map(tensorsOf('qwen3_moe', 'original', randomOnce()));
  tensors.delete('lm_head.weight');
  const text_config = { ...counts, num_experts_per_tok: 2, layers: 7 };
  const folder = writeCheckpointFolder(join(home, 'full'), { config: { ...config, text_config }, tensors });
  await cut(folder, join(home, 'cut'), { choice: { activeExperts: 1, allowFewerUsed: true } });
  const now = { num_experts: 3, num_local_experts: 3, num_experts_per_tok: 1 };
  expect(JSON.parse(readFileSync(join(home, 'cut/config.json'), 'utf8'))).toEqual({
    ...config,
    ...now,
    text_config: { ...text_config, ...now },
  });
});

test('tensors lie where their types can be read from', async () => {
  const home = temporaryHome();
  const folder = writeCheckpointFolder(join(home, 'full'), {
    config: configOf('glm4_moe', 'original'),
    tensors: tensorsOf('glm4_moe', 'original', randomOnce()),
  });
  await cut(folder, join(home, 'cut'));
  const file = readFileSync(join(home, 'cut/model.safetensors'));
  const begin = 8 + file.readUInt32LE(0);
  expect(begin % 8).toBe(0);
  const header = JSON.parse(file.toString('utf8', 8, begin)) as Record<
    string,
    { dtype: string; data_offsets: number[] }
  >;
  for (const [name, { dtype, data_offsets: at }] of Object.entries(header).slice(1)) {
    expect((begin + at[0]!) % (dtype === 'F32' ? 4 : 2), name).toBe(0);
  }
});

describe('layers that predict further tokens', () => {
  const prepare = (): { folder: string; home: string; random: ReturnType<typeof randomOnce> } => {
    const home = temporaryHome();
    const random = randomOnce();
    const tensors = tensorsOf('deepseek_v3', 'original', random);
    return {
      home,
      random,
      folder: writeCheckpointFolder(join(home, 'full'), { config: configOf('deepseek_v3', 'original'), tensors }),
    };
  };

  test.each([
    { name: 'by their own row', kept: [...KEPT, [2, 3, 5]], nextn: 'scored' as const, own: [2, 3, 5] },
    { name: 'by the last layer’s row', kept: KEPT, nextn: 'reuse' as const, own: KEPT[1]! },
  ])('are cut $name', async ({ kept, nextn, own }) => {
    const { folder, home, random } = prepare();
    const { files } = await cut(folder, join(home, 'cut'), { choice: { kept, nextn } });
    const expected = tensorsOf(
      ...(['deepseek_v3', 'original', random] as const),
      new Map([...MOE_LAYERS.deepseek_v3.map((layer, row) => [layer, KEPT[row]!] as const), [PREDICTION_LAYER, own]]),
    );
    const found = readFolder(
      join(home, 'cut'),
      files.map(({ name }) => name),
    );
    expect(found.size).toBe(expected.size);
    for (const [name, { data }] of expected) expect(found.get(name)?.data.equals(data), name).toBe(true);
    expect(JSON.parse(readFileSync(join(home, 'cut/config.json'), 'utf8'))).toMatchObject({
      num_nextn_predict_layers: 1,
    });
  });

  test('go where they are to be dropped', async () => {
    const { folder, home } = prepare();
    const { plan, files } = await cut(folder, join(home, 'cut'), {
      choice: { kept: [...KEPT, [2, 3, 5]], nextn: 'drop' },
    });
    const found = readFolder(
      join(home, 'cut'),
      files.map(({ name }) => name),
    );
    expect([...found.keys()].filter((name) => name.startsWith(`model.layers.${PREDICTION_LAYER}.`))).toEqual([]);
    expect(plan.warnings.map(({ code }) => code)).toEqual(['predictionDropped']);
  });
});

describe('routing', () => {
  const config = configOf('glm4_moe', 'fused');
  const tensors = tensorsOf('glm4_moe', 'fused', randomOnce());

  test('keeps balanced groups', async () => {
    const home = temporaryHome();
    const folder = writeCheckpointFolder(join(home, 'full'), {
      config: { ...config, n_group: 2, topk_group: 1 },
      tensors,
    });
    const kept = [
      [0, 3, 5, 6],
      [1, 2, 4, 7],
    ];
    await cut(folder, join(home, 'cut'), { choice: { kept, grouping: 'balanced' } });
    expect(JSON.parse(readFileSync(join(home, 'cut/config.json'), 'utf8'))).toMatchObject({
      n_routed_experts: 4,
      n_group: 2,
      topk_group: 1,
    });
  });

  test('through fewer experts than the model says', async () => {
    const home = temporaryHome();
    const folder = writeCheckpointFolder(join(home, 'full'), {
      config: configOf('gpt_oss', 'fused'),
      tensors: tensorsOf('gpt_oss', 'fused', randomOnce()),
    });
    await cut(folder, join(home, 'cut'), { choice: { activeExperts: 1 } });
    expect(JSON.parse(readFileSync(join(home, 'cut/config.json'), 'utf8'))).toMatchObject({
      num_experts_per_tok: 1,
      experts_per_token: 1,
    });
  });

  test('needs as many experts as a token passes, unless fewer are allowed', async () => {
    const home = temporaryHome();
    const folder = writeCheckpointFolder(join(home, 'full'), { config, tensors });
    const choice = { kept: [[3], [4]] };
    await expect(cut(folder, join(home, 'cut'), { choice })).rejects.toMatchObject({ code: 'SELECTION_IMPOSSIBLE' });
    await cut(folder, join(home, 'cut'), { choice: { ...choice, allowFewerUsed: true } });
    expect(JSON.parse(readFileSync(join(home, 'cut/config.json'), 'utf8'))).toMatchObject({ num_experts_per_tok: 1 });
    expect(TOP_K).toBe(2);
  });
});

describe('what lies beside the weights', () => {
  test('is copied, but for other copies of the weights and hidden files', async () => {
    const home = temporaryHome();
    const folder = writeCheckpointFolder(join(home, 'full'), {
      config: configOf('olmoe', 'original'),
      tensors: tensorsOf('olmoe', 'original', randomOnce()),
      shards: 2,
    });
    for (const below of ['original', 'extra', '.cache']) mkdirSync(join(folder, below));
    writeFileSync(join(folder, 'original/model.safetensors'), '');
    writeFileSync(join(folder, 'original/config.json'), '{}');
    writeFileSync(join(folder, 'extra/template.jinja'), 'other');
    writeFileSync(join(folder, '.cache/lock'), '');
    writeFileSync(join(folder, 'consolidated.safetensors'), '');
    writeFileSync(join(folder, 'pytorch_model.bin'), '');
    symlinkSync(join(folder, 'tokenizer.json'), join(folder, 'linked.json'));
    symlinkSync(home, join(folder, 'loop'));
    const output = join(home, 'cut');
    await cut(folder, output);
    expect(
      readdirSync(output)
        .filter((name) => !/^model[-.]|^config/.test(name))
        .toSorted(),
    ).toEqual([...['chat_template.jinja', 'extra', 'linked.json', 'tokenizer.json']]);
    expect(readFileSync(join(output, 'extra/template.jinja'), 'utf8')).toBe('other');
    expect(readFileSync(join(output, 'linked.json'), 'utf8')).toBe('{"model": {}}');
    expect((await readCheckpoint(folder, idle)).leftOut.toSorted()).toEqual([
      ...['.cache', 'consolidated.safetensors', 'loop', 'original', 'pytorch_model.bin'],
    ]);
  });
});

describe('is refused by name:', () => {
  const ORIGINAL = {
    config: configOf('qwen3_moe', 'original'),
    tensors: tensorsOf('qwen3_moe', 'original', randomOnce()),
  };
  const first = 'model.layers.0.mlp.experts.5.up_proj.weight';
  const without = (name: string) => new Map([...ORIGINAL.tensors].filter(([other]) => other !== name));
  const changed = (name: string, change: (tensor: Tensor) => Tensor) =>
    new Map(ORIGINAL.tensors).set(name, change(ORIGINAL.tensors.get(name)!));
  const withBits = ({ data, ...tensor }: Tensor, bits: number): Tensor => {
    const spoilt = Buffer.from(data);
    spoilt.writeUInt16LE(bits, 2 * 1000);
    return { ...tensor, data: spoilt };
  };
  const renamed = (from: string, to: string) =>
    new Map([...ORIGINAL.tensors].map(([name, tensor]) => [name === from ? to : name, tensor] as const));

  test.each([
    [
      'another kind of model',
      { config: { ...ORIGINAL.config, model_type: 'llama4' } },
      'ARCH_UNKNOWN',
      /llama4.*qwen3_moe, qwen2_moe/,
    ],
    ['no kind', { config: {} }, 'CHECKPOINT_INVALID', /config\.json has no valid model_type/],
    [
      'weights of another quantiser',
      { config: { ...ORIGINAL.config, quantization_config: { quant_method: 'gptq', bits: 4 } } },
      'ARCH_REFUSED',
      /gptq/,
    ],
    [
      'single experts in config.json',
      { config: { ...ORIGINAL.config, skip: ['model.layers.0.mlp.experts.3.up_proj'] } },
      'ARCH_REFUSED',
      /experts\.3\.up_proj/,
    ],
    ['no count of experts', { config: { ...ORIGINAL.config, num_experts: '8' } }, 'CHECKPOINT_INVALID', /num_experts/],
    [
      'another count of experts',
      { config: { ...ORIGINAL.config, num_experts: 6 } },
      'CHECKPOINT_INVALID',
      /config\.json|num_experts/,
    ],
    [
      'another count of experts under another name',
      { config: { ...ORIGINAL.config, num_local_experts: 7 } },
      'CHECKPOINT_INVALID',
      /no valid num_local_experts/,
    ],
    [
      'another count of experts in text_config',
      { config: { ...ORIGINAL.config, text_config: { num_experts: 7 } } },
      'CHECKPOINT_INVALID',
      /no valid text_config\.num_experts/,
    ],
    ['no head', { tensors: without('lm_head.weight') }, 'CHECKPOINT_INVALID', /no lm_head\.weight/],
    [
      'a matrix that is turned',
      { tensors: changed(first, (tensor) => ({ ...tensor, shape: tensor.shape.toReversed() })) },
      'CHECKPOINT_INVALID',
      /experts\.5\.up_proj\.weight has the shape 64 × 32/,
    ],
    [
      'an expert with NaN',
      { tensors: changed('model.layers.0.mlp.experts.4.up_proj.weight', (tensor) => withBits(tensor, 0x7fc0)) },
      'CHECKPOINT_INVALID',
      /experts\.4\.up_proj\.weight holds numbers that are not finite/,
    ],
    [
      'an expert with an infinite weight',
      { tensors: changed('model.layers.1.mlp.experts.7.down_proj.weight', (tensor) => withBits(tensor, 0xff80)) },
      'CHECKPOINT_INVALID',
      /experts\.7\.down_proj\.weight holds numbers that are not finite/,
    ],
    [
      'an expert with a scale of MXFP4 that is no number',
      {
        config: configOf('gpt_oss', 'original'),
        tensors: new Map(
          [...tensorsOf('gpt_oss', 'original', randomOnce())].map(([name, tensor]) => [
            name,
            name.endsWith('layers.1.mlp.experts.down_proj_scales')
              ? { ...tensor, data: tensor.data.fill(0xff) }
              : tensor,
          ]),
        ),
      },
      'CHECKPOINT_INVALID',
      /1\.mlp\.experts\.down_proj_scales holds numbers that are not finite/,
    ],
    [
      'an expert that is missing',
      { tensors: without(first) },
      'CHECKPOINT_INVALID',
      /7 of 8 experts.*0: up_proj\.weight/,
    ],
    [
      'a tensor of experts that nobody knows',
      { tensors: renamed(first, 'model.layers.0.mlp.experts.5.up_proj.qweight') },
      'ARCH_REFUSED',
      /up_proj\.qweight/,
    ],
    [
      'a part of the block that nobody knows',
      { tensors: renamed('lm_head.weight', 'model.layers.1.mlp.expert_bias') },
      'ARCH_REFUSED',
      /mlp\.expert_bias/,
    ],
    [
      'experts outside of the layers',
      { tensors: renamed('lm_head.weight', 'mtp.experts.0.up_proj.weight') },
      'ARCH_REFUSED',
      /mtp\.experts/,
    ],
    [
      'a layer without its router',
      { tensors: without('model.layers.1.mlp.gate.weight') },
      'ARCH_REFUSED',
      /model\.layers\.1\.mlp\.experts/,
    ],
    [
      'no layer with experts',
      { tensors: new Map([...ORIGINAL.tensors].filter(([name]) => !name.includes('.mlp.'))) },
      'NOT_MOE',
      /no layers with experts/,
    ],
  ])('%s', async (_name, damage, code, message) => {
    const home = temporaryHome();
    const folder = writeCheckpointFolder(join(home, 'full'), { ...ORIGINAL, ...damage });
    const error = await cut(folder, join(home, 'cut')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WinnowError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(readdirSync(home)).toEqual(['full']);
  });

  const spoilt: readonly (readonly [string, (folder: string) => void, RegExp])[] = [
    [
      'a file cut off',
      (folder) => writeFileSync(join(folder, 'model.safetensors'), safetensors(ORIGINAL.tensors).subarray(0, -5)),
      /but its header says/,
    ],
    [
      'bytes behind the tensors',
      (folder) =>
        writeFileSync(
          join(folder, 'model.safetensors'),
          Buffer.concat([safetensors(ORIGINAL.tensors), Buffer.alloc(3)]),
        ),
      /but its header says/,
    ],
    [
      'a header that is none',
      (folder) => writeFileSync(join(folder, 'model.safetensors'), 'GGUF and no safetensors'),
      /header cannot be read/,
    ],
    ['an empty file', (folder) => writeFileSync(join(folder, 'model.safetensors'), ''), /header cannot be read/],
    [
      'two files and no index',
      (folder) => writeFileSync(join(folder, 'more.safetensors'), ''),
      /2 safetensors files but no/,
    ],
    [
      'an index of other files',
      (folder) =>
        writeFileSync(
          join(folder, 'model.safetensors.index.json'),
          JSON.stringify({ weight_map: { a: 'gone.safetensors' } }),
        ),
      /gone\.safetensors is missing/,
    ],
    [
      'an index of other tensors',
      (folder) =>
        writeFileSync(
          join(folder, 'model.safetensors.index.json'),
          JSON.stringify({ weight_map: { a: 'model.safetensors' } }),
        ),
      /the index does not have it/,
    ],
    ['no config.json', (folder) => writeFileSync(join(folder, 'config.json'), '[1, 2'), /config\.json/],
  ];
  test.each(spoilt)('%s', async (_name, spoil, message) => {
    const home = temporaryHome();
    const folder = writeCheckpointFolder(join(home, 'full'), ORIGINAL);
    spoil(folder);
    await expect(cut(folder, join(home, 'cut'))).rejects.toMatchObject({
      code: 'CHECKPOINT_INVALID',
      message: expect.stringMatching(message) as string,
    });
    expect(readdirSync(home)).toEqual(['full']);
  });
});

describe('nothing half written is left', () => {
  const prepare = (): { home: string; folder: string } => {
    const home = temporaryHome();
    const tensors = tensorsOf('mixtral', 'original', randomOnce());
    return {
      home,
      folder: writeCheckpointFolder(join(home, 'full'), {
        config: configOf('mixtral', 'original'),
        tensors,
        shards: 2,
      }),
    };
  };

  test('where something is there already', async () => {
    const { home, folder } = prepare();
    mkdirSync(join(home, 'cut'));
    writeFileSync(join(home, 'cut/mine'), '');
    await expect(cut(folder, join(home, 'cut'))).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
    writeFileSync(join(home, 'file'), '');
    await expect(cut(folder, join(home, 'file'))).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
    expect(readdirSync(join(home, 'cut'))).toEqual(['mine']);
    mkdirSync(join(home, 'empty'));
    await cut(folder, join(home, 'empty'));
    expect(existsSync(join(home, 'empty/config.json'))).toBe(true);
  });

  test('after it was cancelled', async () => {
    const { home, folder } = prepare();
    const controller = new AbortController();
    const reason = new WinnowError('CANCELLED', 'enough');
    await expect(
      cut(folder, join(home, 'cut'), { signal: controller.signal, onProgress: () => controller.abort(reason) }),
    ).rejects.toBe(reason);
    expect(readdirSync(home)).toEqual(['full']);
  });

  test('beside a folder that is named like one in the making', async () => {
    const { home, folder } = prepare();
    mkdirSync(join(home, 'cut.part'));
    writeFileSync(join(home, 'cut.part/mine'), '');
    await cut(folder, join(home, 'cut'));
    expect(readdirSync(home).toSorted()).toEqual(['cut', 'cut.part', 'full']);
    expect(readdirSync(join(home, 'cut.part'))).toEqual(['mine']);
  });

  test('where the source changes meanwhile', async () => {
    const { home, folder } = prepare();
    let isFirst = true;
    const change = (): void => {
      if (isFirst) writeFileSync(join(folder, 'model-00002-of-00002.safetensors'), 'shorter');
      isFirst = false;
    };
    await expect(cut(folder, join(home, 'cut'), { onProgress: change })).rejects.toMatchObject({
      code: 'MODEL_CHANGED',
    });
    expect(readdirSync(home)).toEqual(['full']);
  });
});
