// When the demos are enough: how much of the final choice the first n demos find already.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallResult } from '../../../electron/contract/api.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import type { Criterion } from '../../../electron/contract/criteria.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { NumberField } from '../../kit/number-field.tsx';
import { Skeleton } from '../../kit/skeleton.tsx';
import { useCall } from '../../state/calls.ts';
import { useKeptState } from '../../state/kept-state.ts';
import { CONVERGENCE_HEIGHT, ConvergenceChart } from './convergence-chart.tsx';
import { ConvergenceTable } from './convergence-table.tsx';
import styles from './score.module.css';

type ConvergenceProps = { readonly run: Run; readonly criterion: Criterion };

export function Convergence({ run, criterion }: ConvergenceProps): ReactNode {
  const { t } = useTranslation();
  const half = Math.max(run.nExpertUsed, Math.floor(run.nExpert / 2));
  const [keep, setKeep] = useKeptState(`score.keep ${run.id}`, half);
  const isEnough = run.scoredDemos >= 2;
  const { data, error } = useCall(
    'runs.convergence',
    { runId: run.id, criterion, keep },
    { enabled: isEnough, keepPrevious: true },
  );
  return (
    <div className={styles.convergence}>
      <p role="status" className={styles.verdict}>
        {isEnough ? data && <Verdict data={data} isRunning={run.state === 'running'} /> : t('score.convergenceEarly')}
      </p>
      {error !== null && <ErrorPanel error={error.toData()} />}
      {error === null &&
        (isEnough && data === undefined ? (
          <Skeleton height={CONVERGENCE_HEIGHT} />
        ) : (
          <div style={{ minHeight: CONVERGENCE_HEIGHT }}>{data && <ConvergenceChart data={data} />}</div>
        ))}
      <p className={styles.dim}>{t('score.convergenceCaption')}</p>
      {error === null && data && isEnough && <ConvergenceTable data={data} />}
      <NumberField
        label={t('score.keep', { total: run.nExpert })}
        value={keep}
        minValue={1}
        maxValue={run.nExpert}
        onChange={setKeep}
      />
    </div>
  );
}

type VerdictProps = { readonly data: CallResult<'runs.convergence'>; readonly isRunning: boolean };

function Verdict({ data: { enoughAt, points }, isRunning }: VerdictProps): ReactNode {
  const { t } = useTranslation();
  const demos = points.at(-1)?.demos ?? 0;
  if (enoughAt !== null && enoughAt < demos) return t('score.enough', { count: enoughAt });
  return t(isRunning ? 'score.notYet' : 'score.notEnough');
}
