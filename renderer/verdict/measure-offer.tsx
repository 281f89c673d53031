// Offers to measure what a verdict lacks, with the texts and the time that it takes, or shows the progress.
import { FilePlus2, ScanSearch } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { MeasurementOffer } from '../../electron/contract/api/evaluations.ts';
import type { JobView } from '../../electron/contract/api/jobs.ts';
import { CancelJobButton } from '../jobs/cancel-job-button.tsx';
import { useJobTexts } from '../jobs/job-texts.ts';
import { Button } from '../kit/button.tsx';
import { classNames } from '../kit/class-names.ts';
import { ErrorPanel } from '../kit/error-panel.tsx';
import kit from '../kit/primitives.module.css';
import { ProgressBar } from '../kit/progress-bar.tsx';
import { useFormat } from '../kit/use-format.ts';
import { useCall, useCallMutation } from '../state/calls.ts';
import { jobShare, useActiveJob } from '../state/jobs.ts';
import { go } from '../state/navigation.ts';
import type { VerdictSubject } from './use-verdict.ts';
import styles from './verdict.module.css';

type MeasureOfferProps = {
  readonly subject: VerdictSubject;
  /** The sides that the verdict has no figures for, at least one. */
  readonly lacks: { readonly inside: boolean; readonly outside: boolean };
};

export function MeasureOffer(props: MeasureOfferProps): ReactNode {
  const active = useActiveJob('evaluate');
  return active === undefined ? <Offer {...props} /> : <Measuring job={active} />;
}

function Offer({ subject, lacks }: MeasureOfferProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: offer } = useCall('evaluations.offer', subject);
  const measure = useCallMutation('evaluations.judge');
  if (measure.error !== null) return <ErrorPanel error={measure.error.toData()} />;
  if (offer === undefined) return null;
  if (offer.texts.length === 0) {
    return (
      <div className={classNames(kit.cluster, styles.offer)}>
        <span className={styles.dim}>{t('verdict.noText')}</span>
        <Button size="small" icon={FilePlus2} onPress={() => go('demos')}>
          {t('verdict.goDemos')}
        </Button>
      </div>
    );
  }
  const hasInside = offer.texts.some(({ inDomain }) => inDomain !== false);
  const hasOutside = offer.texts.some(({ inDomain }) => inDomain === false);
  // measuring the same texts again would give the same result
  const isNews = (hasInside && lacks.inside) || (hasOutside && lacks.outside);
  if (!isNews && hasInside) return null;
  const time = offer.seconds === null ? null : format.duration(1000 * Math.max(1, offer.seconds));
  return (
    <div className={classNames(kit.cluster, styles.offer)}>
      {isNews && (
        <Button size="small" icon={ScanSearch} isDisabled={measure.isPending} onPress={() => measure.mutate(subject)}>
          {time === null ? t('verdict.measure') : t('verdict.measureFor', { time })}
        </Button>
      )}
      <span className={styles.dim}>{isNews ? <OfferedTexts texts={offer.texts} /> : t('verdict.noneInside')}</span>
      {!hasInside && (
        <Button size="small" variant="quiet" icon={FilePlus2} onPress={() => go('demos')}>
          {t('verdict.goDemos')}
        </Button>
      )}
    </div>
  );
}

/** Lists the texts: "on python; outside on french and math". */
export function OfferedTexts({ texts }: Pick<MeasurementOffer, 'texts'>): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const names = (isOutside: boolean): readonly string[] => [
    ...new Set(
      texts
        .filter(({ inDomain }) => (inDomain === false) === isOutside)
        .map(({ domain, source }) => (source === 'notScored' ? t('verdict.demosNotScored', { domain }) : domain)),
    ),
  ];
  const [inside, outside] = [names(false), names(true)];
  return (
    <>
      {inside.length === 0 ? t('verdict.noneInside') : t('verdict.on', { texts: format.list(inside) })}
      {outside.length > 0 && ` ${t('verdict.onOutside', { texts: format.list(outside) })}`}
    </>
  );
}

function Measuring({ job }: { readonly job: JobView }): ReactNode {
  const { t } = useTranslation();
  const { title, left } = useJobTexts(job);
  return (
    <div className={classNames(kit.cluster, styles.progress)}>
      <ProgressBar label={job.state === 'queued' ? t('verdict.queued') : title} value={jobShare(job)} detail={left} />
      <CancelJobButton job={job} size="small" label={t('verdict.cancel')} />
    </div>
  );
}
