// Calls about score runs and what is read from them.
import type { Run, runsCalls, DomainScoring, ScoreFiles } from '../../../contract/api/runs.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';
import { scoresDocument } from '../../experts/scoring/scores-document.ts';
import { messageOf, writeTextFile } from '../../base/files/user-files.ts';
import { readRunScores } from '../../experts/runs/run-totals.ts';
import { runView, requireRun, storedRun } from '../../experts/runs/stored-run.ts';
import { writeImportanceMatrix } from '../../write/pruning/write-importance.ts';
import { mixMatrices } from '../../experts/selection/matrix-shares.ts';
import { listModels } from '../../store/models.ts';
import {
  deleteScoreRuns,
  dropDeletedRuns,
  listScoreRuns,
  markInterruptedRuns,
  restoreScoreRuns,
} from '../../store/score-runs.ts';
import type { Jobs } from '../jobs/kinds.ts';
import type { Services } from './services.ts';
import { startJob } from './start-job.ts';
import type { ScoreRequest } from '../../../contract/requests.ts';
import { displayNameOf } from '../../base/files/paths.ts';
import { requireDemos } from '../../demos/collect-demos.ts';
import { demoFilesOf, modelOf } from './named-files.ts';
import { estimateScore } from '../../experts/scoring/prepare-scoring.ts';
import { idleTask } from '../../store/task.ts';

/** The calls `runs.*`. */
export function runsHandlers(services: Services): CallHandlers<keyof typeof runsCalls> {
  const { context } = services;
  return {
    /** Estimates what scoring would need with the current settings, without loading the model. */
    'runs.estimate': async (params, signal) => {
      await services.native.ensure();
      const warned: string[] = [];
      const task = idleTask(signal, (line) => warned.push(line));
      const { request } = scoreRequest(services, params);
      const { unwritten, ...estimate } = await estimateScore(request, context, task);
      return { ...estimate, unwritten: [...unwritten], warned };
    },
    'runs.start': (params) => {
      const { request, subject } = scoreRequest(services, params);
      if ('modelId' in params) services.library.touch(params.modelId);
      return startJob(services, 'score', request, subject);
    },
    'runs.writeScores': async ({ jobId, target }, signal) => {
      const job = services.queue.get(jobId);
      const scored = job?.kind === 'score' ? (job.summary as Jobs['score']['outcome'] | null) : null;
      if (!scored) throw new WinnowError('USAGE', msg('noJob', { id: jobId }), { jobId });
      const scores = scoresDocument(scored, await services.runTotals.of(scored.run.id, signal));
      const write = (path: string): Promise<void> => writeTextFile(path, `${JSON.stringify(scores)}\n`);
      if (target !== null) await services.grants.write(target, write);
      return scores;
    },
    'runs.list': () => {
      markInterruptedRuns(context.store);
      const models = new Map(listModels(context.store).map((model) => [model.id, model]));
      const findModelId = services.library.finder();
      return listScoreRuns(context.store).flatMap((run): Run[] => {
        const model = models.get(run.modelId);
        return model ? [runView(storedRun(run, model), findModelId(model.fingerprint))] : [];
      });
    },
    'runs.get': ({ runId }) => {
      markInterruptedRuns(context.store);
      const stored = requireRun(context.store, runId);
      return runView(stored, services.library.findByFingerprint(stored.model.fingerprint));
    },
    'runs.delete': ({ runIds }) => {
      const tell = (state: (runId: number) => { scoredDemos: number; state: string }): void => {
        for (const runId of runIds) services.emit('run', { runId, ...state(runId) });
        services.emit('estimates', {});
      };
      deleteScoreRuns(context.store, runIds);
      tell(() => ({ scoredDemos: 0, state: 'deleted' }));
      return services.undo.add(
        () => {
          restoreScoreRuns(context.store, runIds);
          tell((runId) => requireRun(context.store, runId).run);
        },
        () =>
          void dropDeletedRuns(context.store, runIds).catch((error: unknown) =>
            services.log.add('warn', 'engine', messageOf(error)),
          ),
      );
    },
    'runs.exportImportance': async ({ runId, target }, signal) => {
      await services.native.ensure();
      const { path: written, ...matrix } = await services.grants.write(target, (path) =>
        writeImportanceMatrix({ runId, path, overwrite: true }, services.context, signal),
      );
      return { ...matrix, displayPath: services.pathText(written) };
    },
    'runs.scores': async ({ mix, ...request }, signal) => {
      const { model, runs } = await readRunScores(services.runTotals, request, signal);
      const matrices = runs.map(({ matrix }) => matrix);
      return {
        ...mixMatrices(matrices, mix),
        moeLayers: [...model.info.moeLayers],
        scoredDemos: runs.reduce((sum, { scoredDemos }) => sum + scoredDemos, 0),
      };
    },
  };
}

/**
 * The request.
 * @returns the request, and what it works on in words for the user
 * @throws WinnowError as `modelOf`, `demoFilesOf` and `requireDemos`
 */
function scoreRequest(
  services: Services,
  params: (DomainScoring & { readonly fresh?: boolean }) | ScoreFiles,
): { readonly request: ScoreRequest; readonly subject: string } {
  const { nUbatch, maxTokens, placement } = services.settings();
  if (!('modelId' in params)) {
    const { model: ref, demos: files, ...options } = params;
    const { path: model, name } = modelOf(services, ref);
    const demos = demoFilesOf(services, files);
    return {
      request: {
        ...options,
        model,
        demos,
        maxTokens,
        nUbatch,
        placement,
      },
      subject: `${name} · ${demos.domain ?? displayNameOf(demos.files[0] ?? '')}`,
    };
  }
  const { modelId, domainId, limit, limitBy, fresh = false, importance } = params;
  return {
    request: {
      model: services.library.path(modelId),
      demos: { kind: 'domain', domainId },
      ...(limit !== null && { limit, limitBy }),
      ...(importance !== undefined && { importance }),
      maxTokens,
      nUbatch,
      placement,
      fresh,
    },
    subject: `${services.library.entry(modelId).name} · ${requireDemos(services.context.store, domainId).name}`,
  };
}
