// What the choice means beyond its numbers: whether it fits this machine, and which domains it serves.
import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SelectionResult } from '../../../electron/contract/api/selections.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { Inspector } from '../../inspector/inspector.tsx';
import kit from '../../kit/primitives.module.css';
import { Domains } from './domains.tsx';
import type { Draft } from './draft.ts';
import { Memory } from './memory.tsx';

type ChoiceInspectorProps = {
  readonly draft: Draft;
  readonly run: Run;
  readonly runs: readonly Run[];
  readonly result: SelectionResult | undefined;
};

export const ChoiceInspector = memo(function ChoiceInspector({
  draft,
  run,
  runs,
  result,
}: ChoiceInspectorProps): ReactNode {
  const { t } = useTranslation();
  return (
    <Inspector title={t('choose.thisChoice')}>
      <div className={kit.stack5}>
        {run.modelId !== null && <Memory modelId={run.modelId} draft={draft} result={result} />}
        <Domains draft={draft} runs={runs} />
      </div>
    </Inspector>
  );
});
