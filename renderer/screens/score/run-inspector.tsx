// How the next run is made.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Inspector } from '../../inspector/inspector.tsx';
import kit from '../../kit/primitives.module.css';
import { ImportanceOption } from './importance-option.tsx';
import type { Scoring } from './use-scoring.ts';

export function RunInspector({ scoring }: { readonly scoring: Scoring }): ReactNode {
  const { t } = useTranslation();
  return (
    <Inspector title={t('score.nextRun')}>
      <div className={kit.stack3}>
        <ImportanceOption importance={scoring.importance} />
      </div>
    </Inspector>
  );
}
