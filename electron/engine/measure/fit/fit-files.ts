// The files that are compared: predicts their sizes, and makes scratch copies of those that are measured.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { Mix } from '../../../contract/mix.ts';
import type { QuantRules, QuantType, QuantiseOptions } from '../../../contract/quantise.ts';
import type { FitRequest, Grouping } from '../../../contract/requests.ts';
import { msg } from '../../../contract/sentences.ts';
import type { GgufEdit } from '../../../../native/index.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import type { IdentifiedInfo } from '../../models/identity.ts';
import { type InspectedModel, inspectFile } from '../../models/inspect.ts';
import { planImatrix, readImatrix } from '../../write/pruning/imatrix-file.ts';
import { type PruneOptions, keptBlocks } from '../../write/pruning/kept-blocks.ts';
import { narrowExperts, planNarrowed } from '../../write/pruning/narrow-experts.ts';
import type { Narrowed } from '../../write/pruning/narrowed.ts';
import { planCopy, planPrune } from '../../write/pruning/plan.ts';
import type { PlannedFile } from '../../write/pruning/planned-file.ts';
import { plannedBytes, writeGguf } from '../../write/pruning/write-gguf.ts';
import { type QuantisedBy, planQuantised } from '../../write/quantising/planned-quantised.ts';
import { noteWork } from '../../store/rates.ts';
import { rulesOfMix } from '../../write/quantising/tensor-classes.ts';
import { writeQuantised } from '../../write/quantising/write-quantised.ts';
import { modelShape } from '../../models/placement/model-shape.ts';
import { memoryFacts } from '../../models/placement/conversation.ts';
import { hashJson } from '../../base/files/canonical-json.ts';
import { makeScratchFolder } from '../../store/scratch-folder.ts';
import type { FileKind, FileSize } from './candidates.ts';
import type { Repairs } from './repairs.ts';

/** Options that all files of a search share. */
export type FileOptions = {
  readonly model: InspectedModel;
  readonly grouping: Grouping;
  readonly nextn: NonNullable<FitRequest['nextn']>;
  /** Importance matrix of the full model; null: none. */
  readonly imatrix: string | null;
  readonly requantise: boolean;
  /** Tokens of the conversation that has to fit. */
  readonly ctx: number;
  /** Bytes of that conversation's compute buffers, as in `memoryFacts`. */
  readonly buffers: number | null;
};

/** What is written into each header, as far as it affects the size. */
export type HeaderFacts = {
  /** An importance matrix with the keys of the one used for quantising; null: none. */
  readonly imatrix: PlannedFile | null;
  readonly provenance: (file: FileKind<QuantType>) => readonly GgufEdit[];
};

/** The worker that makes headers, and the folder for them. */
export type HeaderTools = { readonly backend: Backend; readonly scratchDir: string };

/** The size of a file, and its tensors as they will be written. */
type PlannedTensors = FileSize & {
  readonly tensors: readonly {
    readonly name: string;
    readonly ne: readonly number[];
    readonly type: string;
    readonly bytes: number;
  }[];
};

/**
 * The size and the tensors of a file with a number of experts, whichever these are; writes nothing but headers.
 * @param header makes the bytes exact; null: a file without importance matrix and provenance keys
 * @throws WinnowError as planning and `planQuantised`
 */
export async function tensorsOf(
  file: FileKind<QuantType>,
  making: FileOptions,
  header: HeaderFacts | null,
  { backend, scratchDir }: HeaderTools,
): Promise<PlannedTensors> {
  const { keep, type, mix, width } = file;
  const { model, nextn } = making;
  const kept = firstExperts(model.info, keep, making.grouping);
  const narrowed =
    width === null ? null : planNarrowed(model, { kept, nextn }, { share: width, isQuantised: type !== null });
  const sized = planned({ kept, narrowed }, 'sized.gguf', making, () => header?.provenance(file) ?? []);
  const shapes = sized.tensors;
  if (type === null) {
    return { bytes: await plannedBytes(sized, backend), memoryBytes: memoryOf(keep, shapes, making), tensors: shapes };
  }
  const by = quantisedBy({ type, mix }, header?.imatrix ?? null, making);
  const plan = await planQuantised(sized, by, { backend, scratchDir });
  const written = new Map(plan.tensors.map((tensor) => [tensor.name, tensor]));
  const tensors = shapes.map(({ name, ne, type: own, bytes }) => {
    const as = written.get(name);
    return { name, ne, type: as?.type ?? own, bytes: as?.bytes ?? bytes };
  });
  return { bytes: plan.bytes, memoryBytes: memoryOf(keep, tensors, making), tensors };
}

/** The first experts of each layer, or of each group if groups stay, as a stand-in for those that will be chosen. */
export function firstExperts(
  { moeLayers, nExpert, nExpertGroups }: ModelInfo,
  keep: number,
  grouping: Grouping = 'ungrouped',
): KeptExperts {
  const groups = grouping === 'balanced' ? Math.max(1, nExpertGroups) : 1;
  const first = Array.from({ length: nExpert }, (_, expert) => expert).filter(
    (expert) => expert % (nExpert / groups) < keep / groups,
  );
  return moeLayers.map(() => first);
}

type Cut = {
  readonly kept: KeptExperts;
  /** null: experts as wide as in the source model. */
  readonly narrowed: Narrowed | null;
};

/** Plans a file. In a whole model only the type changes. */
function planned(
  { kept, narrowed }: Cut,
  output: string,
  { model, grouping, nextn }: FileOptions,
  provenance: () => readonly GgufEdit[] = () => [],
): PlannedFile {
  if (kept[0]?.length === model.info.nExpert && narrowed === null) {
    return planCopy(model, output);
  }
  const options: PruneOptions = {
    output,
    kept,
    grouping,
    nextn,
    provenance: provenance(),
    ...(narrowed !== null && { narrowed }),
  };
  return planPrune(model, options).file;
}

/** What a file is quantised to. */
type Quantising = { readonly type: QuantType; readonly mix: Mix | null };

function quantisedBy(to: Quantising, imatrix: QuantisedBy['imatrix'], making: FileOptions): QuantisedBy {
  return {
    options: quantiseOptions(to, making),
    imatrix,
    blockCount: keptBlocks(making.model.info, { ...making, kept: [] }).count,
  };
}

/** Options for quantising a file; the best file is written with them too. */
export function quantiseOptions(
  { type, mix }: Quantising,
  { requantise }: Pick<FileOptions, 'requantise'>,
): QuantiseOptions {
  return { type, rules: mix === null ? {} : rulesOfMix(mix), allowRequantize: requantise };
}

/** Number of weights in matrices. */
function weightsIn({ tensors }: PlannedFile): number {
  const matrices = tensors.filter(({ ne }) => ne.length > 1);
  return matrices.reduce((sum, { ne }) => sum + ne.reduce((product, n) => product * n, 1), 0);
}

/** Bytes of weights, cache and compute buffers for one conversation. */
function memoryOf(
  keep: number,
  tensors: readonly { readonly name: string; readonly ne: readonly number[]; readonly bytes: number }[],
  { model, ctx, buffers }: FileOptions,
): number {
  const { kv } = model;
  const info = { ...model.info, nExpert: keep };
  const shape = modelShape({ info, kv, tensors });
  const { fullBytes, kvBytes, computeBytes } = memoryFacts({ info, kv, shape }, ctx, buffers);
  return fullBytes + kvBytes + computeBytes;
}

/** What a file is made of. */
export type MadeOf = {
  readonly kept: KeptExperts;
  /** The share of its neurons that every kept expert keeps; null: all. */
  readonly width: number | null;
  /** null: the weights stay as they are. */
  readonly to: Quantising | null;
};

/** Makes the files that are measured in a scratch folder, each when it is needed. */
export class ScratchFiles {
  readonly #folder: string;
  readonly #making: FileOptions;
  readonly #context: EngineContext;
  readonly #made = new Map<string, IdentifiedInfo>();

  constructor(folder: string, making: FileOptions, context: EngineContext) {
    this.#folder = folder;
    this.#making = making;
    this.#context = context;
  }

  /** Path of the file with this name, whether it exists or not. */
  path(name: string): string {
    return join(this.#folder, `${name}.gguf`);
  }

  /**
   * Makes a file, with as many active experts as the source model: a lower count is set when a file is loaded.
   * @param name unique for these experts and types
   * @throws WinnowError from writing: NO_SPACE, …; from narrowing and quantising
   */
  async make(name: string, { kept, width, to }: MadeOf, task: Task): Promise<IdentifiedInfo> {
    const made = this.#made.get(name);
    if (made) return made;
    const { model, imatrix: source, nextn } = this.#making;
    const { host, scratchDir, store } = this.#context;
    const path = this.path(name);
    using backend = new Backend('off', host);
    await using folder = width === null ? null : await makeScratchFolder(scratchDir, 'width');
    const narrowed =
      width === null || folder === null
        ? null
        : await this.#narrowed({ kept, width, to }, { folder: folder.path, backend, signal: task.signal });
    const file = planned({ kept, narrowed }, path, this.#making);
    const options = {
      backend,
      signal: task.signal,
      onProgress: (done: number, total: number): void =>
        task.about({ step: { key: 'making', done: Math.round((100 * done) / total), total: 100 } }),
    };
    if (to === null) {
      await writeGguf(file, options);
    } else {
      const cut = { kept, nextn, ...(narrowed !== null && { narrowed }) };
      const matrix = source === null ? null : await readImatrix(source, model, backend);
      const imatrix = matrix && planImatrix(matrix, model, cut);
      const started = performance.now();
      await writeQuantised(file, quantisedBy(to, imatrix, this.#making), { ...options, scratchDir });
      const seconds = (performance.now() - started) / 1000;
      if (to.mix === null) noteWork(store, `quantise ${to.type}`, weightsIn(file), seconds);
    }
    const { info } = await inspectFile(path, this.#context);
    this.#made.set(name, info);
    return info;
  }

  async #narrowed(
    { kept, width, to }: MadeOf & { readonly width: number },
    task: Parameters<typeof narrowExperts>[3],
  ): Promise<Narrowed> {
    const { model, nextn, imatrix: source } = this.#making;
    if (source === null) throw new WinnowError('USAGE', msg('widthNeedsMatrix'));
    const imatrix = await readImatrix(source, model, task.backend);
    return narrowExperts(model, { kept, nextn }, { share: width, isQuantised: to !== null, imatrix }, task);
  }

  /** Makes a file, and repairs it if that makes it clearly better. */
  async makeRepaired(name: string, of: MadeOf, repairs: Repairs | null, task: Task): Promise<IdentifiedInfo> {
    const isMade = this.#made.has(name);
    const made = await this.make(name, of, task);
    if (isMade || repairs === null) return made;
    const repaired = await repairs.repaired(name, made);
    this.#made.set(name, repaired);
    return repaired;
  }

  /** Deletes a file that is no longer measured and that nothing has open. */
  async drop(name: string): Promise<void> {
    if (!this.#made.delete(name)) return;
    await rm(this.path(name), { force: true });
  }
}

type IdentifiedFile = {
  /** The source model. */
  readonly info: ModelInfo;
  readonly kept: KeptExperts;
  readonly type: QuantType | null;
  /** Types for parts of the file; {}: none. */
  readonly rules: QuantRules;
  /** Fingerprint of the full model's importance matrix; null: none. */
  readonly imatrix: string | null;
  readonly grouping: FileOptions['grouping'];
  /** The share of neurons that kept experts keep, chosen by the importance matrix; null: all. */
  readonly width: number | null;
  /** Key of the repair, which is applied if it makes the file clearly better; null: no repair. */
  readonly repair: string | null;
};

/** A hash that is equal for files that compute the same, with or without prediction blocks. SHA-256, hex. */
export function fileIdentity({ info, kept, type, rules, imatrix, grouping, width, repair }: IdentifiedFile): string {
  const isWhole = kept[0]?.length === info.nExpert;
  return hashJson({
    source: info.fingerprint,
    kept: isWhole ? null : kept,
    type,
    ...(Object.keys(rules).length > 0 && { rules }),
    imatrix: type === null && width === null ? null : imatrix,
    grouping: isWhole && width === null ? null : grouping,
    ...(width !== null && { width }),
    ...(repair !== null && { repair }),
  });
}
