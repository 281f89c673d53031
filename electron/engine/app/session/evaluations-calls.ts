// Calls about measuring models on held-out texts; measures a choice for its verdict: offers it, starts it for the user, or starts it
// automatically after an export.
import type { evaluationsCalls, MeasurementOffer, MeasureFile } from '../../../contract/api/evaluations.ts';
import type { CallHandlers, CallHandler } from '../../../contract/server.ts';
import { verdictOnSelection } from '../../measure/evaluation/judged-choices.ts';
import { answersOfChoice } from '../../measure/generation/choice-answers.ts';
import { getExport, type StoredExport } from '../../store/exports.ts';
import type { Services } from './services.ts';
import { startJob } from './start-job.ts';
import {
  choiceComparison,
  fullModelOf,
  writtenFileOf,
  measurementOf,
} from '../../measure/evaluation/choice-comparison.ts';
import { estimateMeasuring } from '../../measure/evaluation/estimate-measuring.ts';
import { messageOf } from '../../base/files/user-files.ts';
import { requireSelection } from '../../experts/selections/selection-view.ts';
import { readSettings } from './settings.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { comparisonOfFiles, type ComparisonRequest } from '../../measure/evaluation/comparison-request.ts';
import { displayNameOf } from '../../base/files/display-path.ts';
import { modelOf } from './named-files.ts';

/** The calls `evaluations.*`. */
export function evaluationsHandlers(services: Services): CallHandlers<keyof typeof evaluationsCalls> {
  const { store } = services.context;
  return {
    'evaluations.start': (params) => {
      const { request, subject } = measurementOfFile(services, params);
      return startJob(services, 'evaluate', request, subject);
    },
    'evaluations.offer': measurementOffers(services),
    'evaluations.judge': ({ selectionId, exportId }, signal) => {
      const written = exportId === null ? undefined : getExport(store, exportId);
      return measureChoice(services, selectionId, signal, written);
    },
    'evaluations.verdict': ({ selectionId, exportId }) =>
      verdictOnSelection(store, selectionId, answersOfChoice, exportId),
  };
}

/** Estimates what measuring a choice takes, once per model and amount of text, since choices change from second to second. */
function measurementOffers(services: Services): CallHandler<'evaluations.offer'> {
  const { context, library, native, queue } = services;
  const { store } = context;
  let last: { readonly key: string; readonly seconds: Promise<MeasurementOffer['seconds']> } | null = null;
  const estimate = async (
    modelId: string,
    modelRow: number,
    measurement: Awaited<ReturnType<typeof measurementOf>>,
    isWritten: boolean,
  ) => {
    const { info, shape } = await library.headerFacts(modelId);
    await native.ensure();
    const model = { files: info, shape, modelRow };
    const measured = { models: 2, loads: isWritten ? 2 : 1 };
    return estimateMeasuring(measurement, model, readSettings(store).placement, context, measured);
  };
  return async ({ selectionId, exportId }, signal) => {
    const planned = requireSelection(store, selectionId);
    const measurement = await measurementOf(store, planned.selection, signal);
    const texts = [...measurement.texts];
    if (texts.length === 0) return { texts, seconds: null };
    const modelId = fullModelOf(library, planned);
    const isWritten = exportId !== null || (await writtenFileOf({ store, library }, planned)) !== null;
    const { placement } = readSettings(store);
    // after another job, this machine's rates are known better
    const [job] = queue.list(1);
    const key = JSON.stringify([
      modelId,
      isWritten,
      measurement.tokens,
      measurement.ctx,
      placement,
      job?.id,
      job?.state,
    ]);
    if (last?.key !== key) last = { key, seconds: estimate(modelId, planned.model.id, measurement, isWritten) };
    const asked = last;
    try {
      return { texts, seconds: await asked.seconds };
    } catch (error) {
      // a missing drive may be back at the next call
      if (last === asked) last = null;
      throw error;
    }
  };
}

/**
 * Starts measuring a choice.
 * @param written the file to measure; undefined: the newest with the choice's experts and types, otherwise the choice's preview
 * @returns null: there is no text to measure on
 * @throws WinnowError as `choiceComparison`
 */
async function measureChoice(
  services: Services,
  selectionId: number,
  signal: AbortSignal,
  written: StoredExport | undefined,
  isBackground = false,
): Promise<{ jobId: number } | null> {
  const { library, context } = services;
  const { store } = context;
  const { placement } = readSettings(store);
  const comparison = await choiceComparison({ store, library }, { selectionId, written }, placement, signal);
  if (!comparison) return null;
  const { request, texts, fullId } = comparison;
  const subject = `${library.entry(fullId).name} · ${someNames(texts.map(({ domain }) => domain))}`;
  return startJob(services, 'evaluate', request, subject, isBackground);
}

/**
 * Has the file of each export measured once everything that the user queued is done, unless they switched this off.
 * @returns a function that stops this
 */
export function measureExports(services: Services): () => void {
  const { context, queue, log } = services;
  const closing = new AbortController();
  const stop = queue.subscribe((event) => {
    if (event.type !== 'state' || event.job.kind !== 'export' || event.job.state !== 'done') return;
    const { id, rows } = event.job;
    const written = rows.exportId === undefined ? undefined : getExport(context.store, rows.exportId);
    const selectionId = written?.plan.selectionId;
    if (!readSettings(context.store).measureExports || !selectionId) return;
    measureChoice(services, selectionId, closing.signal, written, true).catch((error: unknown) => {
      if (!closing.signal.aborted) log.add('warn', `job ${id}`, `The file was not measured: ${messageOf(error)}`);
    });
  });
  return () => {
    closing.abort();
    stop();
  };
}

const NAMED = 3;

/** The measurement of a file that a call asks for. @throws WinnowError USAGE: an odd context; as `modelOf` and `Grants.path` */
function measurementOfFile(
  services: Services,
  { model: ref, texts, choice, scores, against, chunks, ...options }: MeasureFile,
): { readonly request: ComparisonRequest; readonly subject: string } {
  const { grants } = services;
  const read = (grant: string): string => grants.path(grant, 'read');
  const { ctx } = options;
  if (ctx % 2 !== 0) throw new WinnowError('USAGE', say('contextOdd', { ctx }), { ctx });
  const { path: model, name } = modelOf(services, ref);
  const text = texts.map(read);
  const request = comparisonOfFiles({
    ...options,
    model,
    text,
    placement: services.settings().placement,
    ...(choice !== undefined && { choice: read(choice) }),
    ...(scores && { scores: scores.map(read) }),
    ...(against !== null && { against: modelOf(services, against).path }),
    ...(chunks !== null && { chunks }),
  });
  return { request, subject: `${name} · ${displayNameOf(text[0] ?? '')}` };
}

/** The first few distinct names: "law, math, python, …". */
export function someNames(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const more = distinct.length > NAMED ? ', …' : '';
  return `${distinct.slice(0, NAMED).join(', ')}${more}`;
}
