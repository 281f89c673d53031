// Whether a run's demos are enough, and how the next run is made.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import type { Criterion } from '../../../electron/contract/criteria.ts';
import { Inspector } from '../../inspector/inspector.tsx';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { Term } from '../../kit/term.tsx';
import { useTrailDomain } from '../../state/trail-items.ts';
import { Agreement } from './agreement.tsx';
import { HoldBackOption } from './hold-back-option.tsx';
import { ImportanceOption } from './importance-option.tsx';
import styles from './score.module.css';
import type { Scoring } from './use-scoring.ts';

type RunInspectorProps = {
  readonly run: Run;
  readonly isBusy: boolean;
  readonly criterion: Criterion;
  readonly model: ModelEntry | null;
  readonly scoring: Scoring;
};

export function RunInspector({ run, isBusy, criterion, model, scoring }: RunInspectorProps): ReactNode {
  const { t } = useTranslation();
  const domain = useTrailDomain();
  return (
    <Inspector title={t('score.thisRun')}>
      <div className={classNames(kit.stack5, styles.inspector)}>
        <section aria-label={t('score.agreement')}>
          <h3>
            <Term name="agreement">{t('score.agreement')}</Term>
          </h3>
          <Agreement run={run} criterion={criterion} />
        </section>
        {!isBusy && model?.state === 'ready' && (
          <div className={kit.stack3}>
            {domain !== null && <HoldBackOption domain={domain} />}
            <ImportanceOption importance={scoring.importance} />
          </div>
        )}
      </div>
    </Inspector>
  );
}
