// The prune use case: a model and the experts to keep in, a verified smaller GGUF out.
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { WinnowError } from '../../contract/errors.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import type { PruneRequest } from '../../contract/requests.ts';
import type { GgufEdit } from '../../../native/index.ts';
import { Backend } from '../backend/backend.ts';
import type { EngineContext, Task } from '../context.ts';
import { refuseInputAsOutput } from '../files/user-files.ts';
import { inspectModel } from '../models/inspect.ts';
import { parseBytes } from '../selection/budget.ts';
import { readMaskFile } from '../selection/mask-file.ts';
import { finishExport, listExports, listPlans, markInterruptedExports, startExport } from '../store/exports.ts';
import { rememberModel } from '../store/models.ts';
import { planImatrix } from './imatrix.ts';
import type { PlannedFile } from './planned-file.ts';
import { planPrune } from './plan.ts';
import { checkNames, checkSpace } from './target-checks.ts';
import { partialPath, plannedBytes, writeGgufFiles, type WrittenFile } from './write-gguf.ts';

export type PruneOutcome = {
  readonly keep: number;
  readonly kept: readonly (readonly number[])[];
  /** The model's files; planned ones without hash after a dry run. */
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string | null }[];
  readonly imatrix: WrittenFile | null;
  readonly bytes: number;
  readonly fullBytes: number;
  readonly seconds: number;
  readonly warnings: readonly string[];
};

/**
 * @throws WinnowError of inspecting, of the mask, of planning and of writing
 */
export async function runPrune(request: PruneRequest, context: EngineContext, task: Task): Promise<PruneOutcome> {
  using backend = new Backend('off', context.host);
  const model = await inspectModel(request.model, backend);
  const { info } = model;
  const kept = await keptExperts(request, info);
  for (const output of [request.output, request.imatrixOut].filter((path) => path !== undefined)) {
    await refuseInputAsOutput(
      output,
      [request.mask, request.imatrix].filter((path) => path !== undefined),
    );
  }
  const stored = rememberModel(context.store, info);
  await removeLeftovers(context);

  const options = {
    output: request.output,
    kept,
    grouping: request.grouping,
    nextn: request.nextn,
    allowFewerUsed: request.allowFewerUsed,
    split: request.splitMax === undefined ? request.split : { maxBytes: parseBytes(request.splitMax) },
    provenance: provenance(info, kept, stored.id, context),
  };
  const plan = planPrune(model, options);
  plan.warnings.forEach((warning) => task.log(warning));
  const files: PlannedFile[] = [...plan.files];
  if (request.imatrix !== undefined) {
    const target = request.imatrixOut ?? request.output.replace(/(\.gguf)?$/, '.imatrix.gguf');
    files.push(await planImatrix(request.imatrix, target, model, options, backend));
  }

  const outcome = { keep: plan.keep, kept, fullBytes: info.bytes, warnings: plan.warnings };
  if (request.dryRun) {
    await checkNames(files, request.overwrite);
    const planned = [];
    for (const file of plan.files) {
      planned.push({ path: file.path, bytes: await plannedBytes(file, backend), sha256: null });
    }
    const bytes = planned.reduce((sum, file) => sum + file.bytes, 0);
    await checkSpace(files, [bytes]);
    return { ...outcome, files: planned, imatrix: null, bytes, seconds: 0 };
  }

  const started = performance.now();
  const entry = startExport(
    context.store,
    stored.id,
    { keep: plan.keep, files: files.map(({ path }) => path) },
    plan.files[0]?.path ?? request.output,
  );
  try {
    const written = await writeGgufFiles(files, {
      backend,
      overwrite: request.overwrite,
      signal: task.signal,
      onProgress: (done, total) => task.progress(done, total, 'bytes'),
    });
    const seconds = (performance.now() - started) / 1000;
    const own = written.slice(0, plan.files.length);
    const bytes = own.reduce((sum, file) => sum + file.bytes, 0);
    finishExport(context.store, entry.id, { state: 'done', bytes, sha256: own[0]?.sha256 ?? '', seconds });
    return { ...outcome, files: own, imatrix: written[plan.files.length] ?? null, bytes, seconds };
  } catch (error) {
    const cancelled = error instanceof WinnowError && error.code === 'CANCELLED';
    finishExport(context.store, entry.id, { state: cancelled ? 'cancelled' : 'failed' });
    throw error;
  }
}

async function keptExperts(request: PruneRequest, info: ModelInfo): Promise<readonly (readonly number[])[]> {
  if (request.kept) return request.kept;
  if (request.mask === undefined) throw new WinnowError('USAGE', 'Say which experts to keep: name a mask file.');
  const shape = info.moeLayers.length > 0 ? { nLayers: info.moeLayers.length, nExpert: info.nExpert } : {};
  return (await readMaskFile(request.mask, shape)).kept;
}

const exportPlan = z.object({ files: z.array(z.string()) });

/** Removes what exports of killed processes left under their temporary names. */
async function removeLeftovers({ store }: EngineContext): Promise<void> {
  const running = listExports(store).filter(({ state }) => state === 'running');
  markInterruptedExports(store);
  const dead = new Set(listExports(store).filter(({ state }) => state === 'interrupted').map(({ id }) => id)); // prettier-ignore
  for (const { id, plan } of running) {
    const parsed = exportPlan.safeParse(plan);
    if (!dead.has(id) || !parsed.success) continue;
    await Promise.all(parsed.data.files.map((path) => rm(partialPath(path), { force: true })));
  }
}

/** Keys that let the file explain itself. */
function provenance(
  info: ModelInfo,
  kept: readonly (readonly number[])[],
  modelId: number,
  { store }: EngineContext,
): GgufEdit[] {
  const text = JSON.stringify(kept);
  const plan = listPlans(store, modelId).find((candidate) => JSON.stringify(candidate.kept) === text);
  return [
    { key: 'winnow.source.name', type: 'string', value: basename(info.path) },
    { key: 'winnow.source.fingerprint', type: 'string', value: info.fingerprint },
    { key: 'winnow.source.expert_count', type: 'uint32', value: info.nExpert },
    { key: 'winnow.kept_experts', type: 'int32', value: kept.flat() },
    ...(plan
      ? [
          { key: 'winnow.criterion', type: 'string' as const, value: plan.criterion },
          { key: 'winnow.selection', type: 'string' as const, value: JSON.stringify(plan.settings) },
        ]
      : []),
  ];
}
