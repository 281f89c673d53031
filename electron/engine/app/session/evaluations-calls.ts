// Calls about measuring models on held-out texts, and about checks of answers. A choice is measured for its verdict: that is offered,
// started for the user, or started automatically after an export.
import type { evaluationsCalls, MeasurementOffer, MeasureFile } from '../../../contract/api/evaluations.ts';
import type { CallHandlers, CallHandler } from '../../../contract/server.ts';
import { verdictOnSelection, isInDomain, choiceOfSelection } from '../../measure/evaluation/judged-choices.ts';
import { answersOfChoice, checksOfChoice } from '../../measure/generation/choice-answers.ts';
import { getExport, type StoredExport } from '../../store/exports.ts';
import type { Services } from './services.ts';
import { startJob } from './start-job.ts';
import {
  choiceComparison,
  fullModelId,
  writtenFileId,
  planMeasurement,
  choiceModels,
} from '../../measure/evaluation/choice-comparison.ts';
import { estimateMeasuring } from '../../measure/evaluation/estimate-measuring.ts';
import { messageOf } from '../../base/files/user-files.ts';
import { requireSelection, domainsOf } from '../../experts/selections/selection-view.ts';
import { readSettings } from './settings.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';
import { comparisonOfFiles, type ComparisonRequest } from '../../measure/evaluation/comparison-request.ts';
import { displayNameOf } from '../../base/files/paths.ts';
import { modelOf } from './named-files.ts';
import type { CheckFile, Generation, generationsCalls } from '../../../contract/api/generations.ts';
import { requireDemos } from '../../demos/collect-demos.ts';
import { requestOfFiles } from '../../measure/generation/generation-request.ts';
import {
  generationExamples,
  generationLedger,
  readGenerationTexts,
} from '../../measure/generation/stored-generation.ts';

/** The calls `evaluations.*`. */
export function evaluationsHandlers(services: Services): CallHandlers<keyof typeof evaluationsCalls> {
  const { context } = services;
  return {
    'evaluations.start': (params) => {
      const { request, subject } = measurementOfFile(services, params);
      return startJob(services, 'evaluate', request, subject);
    },
    'evaluations.offer': measurementOffers(services),
    'evaluations.judge': ({ selectionId, exportId }, signal) => {
      const written = exportId === null ? undefined : getExport(context.store, exportId);
      return measureChoice(services, selectionId, signal, written);
    },
    'evaluations.verdict': ({ selectionId, exportId }) =>
      verdictOnSelection(context.store, selectionId, answersOfChoice, exportId),
  };
}

/** Estimates what measuring a choice takes, once per model and amount of text, since choices change from second to second. */
function measurementOffers(services: Services): CallHandler<'evaluations.offer'> {
  const { context, library, native } = services;
  let last: { readonly key: string; readonly seconds: Promise<MeasurementOffer['seconds']> } | null = null;
  const estimate = async (
    modelId: string,
    modelRow: number,
    measurement: Awaited<ReturnType<typeof planMeasurement>>,
    isWritten: boolean,
  ) => {
    const { info, shape } = await library.headerFacts(modelId);
    await native.ensure();
    const model = { files: info, shape, modelRow };
    const measured = { models: 2, loads: isWritten ? 2 : 1 };
    return estimateMeasuring(measurement, model, readSettings(context.store).placement, context, measured);
  };
  return async ({ selectionId, exportId }, signal) => {
    const { store } = context;
    const planned = requireSelection(store, selectionId);
    const measurement = await planMeasurement(store, planned.selection, signal);
    const texts = [...measurement.texts];
    if (texts.length === 0) return { texts, seconds: null };
    const modelId = fullModelId(library, planned);
    const isWritten = exportId !== null || (await writtenFileId({ store, library }, planned)) !== null;
    const { placement } = readSettings(store);
    // after another job, this machine's rates are known better
    const [job] = services.queue.list(1);
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
    const current = last;
    try {
      return { texts, seconds: await current.seconds };
    } catch (error) {
      // a missing drive may be back at the next call
      if (last === current) last = null;
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
  if (ctx % 2 !== 0) throw new WinnowError('USAGE', msg('contextOdd', { ctx }), { ctx });
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
function someNames(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const more = distinct.length > NAMED ? ', …' : '';
  return `${distinct.slice(0, NAMED).join(', ')}${more}`;
}

/** The calls `generations.*`. */
export function generationsHandlers(services: Services): CallHandlers<keyof typeof generationsCalls> {
  const { context, library } = services;
  return {
    'generations.start': async (params) => {
      if (!('domainIds' in params)) {
        const check = checkOfFiles(services, params);
        const { name } = modelOf(services, params.against ?? params.model);
        const subject = `${name} · ${displayNameOf(check.prompts[0] ?? '')}`;
        return startJob(services, 'generate', requestOfFiles(check, context.store), subject);
      }
      const { selectionId, exportId, domainIds, limit, maxTokens } = params;
      const ids = [...new Set(domainIds)];
      const names = ids.map((id) => requireDemos(context.store, id).name);
      const written = exportId === null ? undefined : getExport(context.store, exportId);
      const { fullId, ...models } = await choiceModels({ store: context.store, library }, { selectionId, written });
      library.touch(fullId);
      const request = {
        ...models,
        limit,
        maxTokens,
        demos: { kind: 'domains' as const, domainIds: ids },
        placement: services.settings().placement,
      };
      return startJob(services, 'generate', request, `${library.entry(fullId).name} · ${someNames(names)}`);
    },
    'generations.get': ({ generationIds }) => {
      return generationIds.flatMap((id) => {
        const row = generationLedger(context.store).get(id);
        const texts = readGenerationTexts(context.store, id);
        if (!row || !texts) return [];
        const { label, full, domain, maxTokens } = row.settings;
        const isFull = row.measured === full.measured;
        const { figures } = row.result;
        return [{ label, reference: full.measured, isFull, domain: domain.name, maxTokens, figures, ...texts }];
      });
    },
    'generations.list': ({ selectionId, exportId }) => {
      const { hash, selection } = choiceOfSelection(context.store, selectionId, exportId);
      const domains = domainsOf(selection);
      const checks = checksOfChoice(context.store, hash).map(({ own, full }): Generation => {
        const { variant, domain, maxTokens } = own.settings;
        return {
          id: own.id,
          domain: domain.name,
          inDomain: isInDomain(domain.isKnown ? domain.name : null, domains),
          isFile: variant?.kind === 'model',
          prompts: own.result.judged.length,
          maxTokens,
          own: own.result.figures,
          full: full.result.figures,
        };
      });
      return checks.toSorted((a, b) => Number(b.inDomain ?? false) - Number(a.inDomain ?? false));
    },
    'generations.examples': ({ id }) => generationExamples(context.store, id),
  };
}

/** The paths of a check of files. @throws WinnowError as `modelOf` and `Grants.path` */
function checkOfFiles(services: Services, { model, prompts, choice, scores, against, ...options }: CheckFile) {
  const read = (grant: string): string => services.grants.path(grant, 'read');
  return {
    ...options,
    model: modelOf(services, model).path,
    prompts: prompts.map(read),
    placement: services.settings().placement,
    choice: choice === undefined ? undefined : read(choice),
    scores: scores?.map(read),
    against: against && modelOf(services, against).path,
  };
}
