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
export type Residency =
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
  /** Of the weights, what stays in memory from one ubatch to the next. */
  readonly keptBytes: number;
  /** From the disk, over all demos, when nothing of the model is in memory before. */
  readonly readBytes: number;
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
  /** Weights in host memory, layer by layer, in bytes. */
  readonly layerBytes: readonly number[];
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
  const { layerBytes, roomBytes, kvTypes, begun } = question;
  const weightBytes = layerBytes.reduce((sum, bytes) => sum + bytes, 0);
  if (weightBytes + AMPLE_BUFFERS <= roomBytes) return outcome(begun ?? usualBatch(question), null, question);
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
    return bytes + PROCESS_BYTES <= question.roomBytes ? [outcome(batch, bytes, question)] : [];
  });
}

/** What it means to score with a batch. @param bufferBytes null: they fit by far */
function outcome(batch: Batch, bufferBytes: number | null, question: BatchQuestion): ChosenBatch {
  const { lengths, alone, layerBytes, roomBytes } = question;
  const weightBytes = layerBytes.reduce((sum, bytes) => sum + bytes, 0);
  const largestLayer = Math.max(0, ...layerBytes);
  const spare = bufferBytes === null ? Infinity : roomBytes - PROCESS_BYTES - bufferBytes;
  const ubatches = planPacks(lengths, batch.nUbatch, alone).flatMap(({ tokens }) => ubatchSizes(tokens, batch.nUbatch));
  const nSlices = ubatches.reduce((sum, tokens) => sum + Math.ceil(tokens / (batch.nSlice || tokens)), 0);
  const residency = spare >= weightBytes ? 'all' : spare >= largestLayer * (1 + LAYER_SLACK) ? 'layer' : 'none';
  const keptBytes = residency === 'all' ? weightBytes : 0;
  const passes = residency === 'all' ? 1 : residency === 'layer' ? ubatches.length : nSlices;
  return {
    ...batch,
    bufferBytes,
    nUbatches: ubatches.length,
    residency,
    keptBytes,
    readBytes: weightBytes + (passes - 1) * (weightBytes - keptBytes),
  };
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
