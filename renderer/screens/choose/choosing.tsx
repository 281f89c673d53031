// The choice, its outcome, and its picture.
import { FileOutput } from 'lucide-react';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { errorToData } from '../../../electron/contract/errors.ts';
import { CriterionSelect } from '../../experts/criterion-select.tsx';
import { Button } from '../../kit/button.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { Screen } from '../../kit/screen.tsx';
import { Segmented } from '../../kit/segmented.tsx';
import { useCall } from '../../state/calls.ts';
import { go } from '../../state/navigation.ts';
import { useTrailModel } from '../../state/trail-items.ts';
import styles from './choose.module.css';
import { ChosenMap } from './chosen-map.tsx';
import { changeDraft, type Draft } from './draft.ts';
import { KeepControls } from './keep-controls.tsx';
import { Outcome } from './outcome.tsx';
import { SelectionMenu } from './selection-menu.tsx';
import { Presets } from './presets.tsx';
import { useSavedSelection } from './saved-selection.ts';

type ChoosingProps = {
  readonly draft: Draft;
  /** At least one. */
  readonly runs: readonly Run[];
  /** The first of them. */
  readonly run: Run;
};

export function Choosing({ draft, runs, run }: ChoosingProps): ReactNode {
  const { t } = useTranslation();
  const model = useTrailModel();
  const { data: result, error } = useCall('selections.compute', { request: draft }, { keepPrevious: true });
  const saved = useSavedSelection(draft, run.modelId);
  const keep = draft.keep.kind === 'count' ? draft.keep.count : result?.keep;
  const use = useMutation({ mutationFn: saved.save, onSuccess: () => go('export') });
  return (
    <Screen
      title={t('choose.title')}
      lead={t('choose.lead', {
        model: model !== null && model.id === run.modelId ? model.name : run.modelName,
        domains: runs.map(({ domain }) => domain).join(', '),
      })}
      action={
        <>
          <Button
            variant="primary"
            icon={FileOutput}
            disabledReason={error !== null ? t('choose.impossible') : keep === run.nExpert ? t('choose.nothing') : null}
            isDisabled={result === undefined || use.isPending}
            onPress={() => use.mutate()}
          >
            {t('choose.use', { keep: keep ?? '…', total: run.nExpert })}
          </Button>
          <SelectionMenu modelId={run.modelId} saved={saved} />
        </>
      }
    >
      {use.error !== null && <ErrorPanel error={errorToData(use.error)} />}
      <div className={styles.controls}>
        <CriterionSelect value={draft.criterion} onChange={(criterion) => changeDraft({ criterion })} />
        <KeepControls draft={draft} run={run} keep={result?.keep} />
        {run.nExpertGroups > 1 && <Grouping draft={draft} />}
      </div>
      <Presets draft={draft} runs={runs} run={run} />
      {error === null ? <Outcome result={result} run={run} /> : <ErrorPanel error={error.toData()} />}
      <ChosenMap {...{ draft, run, runs, result, keep, saved }} />
    </Screen>
  );
}

function Grouping({ draft }: { readonly draft: Draft }): ReactNode {
  const { t } = useTranslation();
  return (
    <Segmented
      label={t('choose.grouping')}
      segments={(['ungrouped', 'balanced'] as const).map((id) => ({ id, label: t(`choose.groupings.${id}`) }))}
      value={draft.grouping}
      onChange={(grouping) => changeDraft({ grouping })}
    />
  );
}
