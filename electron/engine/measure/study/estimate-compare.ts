// Estimates what a comparison takes before anything is computed: counts demos, and reads texts and headers.
import type { StudyEstimate } from '../../../contract/api/studies.ts';
import type { CompareRequest } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { countTokens, distributionBytes, estimateMeasuring } from '../evaluation/estimate-measuring.ts';
import { inspectFile, type InspectedModel } from '../../models/inspect.ts';
import { modelShape } from '../../models/placement/model-shape.ts';
import { estimateRun } from '../../experts/scoring/estimate-run.ts';
import { prepareSubject } from '../../experts/scoring/prepare-scoring.ts';
import { checkRequest, readTexts, workOf } from './request.ts';
import { sum } from '../../base/statistics/averages.ts';

/** Estimates a comparison. @throws WinnowError as `requireVariants`; from importing, reading and measuring this machine */
export async function estimateCompare(
  request: CompareRequest,
  context: EngineContext,
  task: Task,
): Promise<StudyEstimate> {
  checkRequest(request);
  const model = await inspectFile(request.model, context);
  const { ctx, chunks = Infinity, placement } = request;
  const { info } = model;
  const work = workOf(request);
  using backend = new Backend(placement.gpu, context.host);
  const counts = await countTokens(await readTexts(request, context, task), info, ctx, backend, task.signal);
  const texts = [...counts].map(([text, count]) => ({ text, tokens: Math.min(chunks * ctx, count) }));
  const tokens = sum(texts.map((one) => one.tokens));
  const subject = { files: info, shape: modelShape(model) };

  const scoring = await scoringCosts(request, work.passes / request.demos.length, model, context, backend, task);
  const times: Seconds[] = [...scoring.times];
  if (tokens > 0) {
    const models = 1 + work.previews;
    const measured = { ...subject, modelRow: scoring.modelRow };
    times.push(await estimateMeasuring({ tokens, ctx }, measured, placement, context, { models, loads: 1 }));
  }
  return {
    ...work,
    ...(tokens === 0 && { previews: 0 }),
    texts: texts.length,
    scratchBytes: sum(texts.map((one) => distributionBytes(one.text, one.tokens, subject.shape.nVocab))),
    seconds: {
      low: sum(times.map(({ low }) => low)),
      likely: sum(times.map(({ likely }) => likely)),
      high: sum(times.map(({ high }) => high)),
    },
  };
}

type Seconds = StudyEstimate['seconds'];

type ScoringCosts = {
  readonly times: readonly Seconds[];
  /** The model's row, once a domain was prepared. */
  readonly modelRow: number | null;
};

/** Estimates the costs of scoring the domains. @param rounds passes over the demos of each domain */
async function scoringCosts(
  request: CompareRequest,
  rounds: number,
  model: InspectedModel,
  context: EngineContext,
  backend: Backend,
  task: Task,
): Promise<ScoringCosts> {
  const { info } = model;
  const { placement } = request;
  const times: Seconds[] = [];
  let modelRow: number | null = null;
  for (const { domain, files } of request.demos) {
    const demos = { kind: 'files' as const, files, domain };
    const scoring = await prepareSubject({ ...request, model, demos }, context, backend, task, { prediction: false });
    modelRow = scoring.modelId;
    const scored = { files: info, modelRow, threads: placement.threads };
    times.push((await estimateRun(scored, scoring.plan, { rounds }, context, backend, task.signal)).seconds);
  }
  return { times, modelRow };
}
