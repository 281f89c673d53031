// Writes the importance matrix of a finished run as llama.cpp's own programs do: a GGUF file that llama-quantize and
// `winnow prune --imatrix` accept.
import { msg } from '../../../contract/sentences.ts';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import type { GgufEdit } from '../../../../native/index.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { PlannedFile, PlannedTensor } from './planned-file.ts';
import { writeGguf, type WrittenFile } from './write-gguf.ts';
import { requireRun } from '../../experts/runs/stored-run.ts';
import { loadImportance, type ImportanceInput } from '../../store/demo-scores.ts';
import { makeScratchFolder } from '../../store/scratch-folder.ts';
import type { ScoreRun } from '../../store/score-runs.ts';
import { USUAL_ALIGNMENT } from '../../models/gguf-keys.ts';

/** Rows per chunk, as in llama.cpp's programs by default. */
const CHUNK_SIZE = 512;

type WrittenMatrix = WrittenFile & {
  readonly runId: number;
  readonly domain: string;
  readonly tokens: number;
  /** Number of weights that the matrix has entries for. */
  readonly weights: number;
};

/** The default file name of a domain's matrix. */
export function matrixName(domain: string): string {
  return `${domain.replaceAll(/[^\p{L}\p{N}_-]+/gu, '-')}.imatrix.gguf`;
}

/** A request that uses an importance matrix: a file's, or a run's own. */
type ByMatrix = { readonly imatrix?: string | undefined; readonly imatrixRun?: number | undefined };

/**
 * Calls `work` with the run's matrix as a file, which is deleted afterwards.
 * @throws WinnowError as `writeImportanceMatrix`, and whatever `work` throws
 */
export async function withRunMatrix<Request extends ByMatrix, Outcome>(
  request: Request,
  context: EngineContext,
  signal: AbortSignal | undefined,
  work: (request: Request) => Promise<Outcome>,
): Promise<Outcome> {
  const { imatrixRun: runId } = request;
  if (runId === undefined) return work(request);
  const { run } = requireRun(context.store, runId);
  await using scratch = await makeScratchFolder(context.scratchDir, 'imatrix');
  const path = join(scratch.path, matrixName(run.domain));
  await writeImportanceMatrix({ runId, path, overwrite: false }, context, signal);
  return await work({ ...request, imatrix: path });
}

/**
 * Writes the importance matrix of a run.
 * @throws WinnowError USAGE: the run does not exist, is not finished, or has collected no matrix; TARGET_EXISTS,
 * TARGET_UNWRITABLE, NO_SPACE; STORE
 */
export async function writeImportanceMatrix(
  { runId, path, overwrite }: { readonly runId: number; readonly path: string; readonly overwrite: boolean },
  { store, host, scratchDir }: EngineContext,
  signal?: AbortSignal,
): Promise<WrittenMatrix> {
  const { run } = requireRun(store, runId);
  requireMatrix(run);
  const inputs = loadImportance(store, runId);
  using backend = new Backend('off', host);
  await using scratch = await makeScratchFolder(scratchDir, 'imatrix');
  const values = join(scratch.path, 'values');
  const { tensors, bytes } = layOutMatrix(inputs, values);
  await writeFile(values, bytes);
  const file: PlannedFile = {
    path: resolve(path),
    keysFrom: null,
    remove: [],
    set: matrixKeys(run.domain, inputs),
    alignment: USUAL_ALIGNMENT,
    tensors,
  };
  const written = await writeGguf(file, { backend, overwrite, signal });
  const { domain, tokens } = run;
  return { ...written, runId, domain, tokens, weights: tensors.length / 2 };
}

/** Requires a finished run with a matrix. @throws WinnowError USAGE */
function requireMatrix({ id, domain, state, importance }: ScoreRun): void {
  if (importance && state === 'done') return;
  const what = { run: id, domain };
  throw new WinnowError('USAGE', importance ? msg('matrixUnfinished', what) : msg('matrixNone', what), { runId: id });
}

/**
 * The keys that llama-imatrix writes. The number of chunks follows from the matrix with the most rows.
 * @param inputs empty: nothing has been collected yet; the keys then have the same number of bytes
 */
export function matrixKeys(domain: string, inputs: readonly ImportanceInput[]): GgufEdit[] {
  const rows = inputs.reduce((most, { counts }) => counts.reduce((a, b) => Math.max(a, b), most), 0);
  return [
    { key: 'general.type', type: 'string', value: 'imatrix' },
    { key: 'imatrix.datasets', type: 'string', value: [domain] },
    { key: 'imatrix.chunk_count', type: 'uint32', value: Math.max(1, Math.floor(rows / CHUNK_SIZE)) },
    { key: 'imatrix.chunk_size', type: 'uint32', value: CHUNK_SIZE },
  ];
}

/** Lays out NAME.in_sum2 `{n_in, n_mat}` and NAME.counts `{1, n_counts}` of each weight NAME, sorted; weights with the same input share bytes. */
function layOutMatrix(
  inputs: readonly ImportanceInput[],
  sourcePath: string,
): { readonly tensors: PlannedTensor[]; readonly bytes: Uint8Array } {
  const named = inputs.flatMap((input) => input.names.map((name) => ({ name, input })));
  named.sort((a, b) => (a.name < b.name ? -1 : 1));

  const parts: Float32Array[] = [];
  let offset = 0;
  const place = (values: Float32Array): { offset: number; length: number } => {
    const range = { offset, length: values.byteLength };
    parts.push(values);
    offset += values.byteLength;
    return range;
  };
  const ranges = new Map(
    inputs.map((input) => [input, { counts: place(Float32Array.from(input.counts)), sums: place(input.sums) }]),
  );

  const tensors = named.flatMap(({ name, input }): PlannedTensor[] => {
    const { counts, sums } = ranges.get(input)!;
    const nMatrices = input.counts.length;
    const tensor = (suffix: string, width: number, range: typeof counts): PlannedTensor => ({
      name: `${name}.${suffix}`,
      type: 'f32',
      ne: [width, nMatrices],
      bytes: range.length,
      sourcePath,
      ranges: [range],
    });
    return [tensor('in_sum2', input.sums.length / nMatrices, sums), tensor('counts', 1, counts)];
  });
  return {
    tensors,
    bytes: Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength))),
  };
}
