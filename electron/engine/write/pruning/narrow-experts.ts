// Chooses the neurons that kept experts keep: those that contributed most in the text that an importance matrix was collected on.
import { open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import type { TensorInfo } from '../../../contract/model-info.ts';
import { msg, type Sentence } from '../../../contract/sentences.ts';
import type { Backend } from '../../base/backend/backend.ts';
import { blockTensor } from '../../models/expert-tensors.ts';
import { expertWidth } from '../../models/expert-width.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { readFloats, type Imatrix } from './imatrix-file.ts';
import { downType, neuronsIn, plannedDown, blockWidth, type Narrowed } from './narrowed.ts';
import { type Cut, keptBlocks } from './kept-blocks.ts';
import { isDropped } from './plan.ts';
import type { PlannedTensor } from './planned-file.ts';
import { requireSpace } from '../../base/files/free-space.ts';

type NarrowRequest = {
  /** The share of every expert's neurons that stays. */
  readonly share: number;
  /** Whether the written file is quantised. */
  readonly isQuantised: boolean;
};

/**
 * Plans the narrowed experts, with exact sizes, before neurons are chosen.
 * @throws WinnowError as `expertWidth`
 */
export function planNarrowed(model: InspectedModel, cut: Cut, { share, isQuantised }: NarrowRequest): Narrowed {
  const width = expertWidth(model, share);
  const downs = narrowedBlocks(model, cut).map(({ block, down, kept }) => {
    const { to } = blockWidth(width, block);
    const made = plannedDown(down, kept.length, to, downType(down.type, to, isQuantised), sourcePath(model, down));
    return { ...made, ranges: [] };
  });
  return { ...width, neurons: null, downs: new Map(downs.map((down) => [down.name, down])) };
}

/** Warns about down matrices whose type does not fit rows of this width. */
export function narrowedWarnings({ tensors }: InspectedModel, { downs }: Narrowed): Sentence[] {
  const changes = tensors.flatMap(({ name, type }) => {
    const down = downs.get(name);
    return down && down.type !== type && down.type !== 'f32'
      ? [{ from: type, to: down.type, width: down.ne[0] ?? 0 }]
      : [];
  });
  const [first] = changes;
  return first ? [msg('widthType', { ...first, tensors: changes.length })] : [];
}

export type NarrowTask = {
  /** Folder for the down matrices, which must stay there until the file is written. */
  readonly folder: string;
  readonly backend: Backend;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Chooses the neurons and makes their down matrices. Within an expert, neurons rank by Σa² · ‖w‖²: the sum of squared inputs a of the down
 * matrix's column w, from the importance matrix, times the column's squared norm. An expert that no token reached keeps its first neurons:
 * ranking by the norms alone was measured to be worse than any other order.
 * @param imatrix of the whole model
 * @throws WinnowError as `expertWidth`; CHOICE_INVALID: the matrix has no entry for a block's experts; NO_SPACE; CANCELLED
 */
export async function narrowExperts(
  model: InspectedModel,
  cut: Cut,
  { imatrix, ...request }: NarrowRequest & { readonly imatrix: Imatrix },
  { folder, backend, signal }: NarrowTask,
): Promise<Narrowed> {
  const planned = planNarrowed(model, cut, request);
  const { path } = imatrix;
  const evidence = new Map(imatrix.entries.map((entry) => [entry.weight.name, entry]));
  const blocks = narrowedBlocks(model, cut).map((own) => ({ ...own, entry: evidence.get(own.down.name) }));
  const unknown = blocks.find(({ entry }) => entry === undefined);
  if (unknown) {
    throw new WinnowError('CHOICE_INVALID', msg('widthNoEvidence', { path, tensor: unknown.down.name }), { path });
  }
  await requireSpace(
    folder,
    [...planned.downs.values()].map(({ bytes }) => bytes),
  );

  const neurons = new Map<number, Int32Array>();
  const downs = new Map<string, PlannedTensor>();
  await using file = await open(path, 'r');
  const read = ({ fileOffset, bytes }: Imatrix['entries'][number]['sums']) =>
    readFloats({ file, path }, fileOffset, bytes / Float32Array.BYTES_PER_ELEMENT);
  for (const { block, down, kept, entry } of blocks) {
    const { to } = blockWidth(planned, block);
    const { type } = planned.downs.get(down.name)!;
    const output = join(folder, `down-${block}`);
    const [nIn = 1, nOut = 1] = down.ne;
    const sums = await read(entry!.sums);
    const counts = await read(entry!.counts);
    const chosen = await backend.call(
      'narrowExperts',
      {
        down: { path: sourcePath(model, down), offset: down.fileOffset, type: down.type, nIn, nOut },
        experts: Int32Array.from(kept),
        sums: Float32Array.from(kept.flatMap((expert) => [...sums.subarray(expert * nIn, (expert + 1) * nIn)])),
        counts: Float32Array.from(kept, (expert) => counts[counts.length === 1 ? 0 : expert]!),
        width: to,
        toType: type,
        output,
        nThreads: availableParallelism(),
      },
      { ...(signal && { signal }) },
    );
    neurons.set(block, chosen.neurons);
    downs.set(down.name, plannedDown(down, kept.length, to, type, output));
  }
  return { ...planned, neurons, downs };
}

type NarrowedBlock = { readonly block: number; readonly down: TensorInfo; readonly kept: readonly number[] };

/** The blocks of the file that have experts. */
function narrowedBlocks({ info, tensors }: InspectedModel, cut: Cut): NarrowedBlock[] {
  const blocks = keptBlocks(info, cut);
  return tensors.flatMap((down) => {
    const inBlock = blockTensor(down.name);
    if (!inBlock || neuronsIn(inBlock) !== 'columns' || isDropped(down.name, info, blocks)) return [];
    return [{ block: inBlock.block, down, kept: blocks.experts.get(inBlock.block) ?? [] }];
  });
}

function sourcePath({ info }: InspectedModel, { part }: TensorInfo): string {
  return info.parts[part] ?? info.path;
}
