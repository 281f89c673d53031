// The labelled points of the curve as numbers.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallResult } from '../../../electron/contract/api.ts';
import { classNames } from '../../kit/class-names.ts';
import table from '../../kit/table.module.css';
import { useFormat } from '../../kit/use-format.ts';
import { milestones } from './milestones.ts';
import styles from './score.module.css';

export function AgreementTable({ data: { points } }: { readonly data: CallResult<'runs.agreement'> }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <table className={classNames(table.figures, styles.points)} aria-label={t('score.agreementPoints')}>
      <thead>
        <tr>
          <th scope="col">{t('score.pointDemos')}</th>
          <th scope="col">{t('score.pointAgreed')}</th>
          <th scope="col">{t('score.pointRange')}</th>
          <th scope="col">{t('score.pointHeld')}</th>
        </tr>
      </thead>
      <tbody>
        {milestones(points).map(({ demos, agreed, low, high, held }) => (
          <tr key={demos}>
            <th scope="row">{format.count(demos)}</th>
            <td>{format.percent(agreed)}</td>
            <td>{low < high && `${format.decimal(100 * low, 0)}–${format.percentWhole(high)}`}</td>
            {/* rounded down: a value below a threshold must not read as if it had reached it */}
            <td>{format.percent(Math.floor(1000 * held) / 1000)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
