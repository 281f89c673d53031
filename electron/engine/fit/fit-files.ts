// The files that are compared: how large each would be, and a scratch copy of the ones that are measured.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { GgufHeader, ModelInfo } from '../../contract/model-info.ts';
import type { QuantType } from '../../contract/quantise.ts';
import type { Grouping } from '../../contract/requests.ts';
import { Backend } from '../backend/backend.ts';
import type { EngineContext } from '../context/engine-context.ts';
import type { Task } from '../context/task.ts';
import { inspectFile, type InspectedModel } from '../models/inspect.ts';
import { planImatrix } from '../pruning/imatrix.ts';
import { planCopy, planPrune } from '../pruning/plan.ts';
import type { PlannedFile } from '../pruning/planned-file.ts';
import type { PruneOptions } from '../pruning/prune-options.ts';
import type { QuantisedBy } from '../pruning/quantiser.ts';
import { plannedBytes, writeGgufFiles, type WrittenFile } from '../pruning/write-gguf.ts';
import { planQuantised, requireFirstTime } from '../quantising/planned-quantised.ts';
import { writeQuantised } from '../quantising/write-quantised.ts';
import { inspectedMemory } from '../selection/memory-facts.ts';
import type { FileSize } from './candidates.ts';

type Kept = readonly (readonly number[])[];

/** Null: the weights stay as they are. */
export type FileType = QuantType | null;

/** How all of them are made. */
export type Making = {
  readonly model: InspectedModel;
  readonly grouping: Grouping;
  /** Of the full model; null: none. */
  readonly imatrix: string | null;
  readonly requantise: boolean;
  /** Tokens of the conversation that has to fit. */
  readonly ctx: number;
  /** That its compute buffers take, whatever the type and the count of experts; null: by a formula. */
  readonly computeBytes: number | null;
};

/**
 * The bytes and the memory of a file with so many experts, whichever they are; nothing is written but headers.
 * @throws WinnowError as planning and `planQuantised`
 */
export async function sizeOf(
  keep: number,
  type: FileType,
  making: Making,
  { backend, scratchDir }: { readonly backend: Backend; readonly scratchDir: string },
): Promise<FileSize> {
  const { info } = making.model;
  const first = Array.from({ length: keep }, (_, expert) => expert);
  const files = planned(
    info.moeLayers.map(() => first),
    'sized.gguf',
    making,
  );
  const shapes = files.flatMap(({ tensors }) => tensors);
  if (type === null) {
    let bytes = 0;
    for (const file of files) bytes += await plannedBytes(file, backend);
    return { bytes, memoryBytes: memoryOf(keep, shapes, making) };
  }
  const plan = await planQuantised(files, quantisedBy(type, null, making), { backend, scratchDir });
  const sizes = new Map(plan.files.flatMap(({ tensors }) => tensors.map(({ name, bytes }) => [name, bytes])));
  const tensors = shapes.map(({ name, ne, bytes }) => ({ name, ne, bytes: sizes.get(name) ?? bytes }));
  return { bytes: plan.bytes, memoryBytes: memoryOf(keep, tensors, making) };
}

/** @throws WinnowError ALREADY_QUANTISED: the weights are, and making such files of them was not allowed */
export async function requireMakeable(
  types: readonly QuantType[],
  making: Making,
  { host, scratchDir }: Pick<EngineContext, 'host' | 'scratchDir'>,
): Promise<void> {
  using backend = new Backend('off', host);
  const files = planCopy(making.model, { output: 'whole.gguf', split: 'single' });
  for (const type of types) {
    const by = quantisedBy(type, null, making);
    requireFirstTime(await planQuantised(files, by, { backend, scratchDir }), by);
  }
}

/** Of a whole model nothing changes but the type. */
function planned(
  kept: Kept,
  output: string,
  { model, grouping }: Making,
  provenance: PruneOptions['provenance'] = [],
): readonly PlannedFile[] {
  if (kept[0]?.length === model.info.nExpert) return planCopy(model, { output, split: 'single' });
  const how = { nextn: 'reuse', split: 'single', allowFewerUsed: false } as const;
  return planPrune(model, { output, kept, grouping, provenance, ...how }).files;
}

function quantisedBy(
  type: QuantType,
  imatrix: QuantisedBy['imatrix'],
  { model, requantise }: Pick<Making, 'model' | 'requantise'>,
): QuantisedBy {
  return {
    options: { type, rules: {}, allowRequantize: requantise },
    imatrix,
    blockCount: model.info.blockCount,
  };
}

/** Weights, cache and compute buffers of one conversation. */
function memoryOf(
  keep: number,
  tensors: readonly { readonly name: string; readonly ne: readonly number[]; readonly bytes: number }[],
  { model, ctx, computeBytes: asked }: Making,
): number {
  const headers: readonly Pick<GgufHeader, 'kv'>[] = model.headers;
  const { fullBytes, kvBytes, computeBytes } = inspectedMemory(
    { info: { ...model.info, nExpert: keep }, headers, tensors },
    ctx,
  );
  return fullBytes + kvBytes + (asked ?? computeBytes);
}

export type WrittenAs = Pick<PruneOptions, 'provenance'> & {
  readonly path: string;
  readonly overwrite: boolean;
  readonly onProgress: (done: number, total: number) => void;
};

/**
 * Makes one file.
 * @throws WinnowError of writing: NO_SPACE, …; of quantising
 */
export async function makeFile(
  { kept, type }: { readonly kept: Kept; readonly type: FileType },
  { path, provenance, ...how }: WrittenAs,
  making: Making,
  { host, scratchDir }: Pick<EngineContext, 'host' | 'scratchDir'>,
  signal: AbortSignal,
): Promise<WrittenFile> {
  const files = planned(kept, path, making, provenance);
  using backend = new Backend('off', host);
  const options = { ...how, backend, signal };
  const { imatrix: source, model } = making;
  const cut = { kept, nextn: 'reuse' } as const;
  const imatrix =
    source === null || type === null ? null : await planImatrix(source, `${path}.imatrix.gguf`, model, cut, backend);
  const [written] =
    type === null
      ? await writeGgufFiles(files, options)
      : await writeQuantised(files, quantisedBy(type, imatrix, making), { ...options, scratchDir });
  if (!written) throw new RangeError('one file is written');
  return written;
}

/** Writes the files that are measured into a scratch folder, each when it is asked for. */
export class ScratchFiles {
  readonly #folder: string;
  readonly #making: Making;
  readonly #context: EngineContext;
  readonly #made = new Map<string, ModelInfo>();

  constructor(folder: string, making: Making, context: EngineContext) {
    this.#folder = folder;
    this.#making = making;
    this.#context = context;
  }

  /**
   * @param name of its own, for this choice of experts and type
   * @throws WinnowError of writing: NO_SPACE, …
   */
  async make(name: string, kept: Kept, type: FileType, task: Task): Promise<ModelInfo> {
    const made = this.#made.get(name);
    if (made) return made;
    const path = join(this.#folder, `${name}.gguf`);
    const onProgress = (done: number, total: number): void =>
      task.about({ step: { key: 'making', done: Math.round((100 * done) / total), total: 100 } });
    await makeFile({ kept, type }, { path, overwrite: false, onProgress }, this.#making, this.#context, task.signal);
    const { info } = await inspectFile(path, this.#context.host);
    this.#made.set(name, info);
    return info;
  }

  /** It is not measured any more. */
  async drop(name: string): Promise<void> {
    if (!this.#made.delete(name)) return;
    await rm(join(this.#folder, `${name}.gguf`), { force: true });
  }
}
