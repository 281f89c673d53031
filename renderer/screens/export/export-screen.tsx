// Writing the pruned file: what would happen, then that it happens, then that it is right.
import { FileOutput, FolderOpen, MessagesSquare } from 'lucide-react';
import { useLayoutEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExportPlan } from '../../../electron/contract/api/exports.ts';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import type { WinnowError } from '../../../electron/contract/errors.ts';
import type { QuantType } from '../../../electron/contract/quantise.ts';
import { OpenIn } from '../../hand-over/open-in.tsx';
import { ShareFile } from '../../hand-over/share-file.tsx';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { EmptyState } from '../../kit/empty-state.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { Screen } from '../../kit/screen.tsx';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { bridge } from '../../state/bridge.ts';
import { callEngine, useCall, useCallMutation } from '../../state/calls.ts';
import { takeExportRequest } from '../../state/export-request.ts';
import { isActive } from '../../state/kept-jobs.ts';
import { useJobs } from '../../state/jobs.ts';
import { go } from '../../state/navigation.ts';
import { reportFailure } from '../../state/report-failure.ts';
import { useIsSelectionPending, useTrailSelection, useTrailExport } from '../../state/trail-items.ts';
import { goTry } from '../../state/try-request.ts';
import { ChoiceVerdict } from '../../verdict/choice-verdict.tsx';
import { MeasureAfterwards } from '../../verdict/measure-afterwards.tsx';
import { fillIn, rememberExport, setTarget, useExportChoices } from './export-choices.ts';
import { matrixRunOf, optionsWith } from './export-matrix.ts';
import { ExportOptionsForm } from './export-options.tsx';
import { ExportProgress } from './export-progress.tsx';
import { ExportList } from './export-list.tsx';
import { PlannedExport } from './planned-export.tsx';
import { targetFor } from './started-export.ts';
import styles from './export.module.css';

export function ExportScreen(): ReactNode {
  const { t } = useTranslation();
  useLayoutEffect(() => {
    const request = takeExportRequest();
    if (request !== null) fillIn(request);
  }, []);
  const selection = useTrailSelection();
  const isPending = useIsSelectionPending();
  if (selection === null || isPending) {
    return (
      <Screen title={t('export.title')}>
        {isPending ? (
          <SkeletonRows rows={12} />
        ) : (
          <EmptyState icon={FileOutput} title={t('export.emptyTitle')} text={t('export.emptyText')}>
            <Button variant="primary" onPress={() => go('choose')}>
              {t('export.goChoose')}
            </Button>
          </EmptyState>
        )}
        <EarlierFile shownId={null} />
        <ExportList />
      </Screen>
    );
  }
  return <SelectionExport key={selection.id} selection={selection} />;
}

async function chooseTarget(selection: Selection, quantType: QuantType | null): Promise<void> {
  const { name } = await callEngine('exports.suggestName', { selectionId: selection.id, quantType });
  const target = await bridge().pickTarget('model', name);
  if (target !== null) setTarget(target);
}

function SelectionExport({ selection }: { readonly selection: Selection }): ReactNode {
  const { t } = useTranslation();
  const choices = useExportChoices();
  const runs = useCall('runs.list', {}).data;
  const found = useCall('calibrations.get', { selectionId: selection.id }).data;
  const options = optionsWith(choices, matrixRunOf(selection, runs ?? []), found);
  const { target, started } = targetFor(choices, selection.id);
  const dryRun = useCall(
    'exports.plan',
    { choice: { kind: 'selection', selectionId: selection.id }, target: target?.id ?? '', options },
    { enabled: target !== null && started === null && runs !== undefined, keepPrevious: true, isOfFiles: true },
  );
  const start = useCallMutation('exports.start', {
    onSuccess: ({ jobId }) => rememberExport({ jobId, selectionId: selection.id }),
  });
  const job = useJobs().find(({ id }) => id === started?.jobId);
  const pick = (): void => void chooseTarget(selection, options.quantise?.type ?? null).catch(reportFailure);

  return (
    <Screen
      title={t('export.title')}
      lead={t('export.lead', {
        selection: selection.name,
        keep: selection.keep,
        total: selection.nExpert,
        model: selection.modelName,
      })}
      action={
        !(job && isActive(job)) &&
        (target === null ? (
          <Button variant="primary" icon={FolderOpen} onPress={pick}>
            {t('export.chooseTarget')}
          </Button>
        ) : (
          <StartButtons
            planned={started === null ? dryRun.data : undefined}
            isWhole={selection.keep === selection.nExpert && selection.activeExperts === null}
            isUnfitted={choices.calibrate && !found}
            isBusy={start.isPending || dryRun.isPlaceholderData}
            isDone={job?.state === 'done'}
            onStart={() =>
              start.mutate({ choice: { kind: 'selection', selectionId: selection.id }, target: target.id, options })
            }
            onPick={pick}
          />
        ))
      }
    >
      <ChoiceVerdict />
      {start.error !== null && <ErrorPanel error={start.error.toData()} />}
      {job !== undefined && <ExportProgress key={job.id} job={job} />}
      {job === undefined && target === null && (
        <p className={classNames(kit.dim, styles.hint)}>
          {t(options.quantise === null ? 'export.hint' : 'export.hintQuantised')}
        </p>
      )}
      {job === undefined && target !== null && (
        <DryRun
          planned={dryRun.data}
          selection={selection}
          error={dryRun.error}
          onTryAgain={() => void dryRun.refetch()}
        />
      )}
      {job === undefined && (
        <ExportOptionsForm selection={selection} found={found} planned={target === null ? undefined : dryRun.data} />
      )}
      {job === undefined && <MeasureAfterwards />}
      <EarlierFile shownId={job?.exportId ?? null} />
      <ExportList />
    </Screen>
  );
}

type StartButtonsProps = {
  readonly planned: ExportPlan | undefined;
  /** Nothing was pruned. */
  readonly isWhole: boolean;
  /** Routers are to be fitted, and were not yet. */
  readonly isUnfitted: boolean;
  readonly isBusy: boolean;
  readonly isDone: boolean;
  readonly onStart: () => void;
  readonly onPick: () => void;
};

function StartButtons(props: StartButtonsProps): ReactNode {
  const { planned, isWhole, isUnfitted, isBusy, isDone, onStart, onPick } = props;
  const { t } = useTranslation();
  const format = useFormat();
  if (isDone) {
    return (
      <>
        <Button variant="primary" icon={MessagesSquare} onPress={goTry}>
          {t('export.goTry')}
        </Button>
        <Button onPress={() => go('prove')}>{t('export.goProve')}</Button>
        <Button variant="quiet" onPress={onPick}>
          {t('export.another')}
        </Button>
      </>
    );
  }
  const [problem] = planned?.problems ?? [];
  return (
    <>
      <Button
        variant="primary"
        icon={FileOutput}
        onPress={onStart}
        disabledReason={
          isWhole ? t('choose.nothing') : isUnfitted ? t('export.calibration.first') : problem && t('export.solve')
        }
        isDisabled={planned === undefined || isBusy}
      >
        {t('export.start', { size: planned === undefined ? '…' : format.bytes(planned.prunedBytes) })}
      </Button>
      <Button onPress={onPick}>{t('export.change')}</Button>
    </>
  );
}

type DryRunProps = {
  readonly planned: ExportPlan | undefined;
  readonly selection: Selection;
  readonly error: WinnowError | null;
  readonly onTryAgain: () => void;
};

function DryRun({ planned, selection, error, onTryAgain }: DryRunProps): ReactNode {
  const { t } = useTranslation();
  if (error !== null) {
    return (
      <ErrorPanel error={error.toData()}>
        <Button onPress={onTryAgain}>{t('export.tryAgain')}</Button>
      </ErrorPanel>
    );
  }
  return planned === undefined ? <SkeletonRows rows={8} /> : <PlannedExport planned={planned} selection={selection} />;
}

/**
 * A file that was written earlier and is chosen now: it can go to other programs, and to others, as well.
 * @param shownId of the file that stands above already
 */
function EarlierFile({ shownId }: { readonly shownId: number | null }): ReactNode {
  const file = useTrailExport();
  if (file?.state !== 'done' || file.modelId === null || file.id === shownId) return null;
  return (
    <section key={file.id} className={classNames(kit.stack3, styles.earlier)} aria-label={file.displayPath}>
      <h2 className={styles.path}>{file.displayPath}</h2>
      <OpenIn exportId={file.id} />
      <ShareFile exportId={file.id} isCalibrated={file.calibrated !== null} />
    </section>
  );
}
