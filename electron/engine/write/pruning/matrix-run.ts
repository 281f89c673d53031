// The run whose importance matrix goes with a choice of experts: the one that the choice was made by.
import { WinnowError } from '../../../contract/errors.ts';
import type { PruneRequest } from '../../../contract/requests.ts';
import { say } from '../../../contract/sentences.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { inspectModel } from '../../models/inspect.ts';
import { selectionSettingsSchema } from '../../experts/selection/selection-settings.ts';
import { getScoreRun } from '../../store/score-runs.ts';
import { planExport } from './plan-export.ts';

/**
 * Those of the runs behind a choice that have collected a matrix.
 * @throws WinnowError of inspecting, of the mask and of planning
 */
async function matrixRunsBehind(
  request: PruneRequest,
  context: EngineContext,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const { store, host } = context;
  using backend = new Backend('off', host);
  const model = await inspectModel(request.model, backend, { known: context.known, signal });
  const { source } = await planExport(request, model, store, backend, signal);
  const { selection = null } = selectionSettingsSchema.safeParse(source?.settings).data ?? {};
  return (selection?.runIds ?? []).filter((id) => {
    const run = getScoreRun(store, id);
    return run?.importance === true && run.state === 'done';
  });
}

/** @throws WinnowError USAGE: there is none, or there are several; as `matrixRunsBehind` */
export async function matrixRunBehind(
  request: PruneRequest,
  context: EngineContext,
  signal?: AbortSignal,
): Promise<number> {
  const [run, ...others] = await matrixRunsBehind(request, context, signal);
  if (run === undefined) {
    throw new WinnowError('USAGE', say('matrixOfNoRun'));
  }
  if (others.length === 0) return run;
  const runs = [run, ...others];
  throw new WinnowError('USAGE', say('matrixOfRuns', { runs: runs.join(', '), run }), { runs });
}
