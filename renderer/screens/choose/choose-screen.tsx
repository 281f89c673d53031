// Which experts stay. Everything follows at once: size, retained score, the picture of what is kept.
import { FileOutput, SlidersHorizontal, Undo2 } from 'lucide-react';
import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Plan, SelectionResult } from '../../../electron/contract/api/plans.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { errorToData } from '../../../electron/contract/errors.ts';
import { CriterionSelect } from '../../experts/criterion-select.tsx';
import { Button } from '../../kit/button.tsx';
import { EmptyState } from '../../kit/empty-state.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { Screen } from '../../kit/screen.tsx';
import { Segmented } from '../../kit/segmented.tsx';
import { Skeleton } from '../../kit/skeleton.tsx';
import { useCall, useCallMutation } from '../../state/calls.ts';
import { go } from '../../state/navigation.ts';
import { useTrailRuns } from '../../state/trail-items.ts';
import { choose } from '../../state/trail.ts';
import styles from './choose.module.css';
import { ChosenMap } from './chosen-map.tsx';
import { Domains } from './domains.tsx';
import { changeDraft, clearMarks, draftFor, undoMark, useDraft, type Draft } from './draft.ts';
import { KeepControls } from './keep-controls.tsx';
import { MaskButtons } from './mask-buttons.tsx';
import { Outcome } from './outcome.tsx';
import { Preview } from './preview.tsx';

export function ChooseScreen(): ReactNode {
  const { t } = useTranslation();
  const runs = useTrailRuns().filter(({ scoredDemos }) => scoredDemos > 0);
  const [first] = runs;
  const draft = useDraft((state) => state.draft);
  const ids = runs.map(({ id }) => id).join();
  useEffect(() => {
    if (first !== undefined) draftFor(first, ids.split(',').map(Number));
  }, [first, ids]);
  if (first === undefined) {
    return (
      <Screen title={t('choose.title')}>
        <EmptyState icon={SlidersHorizontal} title={t('choose.emptyTitle')} text={t('choose.emptyText')}>
          <Button variant="primary" onPress={() => go('score')}>
            {t('choose.goScore')}
          </Button>
          <Button onPress={() => go('runs')}>{t('choose.goRuns')}</Button>
        </EmptyState>
      </Screen>
    );
  }
  if (draft?.runIds.join() !== ids) return <Screen title={t('choose.title')}>{null}</Screen>;
  return <Choosing draft={draft} runs={runs} run={first} />;
}

type ChoosingProps = { readonly draft: Draft; readonly runs: readonly Run[]; readonly run: Run };

function Choosing({ draft, runs, run }: ChoosingProps): ReactNode {
  const { t } = useTranslation();
  const {
    data: result,
    error,
    isPlaceholderData,
  } = useCall('plans.compute', { selection: draft }, { keepPrevious: true });
  const save = useCallMutation('plans.save');
  const plans = useCall('plans.list', { modelId: run.modelId }).data ?? [];
  const savePlan = async (): Promise<Plan> => {
    const known = plans.find(({ selection }) => JSON.stringify(selection) === JSON.stringify(draft));
    const plan = known ?? (await save.mutateAsync({ selection: draft, name: planName(runs, result) }));
    choose({ planId: plan.id });
    return plan;
  };
  return (
    <Screen
      title={t('choose.title')}
      lead={t('choose.lead', { model: run.modelName, domains: runs.map(({ domain }) => domain).join(', ') })}
      action={
        <>
          <Button
            variant="primary"
            icon={FileOutput}
            disabledReason={error === null ? null : t('choose.impossible')}
            isDisabled={result === undefined || isPlaceholderData || save.isPending}
            onPress={() => void savePlan().then(() => go('export'))}
          >
            {t('choose.use', { keep: result?.keep ?? '…', total: run.nExpert })}
          </Button>
          <MaskButtons modelId={run.modelId} savePlan={savePlan} />
        </>
      }
    >
      {save.error !== null && <ErrorPanel error={errorToData(save.error)} />}
      <div className={styles.controls}>
        <CriterionSelect value={draft.criterion} onChange={(criterion) => changeDraft({ criterion })} />
        <KeepControls draft={draft} run={run} keep={result?.keep} />
        {run.nExpertGroups > 1 && <Grouping draft={draft} />}
        <Marks draft={draft} />
      </div>
      {error !== null && <ErrorPanel error={errorToData(error)} />}
      {result === undefined ? <Skeleton height={48} /> : <Outcome result={result} run={run} />}
      <ChosenMap draft={draft} run={run} runs={runs} result={result} />
      <div className={styles.below}>
        <Domains draft={draft} runs={runs} keep={result?.keep} />
        <Preview modelId={run.modelId} savePlan={savePlan} />
      </div>
    </Screen>
  );
}

function planName(runs: readonly Run[], result: SelectionResult | undefined): string {
  const domains = runs.map(({ domain }) => domain).join(' + ');
  return result === undefined ? domains : `${domains}, ${result.keep}/${result.nExpert}`;
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

function Marks({ draft: { pins, drops } }: { readonly draft: Draft }): ReactNode {
  const { t } = useTranslation();
  const canUndo = useDraft(({ past }) => past.length > 0);
  if (pins.length + drops.length === 0 && !canUndo) return null;
  return (
    <div className={styles.marks}>
      <span>{t('choose.marks', { pins: pins.length, drops: drops.length })}</span>
      <Button variant="quiet" size="small" icon={Undo2} isDisabled={!canUndo} onPress={undoMark}>
        {t('choose.undo')}
      </Button>
      <Button variant="quiet" size="small" isDisabled={pins.length + drops.length === 0} onPress={clearMarks}>
        {t('choose.clear')}
      </Button>
    </div>
  );
}
