// What screen readers announce about a job: its start, every ten percent, its end.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { VisuallyHidden } from 'react-aria-components';
import type { JobView } from '../../electron/contract/api/jobs.ts';
import { jobShare } from '../state/jobs.ts';
import { useJobTexts } from './job-texts.ts';

export function JobAnnouncer({ job }: { readonly job: JobView | undefined }): ReactNode {
  return (
    <VisuallyHidden>
      <div role="status" aria-live="polite">
        {job && <Announcement job={job} />}
      </div>
    </VisuallyHidden>
  );
}

function Announcement({ job }: { readonly job: JobView }): ReactNode {
  const { t } = useTranslation();
  const { title } = useJobTexts(job);
  if (job.state !== 'running') return t('frame.job.ended', { title, state: t(`frame.job.state.${job.state}`) });
  const tens = Math.floor((jobShare(job) ?? 0) * 10) * 10;
  return t('frame.job.progress', { title, percent: tens });
}
