// How many tokens run through the model at once: as few passes over the weights as the memory allows.
import { WinnowError } from '../../contract/errors.ts';
import { planPacks } from './packs.ts';

/** What runs through the model at once. */
export type Batch = {
  /** Tokens of one pass over the weights. */
  readonly nUbatch: number;
  /** Of these, tokens that pass the experts of a layer at once; 0: all. */
  readonly nSlice: number;
  /** What keys and values are stored as. */
  readonly kvType: 'f16' | 'q8_0';
};

/** Where the weights are while they are used; what does not stay in memory is read again by every pass. */
type Residency =
  /** All of them stay in memory. */
  | 'all'
  /** A layer stays while a ubatch passes it: each ubatch reads the model once. */
  | 'layer'
  /** Not even one layer: each slice of tokens reads the model once, a ubatch without slices too. */
  | 'none';

export type ChosenBatch = Batch & {
  /** Of the cache and the compute buffers in host memory; null: not asked for, they fit by far. */
  readonly bufferBytes: number | null;
  readonly nUbatches: number;
  readonly residency: Residency;
  /** How the system is told what comes next, while a layer stays and the model does not; null: it is not. */
  readonly paging: Paging | null;
  /** From the disk, over all demos, when nothing of the model is in memory before. */
  readonly readBytes: number;
};

export type Paging = {
  /** Bytes of the next layer that are read ahead while one is computed. */
  readonly aheadBytes: number;
  /** So many of the first layers stay in memory from one ubatch to the next. */
  readonly keepLayers: number;
};

export type BatchQuestion = {
  /** Tokens of each demo. */
  readonly lengths: readonly number[];
  /** Every demo alone (models with recurrent state). */
  readonly alone: boolean;
  /** Asked for; "auto": whatever is best. */
  readonly nUbatch: number | 'auto';
  /** What an unfinished run of the same began with: if it fits, the run goes on with it. */
  readonly begun: Batch | null;
  /** Weights that are mapped into host memory, layer by layer, in bytes. */
  readonly layerBytes: readonly number[];
  /** Weights that stay in host memory whatever happens, since they are repacked. */
  readonly fixedBytes: number;
  /** Host memory that may be used. */
  readonly roomBytes: number;
  /** Keys and values may only be quantised where flash attention reads them. */
  readonly kvTypes: readonly Batch['kvType'][];
  /** Bytes in host memory of cache and compute buffers for each batch; Infinity: it cannot be made. */
  readonly measure: (batches: readonly Batch[]) => Promise<readonly number[]>;
};

const USUAL_UBATCH = 2048;
const UBATCHES = [8192, 4096, 2048, 1024, 512, 256];
/** Fewer tokens would leave too few to each expert. */
const SLICES = [0, 2048, 1024, 512, 256];
/** The process itself, the vocabulary, and what threads need. */
export const PROCESS_BYTES = 160 << 20;
/** For a model that fits by far, buffers of the usual batch need not be measured. */
const AMPLE_BUFFERS = 4 * 2 ** 30;
/** Share of a layer's weights that the system keeps beside it: what it reads ahead, and pages that are not yet gone. */
export const LAYER_SLACK = 0.1;
/** Reading so much less is worth smaller slices. */
const WORTHWHILE = 0.95;

/**
 * Chooses ubatch, slice and the cache's type. The fewest bytes read win, then whole layers in memory, larger slices,
 * smaller buffers; keys
 * and values are quantised only if nothing fits otherwise, since that changes the scores.
 * @throws WinnowError OUT_OF_MEMORY when not even the smallest batch fits
 */
export async function chooseBatch(question: BatchQuestion): Promise<ChosenBatch> {
  const { roomBytes, kvTypes, begun } = question;
  if (mappedBytes(question) + question.fixedBytes + AMPLE_BUFFERS <= roomBytes)
    return outcome(begun ?? usualBatch(question), null, question);
  const [asBegun] = begun ? await fitting([begun], question) : [];
  if (asBegun) return asBegun;
  for (const kvType of kvTypes) {
    const batches = ubatchesFor(question).flatMap((nUbatch) =>
      SLICES.filter((nSlice) => nSlice < nUbatch).map((nSlice) => ({ nUbatch, nSlice, kvType })),
    );
    const best = bestOf(await fitting(batches, question));
    if (best) return best;
  }
  throw new WinnowError(
    'OUT_OF_MEMORY',
    `Scoring needs more memory than there is: not even ${ubatchesFor(question).at(-1)} tokens at once fit into the ${Math.floor(roomBytes / 2 ** 20)} MiB that are free. Close other programs, raise --memory-limit, or cut the demos with --max-tokens.`,
    { roomBytes },
  );
}

/** Those whose buffers fit into memory, in the same order. */
async function fitting(batches: readonly Batch[], question: BatchQuestion): Promise<ChosenBatch[]> {
  const buffers = await question.measure(batches);
  return batches.flatMap((batch, i) => {
    const bytes = buffers[i] ?? Infinity;
    return spareBytes(bytes, question) >= 0 ? [outcome(batch, bytes, question)] : [];
  });
}

/** What it means to score with a batch. @param bufferBytes null: they fit by far */
function outcome(batch: Batch, bufferBytes: number | null, question: BatchQuestion): ChosenBatch {
  const { lengths, alone, layerBytes, fixedBytes } = question;
  const weightBytes = mappedBytes(question);
  const largestLayer = Math.max(0, ...layerBytes);
  const spare = bufferBytes === null ? Infinity : spareBytes(bufferBytes, question);
  const ubatches = planPacks(lengths, batch.nUbatch, alone).flatMap(({ tokens }) => ubatchSizes(tokens, batch.nUbatch));
  const nSlices = ubatches.reduce((sum, tokens) => sum + Math.ceil(tokens / (batch.nSlice || tokens)), 0);
  const residency = spare >= weightBytes ? 'all' : spare >= largestLayer * (1 + LAYER_SLACK) ? 'layer' : 'none';
  const paging = residency === 'layer' ? pagingIn(spare, layerBytes) : null;
  const keptBytes = layerBytes.slice(0, paging?.keepLayers ?? 0).reduce((sum, bytes) => sum + bytes, 0);
  const passes = residency === 'all' ? 1 : residency === 'layer' ? ubatches.length : nSlices;
  return {
    ...batch,
    bufferBytes,
    nUbatches: ubatches.length,
    residency,
    paging,
    readBytes: fixedBytes + weightBytes + (passes - 1) * (weightBytes - keptBytes),
  };
}

/** What the layer that is computed leaves: first for the next one, then for layers that need not be read again. */
export function pagingIn(spare: number, layerBytes: readonly number[]): Paging {
  const largestLayer = Math.max(...layerBytes);
  const left = spare - largestLayer * (1 + LAYER_SLACK);
  const aheadBytes = Math.floor(Math.min(left, largestLayer));
  return { aheadBytes, keepLayers: Math.floor((left - aheadBytes) / largestLayer) };
}

function mappedBytes({ layerBytes }: BatchQuestion): number {
  return layerBytes.reduce((sum, bytes) => sum + bytes, 0);
}

/** What is left for mapped weights. */
function spareBytes(bufferBytes: number, { roomBytes, fixedBytes }: BatchQuestion): number {
  return roomBytes - PROCESS_BYTES - fixedBytes - bufferBytes;
}

/** For a model that fits by far: more tokens at once would gain nothing, and come later. */
function usualBatch({ nUbatch }: BatchQuestion): Batch {
  return { nUbatch: nUbatch === 'auto' ? USUAL_UBATCH : nUbatch, nSlice: 0, kvType: 'f16' };
}

/** The sizes that can be told apart: no larger than what all demos together fill. */
function ubatchesFor({ lengths, nUbatch: asked }: BatchQuestion): number[] {
  if (asked !== 'auto') return [asked];
  const total = lengths.reduce((sum, tokens) => sum + tokens, 0);
  const useful = UBATCHES.filter((nUbatch) => nUbatch / 2 < total);
  return useful.length > 0 ? useful : UBATCHES.slice(-1);
}

function ubatchSizes(tokens: number, nUbatch: number): number[] {
  return Array.from({ length: Math.ceil(tokens / nUbatch) }, (_, i) => Math.min(nUbatch, tokens - i * nUbatch));
}

function bestOf(batches: readonly ChosenBatch[]): ChosenBatch | undefined {
  const sliceOf = ({ nSlice, nUbatch }: Batch): number => nSlice || nUbatch;
  const staying = ({ residency }: ChosenBatch): number => (residency === 'none' ? 0 : 1);
  const fewest = Math.min(...batches.map(({ readBytes }) => readBytes));
  return batches
    .filter(({ readBytes }) => readBytes * WORTHWHILE <= fewest)
    .sort(
      (a, b) => staying(b) - staying(a) || sliceOf(b) - sliceOf(a) || (a.bufferBytes ?? 0) - (b.bufferBytes ?? 0),
    )[0];
}
