// Measures a choice for its verdict: offers it, starts it for the user, or starts it automatically after an export.
import type { MeasurementOffer } from '../../../contract/api/evaluations.ts';
import type { CallHandler } from '../../../contract/server.ts';
import { choiceComparison, fullModelOf, writtenFileOf } from '../../measure/evaluation/choice-comparison.ts';
import { measurementOf, type ChoiceMeasurement } from '../../measure/evaluation/choice-measurement.ts';
import { estimateMeasuring } from '../../measure/evaluation/estimate-measuring.ts';
import { messageOf } from '../../base/files/user-files.ts';
import { requireSelection } from '../../experts/selections/selection-view.ts';
import { getExport, type StoredExport } from '../../store/exports.ts';
import { someNames } from './comparisons.ts';
import type { Services } from './services.ts';
import { readSettings } from './settings.ts';
import { startInBackground, startJob } from './start-job.ts';

/** Estimates what measuring a choice takes, once per model and amount of text, since choices change from second to second. */
export function measurementOffers(services: Services): CallHandler<'evaluations.offer'> {
  const { context, library, native, queue } = services;
  const { store } = context;
  let last: { readonly key: string; readonly seconds: Promise<MeasurementOffer['seconds']> } | null = null;
  const estimate = async (modelId: string, modelRow: number, measurement: ChoiceMeasurement, isWritten: boolean) => {
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
    const modelId = fullModelOf(services, planned);
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

type MeasuringOptions = {
  /** The file to measure. Default: the newest with the choice's experts and types, otherwise the choice's preview. */
  readonly written?: StoredExport | undefined;
  /** How the job is queued. */
  readonly start?: typeof startJob;
};

/**
 * Starts measuring a choice.
 * @returns null: there is no text to measure on
 * @throws WinnowError as `choiceComparison`
 */
export async function measureChoice(
  services: Services,
  selectionId: number,
  signal: AbortSignal,
  { written, start = startJob }: MeasuringOptions = {},
): Promise<{ jobId: number } | null> {
  const { library, context } = services;
  const { store } = context;
  const { placement } = readSettings(store);
  const comparison = await choiceComparison({ store, library }, { selectionId, written }, placement, signal);
  if (!comparison) return null;
  const { request, texts } = comparison;
  const subject = `${request.fullName} · ${someNames(texts.map(({ domain }) => domain))}`;
  return start(services, 'evaluate', request, subject);
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
    measureChoice(services, selectionId, closing.signal, { written, start: startInBackground }).catch(
      (error: unknown) => {
        if (!closing.signal.aborted) log.add('warn', `job ${id}`, `The file was not measured: ${messageOf(error)}`);
      },
    );
  });
  return () => {
    closing.abort();
    stop();
  };
}
