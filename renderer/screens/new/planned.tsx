// The plan of a search: which files may be compared, on what, and what it takes.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FitPlan } from '../../../electron/contract/fit.ts';
import { demosText } from '../../../electron/contract/fit-texts.ts';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { useLocale } from '../../kit/translate.ts';
import table from '../../kit/table.module.css';
import { useFormat } from '../../kit/use-format.ts';
import styles from './new.module.css';
import { FileFacts, FileHeads, useFileSizes } from './file-columns.tsx';
import { useFileTexts } from './file-texts.ts';

type PlannedProps = {
  readonly plan: FitPlan;
  /** The plan for the latest settings has not arrived yet. */
  readonly isOld: boolean;
};

export function Planned({ plan, isOld }: PlannedProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const fileTexts = useFileTexts(plan);
  const sizes = useFileSizes(plan.files);
  const demos = demosText(plan, useLocale());
  const { files, seconds, scratchBytes, texts } = plan;
  const named = (inDomain: boolean): string =>
    format.list(texts.filter((text) => text.inDomain === inDomain).map(({ name }) => name));
  return (
    <section
      className={classNames(kit.stack3, styles.plan, isOld && styles.old)}
      aria-label={t('fit.plan')}
      aria-busy={isOld}
    >
      <p className={styles.summary}>
        {t('fit.planned', {
          time: format.duration(1000 * Math.max(1, seconds)),
          space: format.bytes(scratchBytes),
        })}
      </p>
      <details>
        <summary>{t('fit.plan')}</summary>
        <p>{t('fit.comparesUpTo', { count: files.length })}</p>
        <p className={kit.dim}>
          {t(plan.isOnDemos ? 'fit.onDemos' : 'fit.onTexts', { texts: named(true) })}
          {texts.some(({ inDomain }) => !inDomain) && ` ${t('fit.outsideOn', { texts: named(false) })}`}
        </p>
        {demos !== null && <p className={kit.dim}>{demos}</p>}
        <div className={table.scroll} tabIndex={0} role="region" aria-label={t('fit.files')}>
          <table className={classNames(table.ruled, styles.table, styles.wrapped)}>
            <thead>
              <tr>
                <FileHeads />
              </tr>
            </thead>
            <tbody>
              {files.map((file, index) => (
                <tr key={`${fileTexts.experts(file)} ${fileTexts.type(file)}`}>
                  <FileFacts file={file} model={plan} size={sizes[index]} />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}
