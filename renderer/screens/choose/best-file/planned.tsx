// The plan of a search: which files may be compared, on what, and what it takes.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FitPlan } from '../../../../electron/contract/fit.ts';
import { Bytes } from '../../../kit/bytes.tsx';
import { classNames } from '../../../kit/class-names.ts';
import { useFormat } from '../../../kit/use-format.ts';
import styles from './best-file.module.css';
import { useFileTexts } from './file-texts.ts';

type PlannedProps = {
  readonly plan: FitPlan;
  /** What was asked for last is on its way. */
  readonly isOld: boolean;
};

export function Planned({ plan, isOld }: PlannedProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { files, seconds, scratchBytes, texts } = plan;
  const fileTexts = useFileTexts(plan);
  const named = (inDomain: boolean): string =>
    format.list(texts.filter((text) => text.inDomain === inDomain).map(({ name }) => name));
  const time = (value: number): string => format.duration(1000 * Math.max(1, value));
  return (
    <section className={classNames(styles.plan, isOld && styles.old)} aria-label={t('fit.plan')} aria-busy={isOld}>
      <p className={styles.summary}>
        {t('fit.planned', {
          count: files.length,
          time: time(seconds.likely),
          low: time(seconds.low),
          high: time(seconds.high),
          space: format.bytes(scratchBytes),
        })}
      </p>
      <p className={styles.dim}>
        {t(plan.isOnDemos ? 'fit.onDemos' : 'fit.onTexts', { texts: named(true) })}
        {texts.some(({ inDomain }) => !inDomain) && ` ${t('fit.outsideOn', { texts: named(false) })}`}
      </p>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={t('fit.files')}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t('fit.experts')}</th>
              <th scope="col">{t('export.type')}</th>
              <th scope="col">{t('fit.size')}</th>
              <th scope="col">{t('fit.memory')}</th>
            </tr>
          </thead>
          <tbody>
            {files.map(({ keep, type, activeExperts, bytes, memoryBytes }) => (
              <tr key={`${keep} ${type} ${activeExperts}`}>
                <th scope="row">{fileTexts.experts({ keep, activeExperts })}</th>
                <td>{fileTexts.type({ type })}</td>
                <td>
                  <Bytes value={bytes} />
                </td>
                <td>
                  <Bytes value={memoryBytes} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
