// Whether the routers are fitted to the kept experts first: what that takes, how far it is, and what it was found to be worth.
import { CircleCheck, CircleSlash, SlidersHorizontal } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Calibration } from '../../../electron/contract/api/calibrations.ts';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import { CancelJobButton } from '../../jobs/cancel-job-button.tsx';
import { useJobTexts } from '../../jobs/job-texts.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { ProgressBar } from '../../kit/progress-bar.tsx';
import { Switch } from '../../kit/switch.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useCall, useCallMutation } from '../../state/calls.ts';
import { jobShare, useActiveJob, useJobs } from '../../state/jobs.ts';
import { changePlan, usePlannedFile } from '../../state/plans.ts';
import styles from './export.module.css';
import { KL_DIGITS } from './kl-digits.ts';

type CalibrationChoiceProps = {
  readonly selection: Selection;
  /** What was found of these experts; undefined: it is being read; null: nothing yet. */
  readonly found: Calibration | null | undefined;
};

export function CalibrationChoice({ selection, found }: CalibrationChoiceProps): ReactNode {
  const { t } = useTranslation();
  const { calibrate: isWanted } = usePlannedFile(selection.id);
  return (
    <div className={styles.calibration}>
      <Switch
        isSelected={isWanted}
        onChange={(calibrate) => changePlan(selection.id, { calibrate })}
        note={t('export.calibration.note')}
      >
        {t('export.calibration.switch')}
      </Switch>
      {isWanted && found !== undefined && <Fitting selectionId={selection.id} found={found} />}
    </div>
  );
}

type FittingProps = { readonly selectionId: number; readonly found: Calibration | null };

function Fitting({ selectionId, found }: FittingProps): ReactNode {
  const active = useActiveJob('calibrate');
  const start = useCallMutation('calibrations.start');
  const begun = useJobs().find(({ id }) => id === start.data?.jobId);
  if (active !== undefined) return <Running job={active} />;
  const error = start.error?.toData() ?? (begun?.state === 'failed' ? begun.error : null);
  const onStart = (): void => start.mutate({ kind: 'selection', selectionId });
  return (
    <>
      {error !== null && <ErrorPanel error={error} />}
      {found === null ? (
        <Cost selectionId={selectionId} isBusy={start.isPending} onStart={onStart} />
      ) : (
        <Found found={found} isBusy={start.isPending} onStart={onStart} />
      )}
    </>
  );
}

type StartProps = { readonly isBusy: boolean; readonly onStart: () => void };

function Cost({ selectionId, isBusy, onStart }: StartProps & { readonly selectionId: number }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: cost, error } = useCall('calibrations.estimate', { selectionId });
  if (error !== null) return <ErrorPanel error={error.toData()} />;
  if (cost === undefined) return <p className={kit.dim}>{t('export.calibration.busy')}</p>;
  const { demos, estimate, scratchBytes, moreBytes } = cost;
  const duration = (seconds: number): string => format.duration(1000 * Math.max(1, seconds));
  return (
    <>
      <p className={kit.dim}>
        {t('export.calibration.demos', {
          fitted: format.count(demos.fitted),
          aside: format.count(demos.aside),
          judging: format.count(demos.judging),
        })}{' '}
        {t('export.calibration.cost', {
          passes: format.count(estimate.rounds),
          low: duration(estimate.seconds.low),
          high: duration(estimate.seconds.high),
        })}{' '}
        {t('export.calibration.space', { scratch: format.bytes(scratchBytes), memory: format.bytes(moreBytes) })}
      </p>
      <div>
        <Button icon={SlidersHorizontal} isDisabled={isBusy} onPress={onStart}>
          {t('export.calibration.start')}
        </Button>
      </div>
    </>
  );
}

function Running({ job }: { readonly job: JobView }): ReactNode {
  const { t } = useTranslation();
  const { title, step, left } = useJobTexts(job);
  return (
    <div className={classNames(kit.cluster, kit.firstFills, styles.progress)}>
      <ProgressBar
        label={job.state === 'queued' ? t('export.waiting') : (step ?? title)}
        value={jobShare(job)}
        detail={left}
      />
      <CancelJobButton job={job} label={t('export.calibration.cancel')} />
    </div>
  );
}

function Found({ found, isBusy, onStart }: StartProps & { readonly found: Calibration }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { demos, kl, top1, kept } = found.facts.gate;
  const nats = (value: number | null): string => (value === null ? '–' : format.decimal(value, KL_DIGITS));
  const Icon = kept ? CircleCheck : CircleSlash;
  return (
    <div role="status" className={kit.cluster}>
      <p className={kept ? styles.verified : kit.row2}>
        <Icon size={18} aria-hidden />
        <span>
          <strong>{t(kept ? 'export.calibration.helped' : 'export.calibration.notHelped')}</strong>{' '}
          {t('export.calibration.kl', {
            before: nats(kl.before.value),
            after: nats(kl.after.value),
            demos: format.count(demos),
            low: nats(kl.difference.low),
            high: nats(kl.difference.high),
          })}{' '}
          {t('export.calibration.top1', {
            before: format.percent(top1.before.value),
            after: format.percent(top1.after.value),
          })}
        </span>
      </p>
      <Button size="small" variant="quiet" isDisabled={isBusy} onPress={onStart}>
        {t('export.calibration.again')}
      </Button>
    </div>
  );
}
