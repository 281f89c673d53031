// What the choice means beyond its numbers: whether it fits this machine, which domains it serves, and how it came about.
import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SelectionResult } from '../../../electron/contract/api/selections.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { Inspector } from '../../inspector/inspector.tsx';
import kit from '../../kit/primitives.module.css';
import { useTrailSelection } from '../../state/trail-items.ts';
import { Domains } from './domains.tsx';
import type { Draft } from './draft.ts';
import { History } from './history.tsx';
import { Memory } from './memory.tsx';
import type { Undoing } from './undoing.ts';

type ChoiceInspectorProps = {
  readonly draft: Draft;
  readonly run: Run;
  readonly runs: readonly Run[];
  readonly result: SelectionResult | undefined;
  readonly undoing: Undoing;
};

export const ChoiceInspector = memo(function ChoiceInspector(props: ChoiceInspectorProps): ReactNode {
  const { draft, run, runs, result, undoing } = props;
  const shownId = useTrailSelection()?.id;
  const { t } = useTranslation();
  return (
    <Inspector title={t('choose.thisChoice')}>
      <div className={kit.stack5}>
        {run.modelId !== null && <Memory modelId={run.modelId} draft={draft} result={result} />}
        <Domains draft={draft} runs={runs} keep={result?.keep} />
        {undoing.history !== undefined && <History history={undoing.history} shownId={shownId} />}
      </div>
    </Inspector>
  );
});
