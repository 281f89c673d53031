// What a comparison takes, settled before anything is computed: demos are counted, texts and headers read.
import type { StudyEstimate } from '../../../contract/api/studies.ts';
import type { CompareRequest } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { countTokens, estimateMeasuring } from '../evaluation/estimate-measuring.ts';
import { secondsOfMaking } from '../fit/making-seconds.ts';
import { inspectFile } from '../../models/inspect.ts';
import { modelShape } from '../../models/placement/model-shape.ts';
import { estimateRun } from '../../experts/scoring/estimate-run.ts';
import { prepareScoring } from '../../experts/scoring/prepare-scoring.ts';
import { resolveKeep } from '../../experts/selection/keep-count.ts';
import { checkRequest, readTexts, requireVariants, workOf } from './request.ts';
import { observingBytes } from '../../models/placement/observing-memory.ts';
import { observingPasses } from '../slow-criteria/observe-demos.ts';
import { secondsOfMerging } from './merged-files.ts';
import { secondsOfWeights, wantedWeights, weightsToRead } from '../slow-criteria/read-weights.ts';
import { costOfElimination, eliminationSample } from '../slow-criteria/eliminate-experts.ts';
import { eliminates } from '../slow-criteria/register.ts';
import { collectsImportance, mergesExperts, observingOf, tokenChoices } from './score-domains.ts';
import { makingOf, variantBytes } from './variant-files.ts';
import { hasVariants } from './variants.ts';

/** Bytes kept of a text's distributions for each scored token and vocabulary entry while others are compared with them. */
const BYTES_A_LOGIT = 2;
/** Share of each chunk that is scored: its second half. */
const SCORED_SHARE = 0.5;

/** @throws WinnowError as `requireVariants`; of importing, reading and measuring this machine */
export async function estimateCompare(
  request: CompareRequest,
  context: EngineContext,
  task: Task,
): Promise<StudyEstimate> {
  checkRequest(request);
  const model =
    hasVariants(request) || mergesExperts(request)
      ? await requireVariants(request, context)
      : await inspectFile(request.model, context);
  const { ctx, chunks = Infinity, types = [], placement } = request;
  const { info } = model;
  const work = workOf(request);
  using backend = new Backend(placement.gpu, context.host);
  const counts = await countTokens(await readTexts(request, context, task), info, ctx, backend, task.signal);
  const texts = [...counts.values()].map((count) => Math.min(chunks * ctx, count));
  const tokens = texts.reduce((sum, count) => sum + count, 0);
  const subject = { files: info, shape: modelShape(model) };

  const times: StudyEstimate['seconds'][] = [];
  let modelRow: number | null = null;
  let tokensAtOnce = 0;
  const samples: { readonly tokens: number; readonly bytes: number }[] = [];
  for (const { domain, files } of request.demos) {
    const demos = { kind: 'files' as const, files, domain };
    const scoring = await prepareScoring(
      { ...request, model, demos, importance: collectsImportance(request) },
      context,
      backend,
      task,
      { prediction: false },
    );
    modelRow = scoring.modelId;
    tokensAtOnce = Math.max(tokensAtOnce, scoring.settings.nSlice || scoring.settings.nUbatch);
    const repeats = { rounds: work.passes / request.demos.length };
    const scored = { files: info, modelRow, threads: placement.threads };
    times.push((await estimateRun(scored, scoring.plan, repeats, context, backend, task.signal)).seconds);
    const [leading = 'all'] = tokenChoices(request, info);
    const sample = eliminates(request.criteria) ? eliminationSample(scoring, leading) : null;
    if (sample) {
      const { bytes, seconds } = await costOfElimination(model, sample, modelRow, {
        backend,
        placement,
        context,
        task,
      });
      times.push(seconds);
      samples.push({ tokens: sample.sample.length, bytes });
    }
  }
  if (tokens > 0) {
    const models = 1 + work.measured;
    // whatever shares a file and a count of active experts shares a load
    const loads = 1 + (request.activeExperts?.length ?? 0) + work.measured - work.previews;
    times.push(
      await estimateMeasuring({ tokens, ctx }, { ...subject, modelRow }, placement, context, { models, loads }),
    );
  }

  const observed = observingOf(request);
  const shape = { ...subject.shape, nLayers: info.moeLayers.length };
  const wanted = wantedWeights(request);
  const read = wanted ? weightsToRead(model) : { bytes: 0, values: 0 };
  if (wanted) times.push(secondsOfWeights(read.values, wanted, placement.threads));

  let largest = 0;
  if (tokens > 0 && work.files > 0) {
    const making = makingOf(model, request);
    const counts = [info.nExpert, ...request.keep.map((spec) => resolveKeep(spec, info.nExpert))];
    const ofEach = work.files / (types.length * counts.length);
    for (const keep of counts) {
      for (const type of types) {
        const bytes = await variantBytes({ keep, type, mix: null, activeExperts: null, width: null }, making, context);
        largest = Math.max(largest, bytes);
        const seconds = ofEach * secondsOfMaking({ keep, type, mix: null, bytes }, subject.shape, context);
        times.push({ low: seconds, likely: seconds, high: seconds });
      }
    }
  }
  if (tokens > 0 && work.merged > 0) {
    const making = makingOf(model, request);
    const ofEach = work.merged / request.keep.length;
    for (const keep of request.keep.map((spec) => resolveKeep(spec, info.nExpert))) {
      largest = Math.max(
        largest,
        await variantBytes({ keep, type: null, mix: null, activeExperts: null, width: null }, making, context),
      );
      times.push(secondsOfMerging(model, ofEach * (1 - keep / info.nExpert)));
    }
  }
  const distributions = tokens * SCORED_SHARE * subject.shape.nVocab * BYTES_A_LOGIT;
  return {
    ...work,
    ...(tokens === 0 && { previews: 0, files: 0, measured: 0 }),
    texts: texts.length,
    observing: observed && {
      passes: observingPasses(observed.wanted),
      bytes: observingBytes(shape, observed.wanted, tokensAtOnce),
    },
    eliminating: eliminates(request.criteria)
      ? { tokens: sum(samples.map((one) => one.tokens)), bytes: Math.max(0, ...samples.map(({ bytes }) => bytes)) }
      : null,
    weightBytes: read.bytes,
    scratchBytes: Math.ceil(largest + distributions),
    seconds: {
      low: sum(times.map(({ low }) => low)),
      likely: sum(times.map(({ likely }) => likely)),
      high: sum(times.map(({ high }) => high)),
    },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
