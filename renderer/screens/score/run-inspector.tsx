// How the next run is made.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Inspector } from '../../inspector/inspector.tsx';
import kit from '../../kit/primitives.module.css';
import { useTrailDomain } from '../../state/trail-items.ts';
import { HoldBackOption } from './hold-back-option.tsx';
import { ImportanceOption } from './importance-option.tsx';
import type { Scoring } from './use-scoring.ts';

export function RunInspector({ scoring }: { readonly scoring: Scoring }): ReactNode {
  const { t } = useTranslation();
  const domain = useTrailDomain();
  return (
    <Inspector title={t('score.nextRun')}>
      <div className={kit.stack3}>
        {domain !== null && <HoldBackOption domain={domain} />}
        <ImportanceOption importance={scoring.importance} />
      </div>
    </Inspector>
  );
}
