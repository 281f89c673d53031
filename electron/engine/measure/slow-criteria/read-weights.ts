// Computes statistics of the experts' weights. Matrices are read from the model's files, one expert at a time.
import type { ModelInfo, TensorInfo } from '../../../contract/model-info.ts';
import type { CompareRequest } from '../../../contract/requests.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { mean } from '../../base/statistics/averages.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { Params } from '../../base/backend/protocol.ts';
import type { Task } from '../../store/task.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import type { ExpertWeights } from './evidence.ts';
import { meanOfOthers, observing } from './register.ts';
import { ROUTER } from '../../models/expert-tensors.ts';

/** Seed of the initial vector of power iteration, and of the rows whose values are compared. */
const SEED = 1;

type WantedWeights = { readonly similarity: boolean; readonly spectral: boolean };

/** The statistics that criteria need; null: no criterion needs weights. */
export function wantedWeights({ criteria }: Pick<CompareRequest, 'criteria'>): WantedWeights | null {
  const needs = observing(criteria).flatMap((row) => (row.observes === 'weights' ? [row.needs] : []));
  if (needs.length === 0) return null;
  return { similarity: needs.includes('similarity'), spectral: needs.includes('spectral') };
}

type Matrix = Params<'expertWeights'>['matrices'][number];

/**
 * Reads the weights and computes their statistics.
 * @param backend a worker; it keeps the model that it holds
 * @throws WinnowError ARCH_REFUSED: a layer has no router of its own; from reading; CANCELLED
 */
export async function readWeights(
  { info, tensors }: Pick<InspectedModel, 'info' | 'tensors'>,
  wanted: WantedWeights,
  threads: number,
  backend: Backend,
  task: Pick<Task, 'signal' | 'progress'>,
): Promise<ExpertWeights> {
  const { moeLayers, nExpert } = info;
  const routerNorm: number[] = [];
  const norm: number[] = [];
  const stableRank: number[] = [];
  const similarity: number[] = [];
  for (const [layer, block] of moeLayers.entries()) {
    routerNorm.push(...(await routerNorms(info, tensors, block, backend)));
    const matrices = await matricesOf(info, tensors, block, backend);
    const { squares, spectral, cosines } = await backend.call(
      'expertWeights',
      { matrices, nExpert, ...wanted, seed: SEED, nThreads: threads },
      {
        signal: task.signal,
        onProgress: (done, of) =>
          task.progress(Math.round((1000 * (layer + done / of)) / moeLayers.length), 1000, 'permille'),
      },
    );
    for (let expert = 0; expert < nExpert; expert++) {
      const of = (values: Float64Array, matrix: number): number => values[matrix * nExpert + expert]!;
      norm.push(Math.sqrt(matrices.reduce((sum, _, matrix) => sum + of(squares, matrix), 0)));
      if (wanted.spectral) {
        const ranks = matrices.map((_, m) => (of(spectral, m) > 0 ? of(squares, m) / of(spectral, m) : 0));
        stableRank.push(mean(ranks));
      }
    }
    if (wanted.similarity) similarity.push(...meanOfOthers(cosines, nExpert));
  }
  return {
    nLayers: moeLayers.length,
    nExpert,
    routerNorm: Float64Array.from(routerNorm),
    norm: Float64Array.from(norm),
    stableRank: Float64Array.from(stableRank),
    similarity: Float64Array.from(similarity),
  };
}

/** Bytes of the experts' matrices in all MoE layers, and the number of values in them. */
export function weightsToRead({ info, tensors }: Pick<InspectedModel, 'info' | 'tensors'>): {
  readonly bytes: number;
  readonly values: number;
} {
  const found = info.moeLayers.flatMap((block) => expertMatrices(tensors, block));
  return {
    bytes: found.reduce((sum, { bytes }) => sum + bytes, 0),
    values: found.reduce((sum, { ne }) => sum + ne.reduce((product, n) => product * n, 1), 0),
  };
}

/** Multiply-adds of power iteration per second and thread: typical of processors, not measured on this machine. */
const STEPS_A_SECOND = { low: 0.3e9, likely: 1e9, high: 3e9 };
/** Steps after which power iteration usually has found the largest singular value. */
const USUAL_STEPS = 60;

/** Estimates the seconds of reading weights. @param values number of values in the experts' matrices */
export function secondsOfWeights(
  values: number,
  { spectral }: WantedWeights,
  threads: number,
): { readonly low: number; readonly likely: number; readonly high: number } {
  const work = (values * (spectral ? 2 * USUAL_STEPS : 2)) / threads;
  const { low, likely, high } = STEPS_A_SECOND;
  return { low: work / high, likely: work / likely, high: work / low };
}

function expertMatrices(tensors: readonly TensorInfo[], block: number): TensorInfo[] {
  return tensors.filter(({ name }) =>
    new RegExp(`^blk\\.${block}\\.ffn_(gate|up|down|gate_up)_exps\\.weight$`).test(name),
  );
}

/** The matrices of a block's experts, one entry per weight tensor. */
export async function matricesOf(
  info: ModelInfo,
  tensors: readonly TensorInfo[],
  block: number,
  backend: Backend,
): Promise<Matrix[]> {
  const matrices: Matrix[] = [];
  for (const { name, type, ne, part, fileOffset } of expertMatrices(tensors, block)) {
    const scale = tensors.find((other) => other.name === name.replace(/weight$/, 'scale'));
    matrices.push({
      path: info.parts[part]!,
      offset: fileOffset,
      type,
      nIn: ne[0]!,
      nOut: ne[1]!,
      scales: scale ? await valuesOf(info, scale, backend) : null,
    });
  }
  return matrices;
}

async function routerNorms(
  info: ModelInfo,
  tensors: readonly TensorInfo[],
  block: number,
  backend: Backend,
): Promise<Float64Array> {
  const router = tensors.find(({ name }) => name === `blk.${block}.${ROUTER}`);
  if (!router)
    throw new WinnowError(
      'ARCH_REFUSED',
      `${info.path}: block ${block} has no router of its own whose rows could be compared.`,
    );
  const rows = await valuesOf(info, router, backend);
  const width = rows.length / info.nExpert;
  return Float64Array.from({ length: info.nExpert }, (_, expert) =>
    Math.sqrt(rows.subarray(expert * width, (expert + 1) * width).reduce((sum, value) => sum + value ** 2, 0)),
  );
}

async function valuesOf(
  { parts }: ModelInfo,
  { part, fileOffset, type, ne }: TensorInfo,
  backend: Backend,
): Promise<Float32Array> {
  const count = ne.reduce((product, n) => product * n, 1);
  return backend.call('readTensor', { path: parts[part]!, offset: fileOffset, type, count });
}
