// The queue and the latest finished jobs.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { JobView } from '../../electron/contract/api/jobs.ts';
import { Button } from '../kit/button.tsx';
import { classNames } from '../kit/class-names.ts';
import kit from '../kit/primitives.module.css';
import { useTranslate } from '../kit/translate.ts';
import { useFormat } from '../kit/use-format.ts';
import { isActive } from '../state/kept-jobs.ts';
import { useCancelJob, useRequeueJob } from '../state/jobs.ts';
import { JOB_STATE_ICONS } from './job-state-icons.ts';
import { useJobTexts } from './job-texts.ts';
import { resultOpener } from './open-result.ts';
import { ResultLink } from './result-link.tsx';
import styles from './job-strip.module.css';

export function JobList({ jobs }: { readonly jobs: readonly JobView[] }): ReactNode {
  return (
    <ul className={classNames(kit.stack2, styles.list)}>
      {jobs.map((job) => (
        <JobRow key={job.id} job={job} />
      ))}
    </ul>
  );
}

function JobRow({ job }: { readonly job: JobView }): ReactNode {
  const { t } = useTranslation();
  const translate = useTranslate();
  const format = useFormat();
  const { title } = useJobTexts(job);
  const cancel = useCancelJob();
  const requeue = useRequeueJob();
  const open = resultOpener(job);
  const { id, state, elsewhere, error, createdMs, finishedMs } = job;
  const Icon = JOB_STATE_ICONS[state];
  const canCancel = !elsewhere && isActive(job);
  const canRequeue = state === 'failed' || state === 'cancelled' || state === 'interrupted';
  return (
    <li className={styles.job}>
      <Icon
        size={15}
        strokeWidth={1.75}
        aria-hidden
        className={state === 'failed' ? kit.danger : state === 'done' ? kit.accent : kit.dim}
      />
      {open === null ? <span className={styles.title}>{title}</span> : <ResultLink text={title} open={open} />}
      {canCancel && (
        <Button size="small" isDisabled={cancel.isPending} onPress={() => cancel.mutate({ jobId: id })}>
          {t('kit.cancel')}
        </Button>
      )}
      {canRequeue && (
        <Button size="small" isDisabled={requeue.isPending} onPress={() => requeue.mutate({ jobId: id })}>
          {t('frame.job.requeue')}
        </Button>
      )}
      <span className={classNames(kit.note, styles.jobNote)}>
        {t(`frame.job.state.${state}`)} · {format.date(finishedMs ?? createdMs)}
        {elsewhere && ` · ${t('frame.job.elsewhere')}`}
        {error !== null && state !== 'cancelled' && ` · ${t(`errors.${error.code}.title`)}: ${translate(error)}`}
      </span>
    </li>
  );
}
