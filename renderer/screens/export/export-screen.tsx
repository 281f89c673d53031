// Writing the pruned file: the plan, the progress, and the verified result.
import { FileOutput, MessagesSquare, Undo2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Export, ExportPlan } from '../../../electron/contract/api/exports.ts';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import type { QuantType } from '../../../electron/contract/quantise.ts';
import { Button } from '../../kit/button.tsx';
import { EmptyState } from '../../kit/empty-state.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { Screen } from '../../kit/screen.tsx';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { bridge } from '../../state/bridge.ts';
import { callEngine, useCall, useCallMutation } from '../../state/calls.ts';
import { isActive } from '../../state/kept-jobs.ts';
import { useJobs } from '../../state/jobs.ts';
import { go } from '../../state/navigation.ts';
import { followWriting, useFilePlan, type FilePlan } from '../../state/planned-file.ts';
import { changePlan, changePlanOptions, usePlannedFile } from '../../state/plans.ts';
import { reportFailure } from '../../state/report-failure.ts';
import { useIsSelectionPending, useTrailSelection, useTrailExport } from '../../state/trail-items.ts';
import { goTry } from '../../state/try-request.ts';
import { ChoiceVerdict } from '../../verdict/choice-verdict.tsx';
import { MeasureAfterwards } from '../../verdict/measure-afterwards.tsx';
import { CheckpointCut } from './checkpoint-cut.tsx';
import { ExportOptionsForm } from './export-options.tsx';
import { ExportProgress, WrittenFile } from './export-progress.tsx';
import { ExportList } from './export-list.tsx';
import { PlannedExport } from './planned-export.tsx';
import { useRepairCost } from './repair-choice.tsx';

export function ExportScreen(): ReactNode {
  const { t } = useTranslation();
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
        <EarlierFile />
        <ExportList />
      </Screen>
    );
  }
  return <SelectionExport key={selection.id} selection={selection} />;
}

async function chooseTarget(selectionId: number, quantType: QuantType | null): Promise<void> {
  const { name } = await callEngine('exports.suggestName', { selectionId, quantType });
  const target = await bridge().pickTarget('model', name);
  if (target === null) return;
  // another file: statements about the old one do not apply to it
  changePlan(selectionId, { target, jobId: null });
  changePlanOptions(selectionId, { overwrite: false });
}

/** The plan of the file, the progress of writing it, or the written file. */
function SelectionExport({ selection }: { readonly selection: Selection }): ReactNode {
  const { t } = useTranslation();
  const { id: selectionId } = selection;
  const { jobId, isAnother } = usePlannedFile(selectionId);
  const isWhole = selection.keep === selection.nExpert && selection.activeExperts === null;
  const hasFile = useTrailExport() !== null;
  const file = useFilePlan(selection);
  const { written, options, target } = file;
  const repair = useRepairCost(selectionId, file.plan);
  const start = useCallMutation('exports.start', {
    onSuccess: ({ jobId: started }) => followWriting(selectionId, started),
  });
  const job = useWritingJob(selectionId, jobId);
  const isWriting = job !== undefined && isActive(job);
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
        isWriting ? null : written !== null ? (
          <WrittenButtons selectionId={selectionId} file={written} isWhole={isWhole} />
        ) : (
          <>
            {isAnother && hasFile && (
              <Button
                variant="quiet"
                icon={Undo2}
                onPress={() => changePlan(selectionId, { isAnother: false, jobId: null })}
              >
                {t('export.backToFile')}
              </Button>
            )}
            <StartButton
              planned={file.plan}
              isWhole={isWhole}
              isUnrepairable={repair.error !== null}
              isBusy={start.isPending || file.isOld}
              onStart={() =>
                target !== null &&
                start.mutate({ choice: { kind: 'selection', selectionId }, target: target.id, options })
              }
            />
          </>
        )
      }
    >
      <ChoiceVerdict />
      {start.error !== null && <ErrorPanel error={start.error.toData()} />}
      {isWriting || (job !== undefined && written === null) ? (
        <ExportProgress key={job.id} job={job} onBack={() => changePlan(selectionId, { jobId: null })} />
      ) : written !== null ? (
        <WrittenFile file={written} />
      ) : (
        <>
          <DryRun
            file={file}
            selection={selection}
            onPick={() => void chooseTarget(selectionId, options.quantise?.type ?? null).catch(reportFailure)}
          />
          <ExportOptionsForm selection={selection} planned={file.plan} />
          <MeasureAfterwards />
        </>
      )}
      <CheckpointCut selection={selection} />
      <ExportList />
    </Screen>
  );
}

/** The job that was started here or, after a reload, one that writes the choice. */
function useWritingJob(selectionId: number, jobId: number | null): JobView | undefined {
  const jobs = useJobs();
  const files = useCall('exports.list', {}).data ?? [];
  const running = files.find((file) => file.selectionId === selectionId && file.state === 'running');
  return (
    jobs.find(({ id }) => id === jobId) ??
    jobs.find((job) => isActive(job) && job.kind === 'export' && running !== undefined && job.exportId === running.id)
  );
}

type WrittenButtonsProps = {
  readonly selectionId: number;
  readonly file: Export;
  /** Nothing was pruned, so there is no second file to write. */
  readonly isWhole: boolean;
};

function WrittenButtons({ selectionId, file: { quantType }, isWhole }: WrittenButtonsProps): ReactNode {
  const { t } = useTranslation();
  // initially with the same options as this one
  const planAnother = (): void => {
    changePlan(selectionId, { isAnother: true, jobId: null, target: null });
    const quantise = quantType === null ? null : { type: quantType, rules: {}, allowRequantize: true };
    changePlanOptions(selectionId, { quantise, overwrite: false });
  };
  return (
    <>
      <Button variant="primary" icon={MessagesSquare} onPress={goTry}>
        {t('export.goTry')}
      </Button>
      <Button onPress={() => go('prove')}>{t('export.goProve')}</Button>
      {!isWhole && (
        <Button variant="quiet" onPress={planAnother}>
          {t('export.another')}
        </Button>
      )}
    </>
  );
}

type StartButtonProps = {
  readonly planned: ExportPlan | undefined;
  /** Nothing was pruned. */
  readonly isWhole: boolean;
  /** A repair was asked for that cannot be made. */
  readonly isUnrepairable: boolean;
  readonly isBusy: boolean;
  readonly onStart: () => void;
};

function StartButton({ planned, isWhole, isUnrepairable, isBusy, onStart }: StartButtonProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const [problem] = planned?.problems ?? [];
  return (
    <Button
      variant="primary"
      icon={FileOutput}
      onPress={onStart}
      disabledReason={
        isWhole ? t('choose.nothing') : isUnrepairable ? t('export.repair.first') : problem && t('export.solve')
      }
      isDisabled={planned === undefined || isBusy}
    >
      {t('export.start', { size: planned === undefined ? '…' : format.bytes(planned.prunedBytes) })}
    </Button>
  );
}

type DryRunProps = { readonly file: FilePlan; readonly selection: Selection; readonly onPick: () => void };

function DryRun({ file: { plan, error, refetch }, selection, onPick }: DryRunProps): ReactNode {
  const { t } = useTranslation();
  if (error !== null) {
    return (
      <ErrorPanel error={error.toData()}>
        <Button onPress={refetch}>{t('export.tryAgain')}</Button>
        <Button onPress={onPick}>{t('export.change')}</Button>
      </ErrorPanel>
    );
  }
  if (plan === undefined) return <SkeletonRows rows={8} />;
  return <PlannedExport planned={plan} selection={selection} onPick={onPick} />;
}

/** A file that is chosen without a choice of experts, such as a whole model in another type. */
function EarlierFile(): ReactNode {
  const file = useTrailExport();
  if (file?.state !== 'done' || file.modelId === null) return null;
  return <WrittenFile key={file.id} file={file} />;
}
