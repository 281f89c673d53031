// The curve's named points as numbers.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallResult } from '../../../electron/contract/api.ts';
import { useFormat } from '../../kit/use-format.ts';
import { milestones } from './milestones.ts';
import styles from './score.module.css';

export function ConvergenceTable({ data: { points } }: { readonly data: CallResult<'runs.convergence'> }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const all = points.at(-1)?.demos;
  return (
    <table className={styles.points} aria-label={t('score.convergencePoints')}>
      <thead>
        <tr>
          <th scope="col">{t('score.pointDemos')}</th>
          <th scope="col">{t('score.pointFound')}</th>
          <th scope="col">{t('score.pointRange')}</th>
        </tr>
      </thead>
      <tbody>
        {milestones(points).map(({ demos, found, low, high }) => (
          <tr key={demos}>
            <th scope="row">{demos === all ? t('score.pointAll', { count: demos }) : format.count(demos)}</th>
            <td>{format.percent(found)}</td>
            <td>{low < high && `${format.decimal(100 * low, 0)}–${format.percentWhole(high)}`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
