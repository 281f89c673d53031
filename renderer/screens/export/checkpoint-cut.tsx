// The same choice cut from the original checkpoint, for runtimes other than llama.cpp.
import { FolderOutput, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { checkpointOutcomeSchema } from '../../../electron/contract/api/checkpoints.ts';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { useTranslate } from '../../kit/translate.ts';
import { bridge } from '../../state/bridge.ts';
import { useCall, useCallMutation } from '../../state/calls.ts';
import { useJobs } from '../../state/jobs.ts';
import { isActive } from '../../state/kept-jobs.ts';
import { reportFailure } from '../../state/report-failure.ts';
import styles from './export.module.css';

type CheckpointCutProps = { readonly selection: Selection };

export function CheckpointCut({ selection: { id: selectionId, keep, nExpert } }: CheckpointCutProps): ReactNode {
  const { t } = useTranslation();
  const translate = useTranslate();
  const start = useCallMutation('checkpoints.start');
  const job = useJobs().find(({ id }) => id === start.data?.jobId);
  const ended = useCall('jobs.outcome', { jobId: job?.id ?? 0 }, { enabled: job?.state === 'done' });
  const written = checkpointOutcomeSchema.safeParse(ended.data).data;
  const isBusy = start.isPending || (job !== undefined && isActive(job));
  const cut = async (): Promise<void> => {
    const host = bridge();
    const [folder] = await host.pickFiles('checkpoint');
    if (folder === undefined) return;
    const target = await host.newTarget('checkpoint', `${folder.name}-${keep}e.checkpoint`);
    const choice = { kind: 'selection', selectionId } as const;
    start.mutate({ checkpoint: folder.id, choice, target: target.id, nextn: 'scored' });
  };
  return (
    <section className={classNames(kit.stack2, styles.options)} aria-label={t('export.checkpoint.title')}>
      <h2>{t('export.checkpoint.title')}</h2>
      <p className={kit.dim}>{t('export.checkpoint.text')}</p>
      <div className={kit.cluster}>
        <Button
          icon={FolderOutput}
          isDisabled={isBusy}
          {...(keep === nExpert && { disabledReason: t('choose.nothing') })}
          onPress={() => void cut().catch(reportFailure)}
        >
          {t('export.checkpoint.cut')}
        </Button>
      </div>
      <div role="status">
        {isBusy && <p>{t('export.checkpoint.writing')}</p>}
        {written !== undefined && (
          <>
            <p className={styles.path}>{t('export.checkpoint.written', { place: written.displayPath })}</p>
            {written.proved === 'routers' && <p>{t('export.checkpoint.proved')}</p>}
          </>
        )}
      </div>
      {written?.warnings.map((warning) => (
        <p key={warning.code} className={kit.warning}>
          <TriangleAlert size={16} aria-hidden />
          <span>{translate(warning)}</span>
        </p>
      ))}
      {start.error !== null && <ErrorPanel error={start.error.toData()} />}
      {job?.error && <ErrorPanel error={job.error} />}
    </section>
  );
}
