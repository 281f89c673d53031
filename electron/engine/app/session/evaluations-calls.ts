// Calls about measuring models on held-out texts.
import type { evaluationsCalls } from '../../../contract/api/evaluations.ts';
import type { CallHandlers } from '../../../contract/server.ts';
import { verdictOnSelection } from '../../measure/evaluation/judged-choices.ts';
import { answersOfChoices } from '../../measure/generation/choice-answers.ts';
import { getExport } from '../../store/exports.ts';
import { measureChoice, measurementOffers } from './choice-measuring.ts';
import { measurementOfFile } from './comparisons.ts';
import type { Services } from './services.ts';
import { startJob } from './start-job.ts';

/** The calls `evaluations.*`. */
export function evaluationsHandlers(services: Services): Pick<CallHandlers, keyof typeof evaluationsCalls> {
  const { store } = services.context;
  return {
    'evaluations.start': (params) => {
      const { request, subject } = measurementOfFile(services, params);
      return startJob(services, 'evaluate', request, subject);
    },
    'evaluations.offer': measurementOffers(services),
    'evaluations.judge': ({ selectionId, exportId }, signal) => {
      const written = exportId === null ? undefined : getExport(store, exportId);
      return measureChoice(services, selectionId, signal, { written });
    },
    'evaluations.verdict': ({ selectionId, exportId }) =>
      verdictOnSelection(store, selectionId, answersOfChoices(store), exportId),
  };
}
