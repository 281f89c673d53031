// A model's shape according to its GGUF header: the numbers that determine memory and cost. Nothing is loaded.
import { MAX_BLOCKS } from '../../../contract/model-info.ts';
import { blockTensor } from '../expert-tensors.ts';
import { isLoadedOfPrediction } from '../architecture-rules.ts';
import { keyInteger, keyIntegers } from '../gguf-keys.ts';
import { cachedElements, cachedHeads, stateBytes, type HeaderFacts } from './kv-cache.ts';

/** Bytes in the file, and the values that matrix products use of them. */
type Weights = { readonly bytes: number; readonly parameters: number };

/** One block that is run. */
export type LayerShape = {
  readonly block: number;
  readonly isMoe: boolean;
  readonly nHead: number;
  /** 0: the block has no attention, but keeps a state. */
  readonly nHeadKv: number;
  /** Elements that the cache holds for one token. */
  readonly cachedElements: number;
  /** Only routed experts: `ffn_*_exps` and `ffn_*_chexps`. */
  readonly experts: Weights;
  /** Everything else: attention, norms, router, shared experts, dense feed-forward. */
  readonly others: Weights;
};

export type ModelShape = {
  readonly arch: string;
  readonly nEmbd: number;
  readonly nVocab: number;
  /** Number of blocks in the header, including next-token-prediction blocks. */
  readonly blockCount: number;
  /** The blocks that are run, in their order; next-token-prediction blocks only if they are scored. */
  readonly layers: readonly LayerShape[];
  /** Whether next-token-prediction blocks are loaded to be scored. */
  readonly runsPrediction: boolean;
  /** The other next-token-prediction blocks, with the bytes that llama.cpp loads of them. */
  readonly predictionBlocks: readonly { readonly block: number; readonly bytes: number }[];
  /** Elements per head of the products that attention computes; with latent attention, those of the absorbed form. */
  readonly keyLength: number;
  readonly valueLength: number;
  readonly nExpert: number;
  readonly nExpertUsed: number;
  /** Width inside one routed expert, inside all shared experts together, inside a dense feed-forward; 0: there is none. */
  readonly nFfExp: number;
  readonly nFfShared: number;
  readonly nFf: number;
  /** The token embedding, in which one row per token is looked up. */
  readonly tokenEmbedding: Weights;
  /** The output head. `bytes` is 0 if the token embedding serves as the head. */
  readonly outputHead: Weights;
  /** Norms and tables outside the blocks. */
  readonly rest: Weights;
  /** Bytes that recurrent blocks keep for each sequence. */
  readonly stateBytes: number;
};

/** A tensor of a file that may not exist yet. */
export type SizedTensor = { readonly name: string; readonly ne: readonly number[]; readonly bytes: number };

const EXPERT_WEIGHTS = /^ffn_(gate|up|down|gate_up)_(ch)?exps\./;
const NO_WEIGHTS: Weights = { bytes: 0, parameters: 0 };

/**
 * A model's shape, with all bytes taken from the list of tensors.
 * @param scored next-token-prediction blocks that are run
 */
export function modelShape(
  { info: claimed, kv, tensors }: HeaderFacts & { readonly tensors: readonly SizedTensor[] },
  scored: readonly number[] = [],
): ModelShape {
  const info = { ...claimed, blockCount: Math.min(claimed.blockCount, MAX_BLOCKS) };
  const { arch, nExpert, nExpertUsed } = info;
  const integer = (name: string): number => keyInteger(kv, `${arch}.${name}`) ?? 0;
  const heads = keyIntegers(kv, `${arch}.attention.head_count`) ?? [];
  const headCount = (block: number): number => heads[heads.length > 1 ? block : 0] ?? 0;
  const headDim = headCount(0) > 0 ? integer('embedding_length') / headCount(0) : 0;
  const runsPrediction = scored.length > 0;
  const unused = new Set(info.nextnLayers.filter((block) => !scored.includes(block)));
  const cached = cachedElements(kv, info);
  const headsKv = cachedHeads(kv, info);

  const sums = new Map<string, Weights>();
  const widths = new Map<string, number>();
  for (const tensor of tensors) {
    const inBlock = blockTensor(tensor.name);
    const isLoaded =
      !inBlock || !unused.has(inBlock.block) || runsPrediction || isLoadedOfPrediction(arch, inBlock.name);
    if (!isLoaded) continue;
    const part = partName(tensor.name, inBlock?.name);
    const key = inBlock ? `${inBlock.block} ${part}` : part;
    sums.set(key, plus(sums.get(key), weightsIn(tensor)));
    const down = /^ffn_down(?:_(exps|shexp))?\.weight$/.exec(inBlock?.name ?? '');
    if (down) widths.set(down[1] ?? 'dense', Math.max(widths.get(down[1] ?? 'dense') ?? 0, tensor.ne[0] ?? 0));
  }
  const getSum = (key: string): Weights => sums.get(key) ?? NO_WEIGHTS;
  const blocks = Array.from({ length: info.blockCount }, (_, block) => block);
  const tokenEmbedding = getSum('embedding');
  const head = getSum('head');
  return {
    arch,
    nEmbd: integer('embedding_length'),
    nVocab: tensors.find(({ name }) => name === 'token_embd.weight')?.ne[1] ?? 0,
    blockCount: info.blockCount,
    layers: blocks
      .filter((block) => !unused.has(block))
      .map((block) => ({
        block,
        isMoe: getSum(`${block} experts`).bytes > 0,
        nHead: headCount(block),
        nHeadKv: headsKv[block] ?? 0,
        cachedElements: cached[block] ?? 0,
        experts: getSum(`${block} experts`),
        others: getSum(`${block} others`),
      })),
    runsPrediction,
    predictionBlocks: [...unused].map((block) => ({
      block,
      bytes: getSum(`${block} experts`).bytes + getSum(`${block} others`).bytes,
    })),
    keyLength: integer('attention.key_length') || headDim,
    valueLength: integer('attention.value_length') || headDim,
    nExpert,
    nExpertUsed,
    nFfExp: widths.get('exps') ?? 0,
    nFfShared: widths.get('shexp') ?? 0,
    nFf: widths.get('dense') ?? 0,
    tokenEmbedding,
    outputHead: head.parameters > 0 ? head : { bytes: 0, parameters: tokenEmbedding.parameters },
    rest: getSum('rest'),
    stateBytes: stateBytes(kv, info),
  };
}

/** Parameters of a layer that take part in the products for one token. */
export function activeInLayer({ nExpert, nExpertUsed }: ModelShape, { experts, others }: LayerShape): number {
  return others.parameters + (nExpert > 0 ? (experts.parameters * nExpertUsed) / nExpert : 0);
}

/** Bytes of weights that a pass over all layers reads, without the output head: scoring asks for no logits. */
export function passBytes({ layers }: ModelShape): number {
  return layers.reduce((sum, { experts, others }) => sum + experts.bytes + others.bytes, 0);
}

/** Bytes of all weights that are loaded. */
export function weightBytes(shape: ModelShape): number {
  const { tokenEmbedding, outputHead, rest } = shape;
  return passBytes(shape) + tokenEmbedding.bytes + outputHead.bytes + rest.bytes;
}

function partName(name: string, nameInBlock: string | undefined): string {
  if (nameInBlock !== undefined) return EXPERT_WEIGHTS.test(nameInBlock) ? 'experts' : 'others';
  if (name === 'token_embd.weight') return 'embedding';
  return name === 'output.weight' ? 'head' : 'rest';
}

/** The weights of a tensor. Only matrices are multiplied: norms, biases and scales have no parameters here. */
function weightsIn({ name, ne, bytes }: SizedTensor): Weights {
  const multiplies = ne.length > 1 && name.endsWith('.weight');
  return { bytes, parameters: multiplies ? ne.reduce((product, n) => product * n, 1) : 0 };
}

function plus(a: Weights = NO_WEIGHTS, b: Weights): Weights {
  return { bytes: a.bytes + b.bytes, parameters: a.parameters + b.parameters };
}
