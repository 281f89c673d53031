// The outcome of the choice: size, retained score, the worst layer, and each domain's share.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SelectionResult } from '../../../electron/contract/api/selections.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { Bytes } from '../../kit/bytes.tsx';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { Skeleton } from '../../kit/skeleton.tsx';
import { Term } from '../../kit/term.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useTrailSelection } from '../../state/trail-items.ts';
import { useWorkingChoice } from '../../state/working-choice.ts';
import { useVerdict } from '../../verdict/use-verdict.ts';
import styles from './choose.module.css';

type OutcomeProps = {
  /** undefined: not known yet. */
  readonly result: SelectionResult | undefined;
  readonly run: Run;
};

export function Outcome({ result, run }: OutcomeProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  // in another type or repaired, the planned file differs from what its experts alone suggest
  const planned = useVerdict(useTrailSelection());
  const isUnsaved = useWorkingChoice((working) => working.isUnsaved);
  if (result === undefined) return <Skeleton height={48} />;
  const own = isUnsaved || planned?.type === undefined ? null : { ...planned.bytes, type: planned.type };
  const { keep, nExpert, retained, bytes, domains } = result;
  const mean = retained.reduce((sum, share) => sum + share, 0) / retained.length;
  const worst = retained.indexOf(Math.min(...retained));
  return (
    <>
      <dl className={classNames(kit.chips, styles.outcome)}>
        <div>
          <dt>{t('choose.kept')}</dt>
          <dd>{t('choose.keptOf', { keep, total: nExpert })}</dd>
        </div>
        <div>
          <dt>{t('choose.size')}</dt>
          <dd>
            {own !== null ? (
              <>
                <Bytes value={own.pruned} />
                <span className={styles.dim}>
                  {t('choose.sizeAs', {
                    type: own.type,
                    size: format.bytes(own.full),
                    share: format.percent(own.pruned / own.full),
                  })}
                </span>
              </>
            ) : bytes === null ? (
              t('choose.sizeUnknown')
            ) : (
              <>
                <Bytes value={bytes.pruned} />
                <span className={styles.dim}>
                  {t('choose.sizeOf', {
                    size: format.bytes(bytes.full),
                    share: format.percent(bytes.pruned / bytes.full),
                  })}
                </span>
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>
            <Term name="retained">{t('choose.retained')}</Term>
          </dt>
          <dd>{format.percent(mean)}</dd>
        </div>
        <div>
          <dt>{t('choose.worst')}</dt>
          <dd>
            {format.percent(retained[worst] ?? 0)}
            <span className={styles.dim}>{t('choose.layer', { block: run.moeLayers[worst] })}</span>
          </dd>
        </div>
        {domains.length > 1 &&
          domains.map(({ domain, retained: share }, index) => (
            // two runs may belong to one domain
            <div key={index}>
              <dt>{domain}</dt>
              <dd>{format.percent(share)}</dd>
            </div>
          ))}
      </dl>
    </>
  );
}
