// Experts with fewer neurons than the model's: for which architectures llama.cpp reads such files correctly, and what the keys then say.
import { WinnowError } from '../../contract/errors.ts';
import type { GgufKeys, GgufValueType } from '../../contract/model-info.ts';
import { msg, type Sentence } from '../../contract/sentences.ts';
import type { GgufEdit } from '../../../native/index.ts';
import { keyInteger, keyIntegers } from './gguf-keys.ts';
import { blockTensor, DOWN } from './expert-tensors.ts';
import type { InspectedModel } from './inspect.ts';

/** Quantised rows consist of blocks of this many values, or of 256. */
const WIDTH_STEP = 32;
const SHARED_DOWN = 'ffn_down_shexp.weight';

const EXPERT_LENGTH = 'expert_feed_forward_length';
const LENGTH = 'feed_forward_length';
const SHARED_LENGTH = 'expert_shared_feed_forward_length';
const SHARED_COUNT = 'expert_shared_count';

/**
 * What llama.cpp takes for the width of shared experts. `own`: a key of their own, or the architecture has none. `counted`:
 * `SHARED_COUNT` times the width of the others. `unlessSaid`: what `SHARED_LENGTH` says, or a width that follows from the others' if it
 * says nothing. `unlessSaidOfEach`: `SHARED_COUNT` times what `SHARED_LENGTH` says, or times the width of the others if it says nothing.
 * `equal`: the width of the others in any case.
 */
type SharedWidth = 'own' | 'counted' | 'unlessSaid' | 'unlessSaidOfEach' | 'equal';

/** Architectures by the key that states the width of experts, and by the rule for the width of shared experts. */
const WIDTH_KEYS: Readonly<
  Record<typeof EXPERT_LENGTH | typeof LENGTH, Readonly<Partial<Record<SharedWidth, string>>>>
> = {
  [EXPERT_LENGTH]: {
    own: `
      ernie4_5-moe gemma4 gpt-oss grok grovemoe lfm2moe llada-moe mellum mimo2 nemotron_h nemotron_h_moe qwen2moe qwen35moe qwen3moe qwen3next
      qwen3vlmoe qwen4exp rnd1 smallthinker step35`,
    counted: `
      afmoe bailingmoe deepseek deepseek2 deepseek2-ocr deepseek32 deepseek4 dots1 dots3note glm-dsa glm4moe kimi-k3 kimi-linear
      minimax-m3 mistral4`,
    unlessSaid: 'bailingmoe3 cohere2moe exaone-moe hy_v3 laguna',
    unlessSaidOfEach: 'bailingmoe2',
    equal: 'llama4',
  },
  [LENGTH]: {
    own: 'arctic dbrx granite granite_swa granitehybrid granitemoe jamba llama minicpm minimax-01 minimax-m2 mistral3 olmoe phimoe',
    unlessSaid: 'hunyuan-moe',
  },
};

type WidthRule = { readonly key: keyof typeof WIDTH_KEYS; readonly shared: SharedWidth };

/** The rules, indexed by the name that files state as `general.architecture`. */
export const WIDTH_RULES: ReadonlyMap<string, WidthRule> = new Map(
  Object.entries(WIDTH_KEYS).flatMap(([key, byShared]) =>
    Object.entries(byShared).flatMap(([shared, names]) =>
      (names.match(/\S+/g) ?? []).map((name) => [name, { key, shared } as WidthRule] as const),
    ),
  ),
);

/** arctic's dense part is as wide as its residual stream, whatever the key says. */
const DENSE_OF_OTHER_WIDTH: readonly string[] = ['arctic'];

export type ExpertWidth = {
  /** Neurons of every expert of a block, before and after. */
  readonly blocks: ReadonlyMap<number, { readonly from: number; readonly to: number }>;
  readonly keys: readonly GgufEdit[];
};

/**
 * The widths and keys that give all experts of all blocks this share of their neurons.
 * @throws WinnowError ARCH_REFUSED: llama.cpp would not read such a file, or not correctly; USAGE: rows cannot have this share
 */
export function expertWidth({ info, tensors, kv }: InspectedModel, share: number): ExpertWidth {
  const { arch, path } = info;
  const refuse = (reason: Sentence): never => {
    throw new WinnowError('ARCH_REFUSED', msg('widthRefused', { path, reason }), { path });
  };
  const rule = WIDTH_RULES.get(arch) ?? refuse(msg('widthUnknown', { arch }));
  const widths = readWidths(tensors, DOWN);
  const first = widths.get(info.moeLayers[0] ?? -1) ?? refuse(msg('widthUnknown', { arch }));
  const blocks = new Map([...widths].map(([block, from]) => [block, { from, to: from * share }]));
  const uneven = [...blocks.values()].find(({ to }) => to % WIDTH_STEP !== 0);
  if (uneven) throw new WinnowError('USAGE', msg('widthUneven', unevenFacts(uneven.from, share)), { path });

  if (rule.key === LENGTH && !DENSE_OF_OTHER_WIDTH.includes(arch)) {
    const dense = tensors.find(({ name }) => /^ffn_(gate|up|down)\.weight$/.test(blockTensor(name)?.name ?? ''));
    if (dense) refuse(msg('widthOfDense', { tensor: dense.name, key: `${arch}.${LENGTH}` }));
  }
  const lengths = new Map([...blocks.values()].map(({ from, to }) => [from, to]));
  const keys = [lengthEdit(kv, `${arch}.${rule.key}`, lengths)];
  const alsoSaid = `${arch}.${EXPERT_LENGTH}`;
  if (rule.key === LENGTH && (keyIntegers(kv, alsoSaid) ?? [0]).some((width) => width > 0)) {
    keys.push(lengthEdit(kv, alsoSaid, lengths));
  }
  const [shared] = readWidths(tensors, SHARED_DOWN).values();
  if (shared !== undefined) {
    const to = first * share;
    const balance = sharedEdit(arch, kv, rule.shared, { from: first, to, shared });
    if (balance === null) refuse(msg('widthOfShared', { shared, from: first, to }));
    else keys.push(...balance);
  }
  return { blocks, keys };
}

/** The row length of these tensors, by block. */
function readWidths(tensors: InspectedModel['tensors'], own: string): Map<number, number> {
  return new Map(
    tensors.flatMap(({ name, ne }) => {
      const inBlock = blockTensor(name);
      return inBlock?.name === own ? [[inBlock.block, ne[0] ?? 0] as const] : [];
    }),
  );
}

/** The shares that would work: three quarters and one half, or if neither does, all others. */
function unevenFacts(from: number, share: number): { from: number; share: number; step: number; widths: string } {
  const steps = Array.from({ length: Math.max(0, Math.ceil(from / WIDTH_STEP) - 1) }, (_, i) => (i + 1) * WIDTH_STEP);
  const common = steps.filter((to) => to === from / 2 || to === (3 * from) / 4);
  const widths = (common.length > 0 ? common : steps).map((to) => `${to / from}`).join(', ');
  return { from, share, step: WIDTH_STEP, widths: widths || '1' };
}

/** The edit of a key with one width, or one for each block; a block without experts has a width of its own, or 0. */
function lengthEdit(kv: GgufKeys, key: string, lengths: ReadonlyMap<number, number>): GgufEdit {
  const old = kv[key];
  const cut = (width: number): number => lengths.get(width) ?? width;
  if (old?.array) return { key, type: old.type, value: (keyIntegers(kv, key) ?? []).map(cut) };
  const [only = 0] = lengths.values();
  return { key, type: old?.type ?? ('uint32' satisfies GgufValueType), value: only };
}

type Widths = { readonly from: number; readonly to: number; readonly shared: number };

/** The keys that keep shared experts at their width; null: there are none. */
function sharedEdit(arch: string, kv: GgufKeys, rule: SharedWidth, { from, to, shared }: Widths): GgufEdit[] | null {
  const length = `${arch}.${SHARED_LENGTH}`;
  const isSaid = (keyInteger(kv, length) ?? 0) > 0;
  const count = keyInteger(kv, `${arch}.${SHARED_COUNT}`) ?? 0;
  const said = (value: number): GgufEdit[] => [{ key: length, type: kv[length]?.type ?? 'uint32', value }];
  switch (rule) {
    case 'own':
      return [];
    case 'unlessSaid':
      return isSaid ? [] : said(shared);
    case 'unlessSaidOfEach':
      return isSaid ? [] : said(from);
    case 'counted': {
      const balanced = (Math.max(1, count) * from) / to;
      if (!Number.isInteger(balanced)) return null;
      const key = `${arch}.${SHARED_COUNT}`;
      return [{ key, type: kv[key]?.type ?? 'uint32', value: balanced }];
    }
    case 'equal':
      return null;
  }
}
