// Says whether the demos are enough: how far a choice by some of them agrees with one by others.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallResult } from '../../../electron/contract/api.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import type { Criterion } from '../../../electron/contract/criteria.ts';
import { usualTokens } from '../../../electron/contract/token-classes.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useCall } from '../../state/calls.ts';
import styles from './score.module.css';

type AgreementProps = { readonly run: Run; readonly criterion: Criterion };

/** Judges by half of the experts. */
export function Agreement({ run, criterion }: AgreementProps): ReactNode {
  const { t } = useTranslation();
  const keep = Math.max(run.nExpertUsed, Math.floor(run.nExpert / 2));
  const isEnough = run.scoredDemos >= 2;
  const { data, error } = useCall(
    'runs.agreement',
    { runId: run.id, criterion, keep, tokens: usualTokens([run]) },
    { enabled: isEnough, keepPrevious: true },
  );
  return (
    <>
      <p role="status" className={styles.verdict}>
        {isEnough ? data && <Verdict data={data} isRunning={run.state === 'running'} /> : t('score.agreementEarly')}
      </p>
      {error !== null && <ErrorPanel error={error.toData()} />}
    </>
  );
}

type VerdictProps = { readonly data: CallResult<'runs.agreement'>; readonly isRunning: boolean };

function Verdict({ data: { enoughAt, points }, isRunning }: VerdictProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  if (enoughAt !== null) return t('score.enough', { count: enoughAt });
  return t(isRunning ? 'score.notYet' : 'score.notEnough', { held: format.percent(points.at(-1)?.held ?? 0) });
}
