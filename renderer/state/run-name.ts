// The name of a run wherever runs are chosen.
import { useTranslation } from 'react-i18next';
import type { Run } from '../../electron/contract/api/runs.ts';

/** Whether no other run of its model has the same name. */
export function isNamedAlone(run: NamedRun, runs: readonly NamedRun[]): boolean {
  return runs.every(
    ({ id, modelId, domain, scoredDemos }) =>
      id === run.id || modelId !== run.modelId || domain !== run.domain || scoredDemos !== run.scoredDemos,
  );
}

type NamedRun = Pick<Run, 'id' | 'modelId' | 'domain' | 'scoredDemos'>;

/** Returns a function that names runs: runs of one model with the same name also show their number. */
export function useRunName(runs: readonly Run[]): (run: Run) => string {
  const { t } = useTranslation();
  const short = ({ domain, scoredDemos }: Run): string => t('frame.trail.runName', { domain, count: scoredDemos });
  return (run) =>
    isNamedAlone(run, runs) ? short(run) : t('frame.trail.runNumbered', { run: short(run), id: run.id });
}
