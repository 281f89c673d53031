// How the last job ended; a failure opens to show what is safe and what to do.
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { JobView } from '../../electron/contract/api/jobs.ts';
import { Button } from '../kit/button.tsx';
import { classNames } from '../kit/class-names.ts';
import { Dialog } from '../kit/dialog.tsx';
import { ErrorPanel } from '../kit/error-panel.tsx';
import kit from '../kit/primitives.module.css';
import { useRequeueJob } from '../state/jobs.ts';
import { JOB_STATE_ICONS } from './job-state-icons.ts';
import { useJobTexts } from './job-texts.ts';
import { resultOpener } from './open-result.ts';
import { ResultLink } from './result-link.tsx';
import styles from './job-strip.module.css';

export function LastResult({ job }: { readonly job: JobView }): ReactNode {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const { title } = useJobTexts(job);
  const requeue = useRequeueJob();
  const { state, error } = job;
  const Icon = JOB_STATE_ICONS[state];
  const ended = t('frame.job.ended', { title, state: t(`frame.job.state.${state}`) });
  const isFailed = state === 'failed' && error !== null;
  const open = resultOpener(job);
  return (
    <>
      <span className={classNames(kit.inline, styles.last, isFailed ? kit.danger : kit.dim)}>
        <Icon size={14} strokeWidth={1.75} aria-hidden className={state === 'done' ? kit.accent : undefined} />
        {open === null ? (
          <span className={styles.what} title={ended}>
            {ended}
          </span>
        ) : (
          <ResultLink text={ended} open={open} />
        )}
      </span>
      {isFailed && (
        <>
          <Button size="small" onPress={() => setOpen(true)}>
            {t('frame.job.why')}
          </Button>
          <Dialog title={t('frame.job.failedTitle', { title })} isOpen={isOpen} onClose={() => setOpen(false)}>
            <ErrorPanel error={error}>
              <Button
                size="small"
                onPress={() => {
                  requeue.mutate({ jobId: job.id });
                  setOpen(false);
                }}
              >
                {t('frame.job.requeue')}
              </Button>
            </ErrorPanel>
          </Dialog>
        </>
      )}
    </>
  );
}
