// Every file that was written, and what can be done with it; work that was interrupted stands above.
import { FilePlus2, Files, RotateCcw } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import { useJobTexts } from '../../jobs/job-texts.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { EmptyState } from '../../kit/empty-state.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { Screen } from '../../kit/screen.tsx';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import table from '../../kit/table.module.css';
import { useCall } from '../../state/calls.ts';
import { useJobs, useRequeueJob } from '../../state/jobs.ts';
import { go } from '../../state/navigation.ts';
import { FileRow } from './file-row.tsx';
import styles from './files.module.css';
import { interruptedWork } from './interrupted-work.ts';

export function FilesScreen(): ReactNode {
  const { t } = useTranslation();
  const { data, error } = useCall('exports.list', {}, { isOfFiles: true });
  const written = data?.filter(({ state }) => state === 'done');
  return (
    <Screen
      title={t('frame.screen.files')}
      lead={t('files.lead')}
      action={
        <Button variant="primary" icon={FilePlus2} onPress={() => go('new')}>
          {t('frame.screen.new')}
        </Button>
      }
    >
      <Interrupted />
      {error !== null && <ErrorPanel error={error.toData()} />}
      {written === undefined ? (
        error === null && <SkeletonRows rows={6} />
      ) : written.length === 0 ? (
        <EmptyState icon={Files} title={t('files.emptyTitle')} text={t('files.emptyText')} />
      ) : (
        <div className={table.scroll} tabIndex={0} role="region" aria-label={t('files.table')}>
          <table className={classNames(table.ruled, styles.files)}>
            <thead>
              <tr>
                <th scope="col">{t('files.name')}</th>
                <th scope="col">{t('files.size')}</th>
                <th scope="col">{t('files.onWork')}</th>
                <th scope="col">{t('files.onOther')}</th>
                <th scope="col">{t('files.made')}</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {written.map((file) => (
                <FileRow key={file.id} file={file} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Screen>
  );
}

function Interrupted(): ReactNode {
  const { t } = useTranslation();
  const work = interruptedWork(useJobs());
  if (work.length === 0) return null;
  return (
    <section className={classNames(kit.stack2, kit.framed, styles.interrupted)} aria-label={t('files.interrupted')}>
      <h2>{t('files.interrupted')}</h2>
      {work.map((job) => (
        <InterruptedJob key={job.id} job={job} />
      ))}
    </section>
  );
}

function InterruptedJob({ job }: { readonly job: JobView }): ReactNode {
  const { t } = useTranslation();
  const { title } = useJobTexts(job);
  const requeue = useRequeueJob();
  return (
    <div className={kit.ends}>
      <span className={kit.quoted}>
        {title} <span className={kit.dim}>{t(`frame.job.state.${job.state}`)}</span>
      </span>
      <Button
        size="small"
        icon={RotateCcw}
        isDisabled={requeue.isPending}
        onPress={() => requeue.mutate({ jobId: job.id })}
      >
        {t('fit.goOn')}
      </Button>
    </div>
  );
}
