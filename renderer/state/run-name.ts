// What a run is called wherever one is chosen.
import { useTranslation } from 'react-i18next';
import type { Run } from '../../electron/contract/api/runs.ts';

/** Runs of one model that would be called the same say their number too. */
export function useRunName(runs: readonly Run[]): (run: Run) => string {
  const { t } = useTranslation();
  const short = ({ domain, scoredDemos }: Run): string => t('frame.trail.runName', { domain, count: scoredDemos });
  return (run) => {
    const isAlone = runs.every((one) => one.id === run.id || one.modelId !== run.modelId || short(one) !== short(run));
    return isAlone ? short(run) : t('frame.trail.runNumbered', { run: short(run), id: run.id });
  };
}
