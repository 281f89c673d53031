// Chooses how many tokens run through the model at once: as few passes over the weights as the memory allows, by what llama.cpp says of it.
import { sum } from '../../base/statistics/numbers.ts';
import type { Backend, ModelFiles } from '../../base/backend/backend.ts';
import type { CallOptions } from '../../base/backend/worker-client.ts';
import {
  type Batch,
  type ReadDemos,
  USUAL_UBATCH,
  passesThrough,
  scoringContext,
  sliceTokens,
  allSlices,
  ubatchSizes,
} from './packs.ts';
import type { Buffers } from './cost.ts';
import { type HostReading, type HostWeights, hostWeights, toReading, sharedBytes } from './reading.ts';
import { HOST, layerMap } from './layer-map.ts';
import { scoringMemory } from './load-model.ts';
import { type MachineSnapshot, RESERVED_BYTES } from './machine-snapshot.ts';
import type { ModelShape } from './model-shape.ts';
import type { LoadPlan } from './place-model.ts';
import { placedWeights } from './placed-bytes.ts';
import { scoringNeed, workBytes } from './workload.ts';
import { displayBytes } from '../../../contract/display-bytes.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';

/** A placed model. */
export type PlacedFiles = {
  readonly files: ModelFiles;
  readonly shape: ModelShape;
  readonly snapshot: MachineSnapshot;
  readonly load: LoadPlan;
};

/**
 * How the demos run through the model on this machine.
 * @returns buffers: as `sizeBuffers` returns them; null: not asked for, since they fit by far
 * @throws WinnowError OUT_OF_MEMORY; errors of the worker
 */
export async function planBatch(
  model: PlacedFiles,
  request: BatchRequest & { readonly threads: number },
  backend: Backend,
  options: CallOptions = {},
): Promise<ChosenBatch & { readonly buffers: readonly Buffers[] | null }> {
  const { shape, load, snapshot } = model;
  const [, ...weights] = placedWeights(shape, load);
  const used = (bytes: readonly number[]) =>
    load.devices.map((name, at) => ({
      isShared: snapshot.gpus.some((gpu) => gpu.name === name && gpu.isShared),
      bytes: bytes[at] ?? 0,
    }));
  const measured = new Map<string, readonly Buffers[] | null>();
  const measure = async (batches: readonly Batch[]): Promise<number[]> => {
    // the model was placed for this much memory on the devices: a batch that needs more of it does not fit
    const { ubatchTokens } = scoringNeed(request.nUbatch, request);
    const placedFor: Batch = { nUbatch: ubatchTokens, nSlice: 0, kvType: 'f16' };
    const sizes = await sizeBuffers(model, request, [placedFor, ...batches], backend, options);
    batches.forEach((batch, at) => measured.set(batchKey(batch), sizes[at + 1] ?? null));
    const [allowed, ...totals] = sizes.map((buffers) =>
      buffers?.map(({ kvBytes, computeBytes }) => kvBytes + computeBytes),
    );
    return totals.map((bytes) => {
      if (!bytes || onDevices(bytes) > onDevices(allowed ?? [])) return Infinity;
      const [host = 0, ...devices] = bytes;
      return host + sharedBytes(used(devices));
    });
  };
  const chosen = await chooseBatch({
    ...request,
    weights: hostWeights(shape.layers, layerMap(shape, load).layers, load.repack),
    roomBytes: snapshot.host.freeBytes - sharedBytes(used(weights)),
    measure,
  });
  return { ...chosen, buffers: measured.get(batchKey(chosen)) ?? null };
}

/**
 * Cache and compute buffers of the host and the plan's devices, in that order, as llama.cpp and its CPU backend would
 * allocate them for each batch; null if they cannot make such a context.
 * @throws WinnowError errors of the worker
 */
export async function sizeBuffers(
  { files, shape, load }: PlacedFiles,
  { threads, ...demos }: ReadDemos & { readonly threads: number },
  batches: readonly Batch[],
  backend: Backend,
  options: CallOptions = {},
): Promise<(readonly Buffers[] | null)[]> {
  const contexts = batches.map((batch) => scoringContext(demos, { ...batch, threads }));
  const sizes = await scoringMemory(backend, files, load, contexts, options);
  const hostComputes = layerMap(shape, load).layers.some(({ others, experts }) => others === HOST || experts === HOST);
  return sizes.map((uses, at) => {
    if (!uses) return null;
    const batch = batches[at]!;
    const work = hostComputes ? workBytes(shape, Math.min(batch.nUbatch, contexts[at]!.nCtx), sliceTokens(batch)) : 0;
    const sumBytes = (belongs: (device: string) => boolean): Buffers => ({
      kvBytes: uses.reduce((sum, { device, cacheBytes }) => sum + (belongs(device) ? cacheBytes : 0), 0),
      computeBytes: uses.reduce((sum, { device, computeBytes }) => sum + (belongs(device) ? computeBytes : 0), 0),
    });
    const host = sumBytes((device) => !load.devices.includes(device));
    return [
      { ...host, computeBytes: host.computeBytes + work },
      ...load.devices.map((name) => sumBytes((device) => device === name)),
    ];
  });
}

function batchKey({ nUbatch, nSlice, kvType }: Batch): string {
  return [nUbatch, nSlice, kvType].join();
}

/** Bytes on devices. @param bytes of the host and the devices */
function onDevices([, ...bytes]: readonly number[]): number {
  return sum(bytes);
}

type ChosenBatch = Batch &
  HostReading & {
    /** Cache and compute buffers in host memory; null: not measured, since they fit by far. */
    readonly bufferBytes: number | null;
    readonly nUbatches: number;
  };

type BatchRequest = ReadDemos & {
  /** The requested size; "auto": whatever is best. */
  readonly nUbatch: number | 'auto';
  /** The batch of an unfinished run of the same work, which is resumed with it if it fits; null: none. */
  readonly begun: Batch | null;
};

export type BatchQuestion = BatchRequest & {
  readonly weights: HostWeights;
  /** Host memory that may be used. */
  readonly roomBytes: number;
  /** Measures the host memory that cache and compute buffers take for each batch, in bytes; Infinity: it cannot be made. */
  readonly measure: (batches: readonly Batch[]) => Promise<readonly number[]>;
};

const UBATCHES = [8192, 4096, 2048, 1024, 512, 256];
/** Tokens of a slice; 0: no slices. Fewer tokens would leave too few for each expert. */
const SLICES = [0, 2048, 1024, 512, 256];
/** Types in the order in which they are tried. */
const KV_TYPES: readonly Batch['kvType'][] = ['f16', 'q8_0'];
/** If this much memory is left, buffers of the usual batch need not be measured. */
const AMPLE_BUFFERS = 4 * 2 ** 30;
/** Smaller slices are worthwhile if reading falls to this share. */
const WORTHWHILE = 0.95;

/**
 * Chooses ubatch, slice and the cache's type. The fewest bytes read win, then whole layers in memory, larger slices,
 * smaller buffers; keys and values are quantised only if nothing else fits, since that changes the scores.
 * @throws WinnowError OUT_OF_MEMORY when not even the smallest batch fits
 */
export async function chooseBatch(question: BatchQuestion): Promise<ChosenBatch> {
  const { roomBytes, begun } = question;
  if (hostBytes(question) + AMPLE_BUFFERS <= roomBytes) return outcome(begun ?? usualBatch(question), null, question);
  const [asBegun] = begun ? await fitting([begun], question) : [];
  if (asBegun) return asBegun;
  for (const kvType of KV_TYPES) {
    const batches = ubatchesFor(question).flatMap((nUbatch) =>
      SLICES.filter((nSlice) => nSlice < nUbatch).map((nSlice) => ({ nUbatch, nSlice, kvType })),
    );
    const best = pickBest(await fitting(batches, question));
    if (best) return best;
  }
  throw new WinnowError(
    'OUT_OF_MEMORY',
    msg('scoringNoMemory', { tokens: ubatchesFor(question).at(-1) ?? 0, room: displayBytes(roomBytes) }),
    { roomBytes },
  );
}

/** The batches whose buffers fit into memory, in the same order. */
async function fitting(batches: readonly Batch[], question: BatchQuestion): Promise<ChosenBatch[]> {
  const buffers = await question.measure(batches);
  return batches.flatMap((batch, i) => {
    const bytes = buffers[i] ?? Infinity;
    return roomForWeights(bytes, question) >= question.weights.fixedBytes ? [outcome(batch, bytes, question)] : [];
  });
}

/** What scoring with a batch would read. @param bufferBytes null: they fit by far */
function outcome(batch: Batch, bufferBytes: number | null, question: BatchQuestion): ChosenBatch {
  const { weights } = question;
  const sizes = ubatchSizes(passesThrough(question, batch.nUbatch), batch.nUbatch);
  const free = bufferBytes === null ? Infinity : roomForWeights(bufferBytes, question);
  const reading = toReading(weights, free, sizes.length, allSlices(sizes, batch));
  return { ...batch, bufferBytes, nUbatches: sizes.length, ...reading };
}

function hostBytes({ weights: { layers, fixedBytes } }: BatchQuestion): number {
  return layers.reduce((sum, { others, experts }) => sum + others + experts, fixedBytes);
}

function roomForWeights(bufferBytes: number, { roomBytes }: BatchQuestion): number {
  return roomBytes - RESERVED_BYTES - bufferBytes;
}

/** The batch for a model that fits by far: more tokens at once would gain nothing, and delay results. */
function usualBatch({ nUbatch }: BatchQuestion): Batch {
  return { nUbatch: nUbatch === 'auto' ? USUAL_UBATCH : nUbatch, nSlice: 0, kvType: 'f16' };
}

/** The sizes that make a difference: not much larger than what all demos together fill. */
function ubatchesFor({ lengths, nUbatch: size }: BatchQuestion): number[] {
  if (size !== 'auto') return [size];
  const total = lengths.reduce((sum, tokens) => sum + tokens, 0);
  const useful = UBATCHES.filter((nUbatch) => nUbatch / 2 < total);
  return useful.length > 0 ? useful : UBATCHES.slice(-1);
}

function pickBest(batches: readonly ChosenBatch[]): ChosenBatch | undefined {
  const staying = ({ residency }: ChosenBatch): number => (residency === 'none' ? 0 : 1);
  const fewest = Math.min(...batches.map(({ readBytes }) => readBytes));
  return batches
    .filter(({ readBytes }) => readBytes * WORTHWHILE <= fewest)
    .sort(
      (a, b) =>
        staying(b) - staying(a) || sliceTokens(b) - sliceTokens(a) || (a.bufferBytes ?? 0) - (b.bufferBytes ?? 0),
    )[0];
}
