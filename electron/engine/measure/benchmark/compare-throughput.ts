// The use case of measuring throughput: compares two models on a given amount of memory.
import { join } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { Backend } from '../../base/backend/backend.ts';
import { parseBytes } from '../../base/files/parse-bytes.ts';
import type { CallOptions } from '../../base/backend/worker-client.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { inspectModel, type InspectedModel } from '../../models/inspect.ts';
import { resolveKeep } from '../../experts/selection/keep-count.ts';
import { makeScratchFolder } from '../../store/scratch-folder.ts';
import { writeEvenlyPruned } from './evenly-pruned.ts';
import { measureThroughput, type ThroughputBench } from './measure-throughput.ts';
import { MemoryCgroup } from './memory-cgroup.ts';
import type { Pair, Throughput } from './throughput.ts';

export type ThroughputRequest = Pick<ThroughputBench, 'placement' | 'nUbatch' | 'runs'> & {
  readonly model: string;
  /** Lengths of sequences; each is measured separately. */
  readonly lengths: readonly Pick<ThroughputBench, 'parallel' | 'single'>[];
  /** The pruned file, or the number or share of experts that a temporary one keeps. */
  readonly pruned: { readonly path: string } | { readonly keep: string };
  /** Folder of the temporary file. Default: Winnow's folder. */
  readonly dir?: string | undefined;
  /** A size, or a multiple of the full model's weights such as "1.1x". */
  readonly budget: string;
  /** In the same form as `budget`; undefined: nothing runs under a limit. */
  readonly memoryLimit?: string | undefined;
};

export type ComparedThroughput = {
  /** The measured models; a temporary file has been deleted. */
  readonly models: Pair<ModelInfo>;
  /** One result for each of the lengths. */
  readonly measured: readonly Throughput[];
};

type ThroughputHooks = Pick<CallOptions, 'signal'> & {
  readonly onProgress?: ((step: 'writing' | 'measuring', done: number, total: number) => void) | undefined;
};

/**
 * Compares the throughput of two models.
 * @throws WinnowError from inspecting, planning, writing and measuring; USAGE: an invalid size, or the second model is not a
 * smaller version of the first
 */
export async function compareThroughput(
  request: ThroughputRequest,
  { host, scratchDir, known }: Pick<EngineContext, 'host' | 'scratchDir' | 'known'>,
  { signal, onProgress }: ThroughputHooks,
): Promise<ComparedThroughput> {
  const backend = new Backend('off', host);
  let group: MemoryCgroup | null = null;
  try {
    const full = await inspectModel(request.model, backend, { known, signal });
    const budgetBytes = parseBudget(request.budget, full.info.bytes);
    // checked before a file is written, so that a system that does not allow it says so at once
    if (request.memoryLimit !== undefined) {
      group = MemoryCgroup.make(parseBudget(request.memoryLimit, full.info.bytes));
    }
    const bench = { ...request, host, budgetBytes, group, signal };

    const measure = async (pruned: InspectedModel): Promise<ComparedThroughput> => {
      checkPair(full.info, pruned.info);
      await backend.close(); // nothing else runs during the measurement
      const measured: Throughput[] = [];
      for (const [index, lengths] of request.lengths.entries()) {
        const report = (done: number, total: number): void =>
          onProgress?.('measuring', index + done / total, request.lengths.length);
        measured.push(await measureThroughput({ full, pruned }, { ...bench, ...lengths, onProgress: report }));
      }
      return { models: { full: full.info, pruned: pruned.info }, measured };
    };
    if ('path' in request.pruned)
      return await measure(await inspectModel(request.pruned.path, backend, { known, signal }));

    const keep = resolveKeep(request.pruned.keep, full.info.nExpert);
    await using scratch = await makeScratchFolder(request.dir ?? scratchDir, 'bench');
    const output = join(scratch.path, `pruned-${keep}e.gguf`);
    await writeEvenlyPruned(full, keep, output, {
      backend,
      signal,
      onProgress: (done, total) => onProgress?.('writing', done, total),
    });
    return await measure(await inspectModel(output, backend, { known, signal }));
  } finally {
    await backend.close();
    await group?.remove();
  }
}

/** Requires that the second model is a smaller version of the first. @throws WinnowError USAGE */
function checkPair(full: ModelInfo, pruned: ModelInfo): void {
  if (pruned.arch === full.arch && pruned.bytes < full.bytes) return;
  throw new WinnowError(
    'USAGE',
    `${pruned.path} is not a pruned version of ${full.path}: it would have the same architecture and be smaller.`,
    { full: full.path, pruned: pruned.path },
  );
}

/**
 * Bytes of a size such as "20GiB", or of a multiple of the full model's weights such as "1.1x".
 * @throws WinnowError USAGE when the text is neither
 */
export function parseBudget(text: string, fullBytes: number): number {
  const multiple = /^(\d+(?:\.\d+)?|\.\d+)\s*[x×]$/i.exec(text.trim());
  if (multiple) return Math.floor(Number(multiple[1]) * fullBytes);
  return parseBytes(text);
}
