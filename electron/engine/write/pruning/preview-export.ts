// Previews an export: what it would do and what prevents it, as far as can be known without writing.
import { dirname } from 'node:path';
import type { ExportPlan } from '../../../contract/api/exports.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { PruneRequest } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import { endingHost } from '../../base/backend/ending-host.ts';
import { requireOpenFiles } from '../../base/backend/open-files.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { displayNameOf, displayPathOf } from '../../base/files/display-path.ts';
import { inspectModel } from '../../models/inspect.ts';
import { changedKeys } from './changed-keys.ts';
import { readImatrix } from './imatrix-file.ts';
import { planExport, prepareExport, type PlannedExport } from './plan-export.ts';
import { bytesOfTypes, type QuantisedPlan, type Quantiser } from './quantiser.ts';
import { refuseInputs } from './run-prune.ts';
import { freeBytes } from '../../base/files/free-space.ts';
import { folderProblem, nameProblems, spaceProblems } from './target-checks.ts';

/**
 * Returns what an export would do. Problems are returned, not thrown: an export with the same request would fail with the first
 * of them. If planning itself fails, there are no files.
 * @throws WinnowError from inspecting the model; CANCELLED
 */
export async function previewExport(
  request: PruneRequest,
  context: EngineContext,
  quantiser: Quantiser,
  signal: AbortSignal,
): Promise<ExportPlan> {
  using backend = new Backend('off', endingHost(context.host, signal));
  const model = await inspectModel(request.model, backend, context.forPlans());
  const problems: WinnowError[] = [];
  const attempt = async <T>(work: () => T | Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof WinnowError) || error.code === 'BACKEND_CRASHED') throw error;
      problems.push(error);
      return null;
    }
  };

  await attempt(() => refuseInputs(request));
  const plan = await attempt(() => planExport(request, model, context.store, signal));
  await attempt(() => {
    if (plan) requireOpenFiles(plan.files.map(({ path }) => path));
  });
  const prepared =
    plan &&
    (await attempt(async () => {
      const matrix = request.imatrix === undefined ? null : await readImatrix(request.imatrix, model, backend);
      return prepareExport(request, plan, matrix, backend, quantiser);
    }));
  const files = prepared?.files ?? plan?.files ?? [];
  const bytes = prepared?.bytes ?? [];
  const quantised = prepared?.quantised;
  await attempt(() => {
    if (quantised) quantiser.require(quantised.plan, quantised.by);
  });
  const own = quantised ? files.length : (plan?.files.length ?? 0);

  problems.push(...(await nameProblems(files, request.overwrite)));
  const more = [await folderProblem(request.output), ...(await spaceProblems(files, bytes))];
  problems.push(...more.filter((problem) => problem !== null));
  return {
    displayPath: displayPathOf(files[0]?.path ?? request.output),
    files: files.map(({ path }, i) => ({ name: displayNameOf(path), bytes: bytes[i] ?? 0 })),
    fullBytes: model.info.bytes,
    prunedBytes: bytes.slice(0, own).reduce((sum, n) => sum + n, 0),
    freeBytes: await freeBytes(dirname(request.output)),
    types: quantised ? bytesOfTypes(quantised.plan) : null,
    ...(plan ? changes(plan, quantised?.plan.keys ?? []) : { cutTensors: 0, copiedTensors: 0, changedKeys: [] }),
    warnings: [...(plan?.warnings ?? [])],
    problems: problems.map(({ code, message, sentence }) => ({ code, message, ...(sentence && { sentence }) })),
  };
}

/** What changes against the source. @param quantisedKeys keys that the quantiser sets in addition to those of the plan */
function changes(
  { files, model }: PlannedExport,
  quantisedKeys: QuantisedPlan['keys'],
): Pick<ExportPlan, 'cutTensors' | 'copiedTensors' | 'changedKeys'> {
  const sourceBytes = new Map(model.tensors.map(({ name, bytes }) => [name, bytes]));
  const tensors = files.flatMap((file) => file.tensors);
  const cut = tensors.filter(({ name, bytes }) => bytes !== sourceBytes.get(name)).length;
  const [first] = files;
  return {
    cutTensors: cut,
    copiedTensors: tensors.length - cut,
    changedKeys: first
      ? changedKeys({ ...first, set: [...first.set, ...quantisedKeys] }, model.headers[0]?.kv ?? {})
      : [],
  };
}
