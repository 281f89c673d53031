// Calls about measuring models on held-out texts.
import type { Evaluation, evaluationsCalls } from '../../../contract/api/evaluations.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { verdictOnSelection } from '../../measure/evaluation/judged-choices.ts';
import { comparisonLedger, isOfFullModel, type StoredComparison } from '../../measure/evaluation/figure-ledger.ts';
import { answersOfChoices } from '../../measure/generation/choice-answers.ts';
import { getExport } from '../../store/exports.ts';
import { listHeldOutTexts } from '../../store/held-out-texts.ts';
import { deleteRows, restoreRows } from '../../store/stored-rows.ts';
import { measureChoice, measurementOffers } from './choice-measuring.ts';
import { comparisonOf, measurementOfFile } from './comparisons.ts';
import type { Services } from './services.ts';
import { startJob } from './start-job.ts';

/** The calls `evaluations.*`. */
export function evaluationsHandlers(services: Services): Pick<CallHandlers, keyof typeof evaluationsCalls> {
  const { context, library } = services;
  const { store } = context;
  return {
    'evaluations.start': (params) => {
      if (!('textIds' in params)) {
        const { request, subject } = measurementOfFile(services, params);
        return startJob(services, 'evaluate', request, subject);
      }
      const { request, subject } = comparisonOf(services, params);
      library.touch(params.against);
      return startJob(services, 'evaluate', request, subject);
    },
    'evaluations.offer': measurementOffers(services),
    'evaluations.judge': ({ selectionId, exportId }, signal) => {
      const written = exportId === null ? undefined : getExport(store, exportId);
      return measureChoice(services, selectionId, signal, { written });
    },
    'evaluations.verdict': ({ selectionId, exportId }) =>
      verdictOnSelection(store, selectionId, answersOfChoices(store), exportId),
    'evaluations.list': () => {
      const textIds = new Set(listHeldOutTexts(store).map(({ id }) => id));
      const modelIdOf = library.finder();
      return comparisonLedger(store)
        .list()
        .flatMap((row) =>
          evaluationView(row, {
            modelId: modelIdOf(row.settings.full.fingerprint),
            selectionHash: row.settings.selectionHash,
            textIds,
          }),
        );
    },
    'evaluations.delete': ({ evaluationIds }) => {
      const deleted = deleteRows(store, 'evaluations', 'id', evaluationIds);
      const tell = (): void => services.emit('evaluations', {});
      return services.undo.deleted(tell, () => restoreRows(store, 'evaluations', deleted));
    },
  };
}

/** The view of an evaluation; empty for results of the command line without a domain or a full model, which cannot be shown. */
function evaluationView(
  row: StoredComparison,
  { textIds, ...about }: Pick<Evaluation, 'modelId' | 'selectionHash'> & { readonly textIds: ReadonlySet<number> },
): Evaluation[] {
  const { id, createdMs, settings, result } = row;
  const { text } = settings;
  if (text.domain === null || (result.klMean === null && !isOfFullModel(row))) return [];
  const view = {
    id,
    variant: settings.variant,
    label: settings.label,
    ...about,
    modelName: settings.full.name,
    selectionId: settings.selectionId,
    keep: settings.keep,
    nExpert: settings.nExpert,
    textId: text.id !== null && textIds.has(text.id) ? text.id : null,
    text: text.name,
    domain: text.domain,
    inDomain: settings.inDomain,
    said: settings.said ?? null,
    chunkLimit: settings.chunkLimit,
    ...result,
    createdMs,
  };
  return [view];
}
