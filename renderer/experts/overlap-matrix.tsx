// How far the runs of several domains would keep the same experts: a shaded table with the share for each pair. Each
// pair has two cells: above the diagonal its Jaccard index, below it the experts that both keep divided by those that
// each keeps, as in the paper.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '../../electron/contract/api/runs.ts';
import type { Criterion } from '../../electron/contract/criteria.ts';
import type { TokenChoice } from '../../electron/contract/token-classes.ts';
import { Term } from '../kit/term.tsx';
import { useFormat } from '../kit/use-format.ts';
import { useCall } from '../state/calls.ts';
import styles from './overlap-matrix.module.css';

type OverlapMatrixProps = {
  /** At least two, of one model, with scores. */
  readonly runs: readonly Run[];
  readonly criterion: Criterion;
  readonly tokens: TokenChoice;
  /** Experts kept per layer. */
  readonly keep: number;
};

export function OverlapMatrix({ runs, criterion, tokens, keep }: OverlapMatrixProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useCall(
    'runs.overlap',
    { runIds: runs.map(({ id }) => id), criterion, tokens, keep },
    { keepPrevious: true },
  );
  const total = runs[0]?.nExpert ?? keep;
  if (data?.overlap.length !== runs.length ** 2) return null;
  const domains = new Set(runs.map(({ domain }) => domain));
  const nameOf = ({ id, domain }: Run): string =>
    domains.size === runs.length ? domain : t('experts.overlap.run', { id, domain });
  return (
    <div className={styles.scroll}>
      <table className={styles.matrix}>
        <caption>
          <Term name="overlap">{t('experts.overlap.title', { keep, total })}</Term>
          <span>{t('experts.overlap.above', { share: format.percentWhole(byChance(keep / total)) })}</span>
          <span>{t('experts.overlap.below', { share: format.percentWhole(keep / total) })}</span>
        </caption>
        <thead>
          <tr>
            <td />
            {runs.map((run) => (
              <th key={run.id} scope="col">
                <span>{nameOf(run)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {runs.map((run, row) => (
            <tr key={run.id}>
              <th scope="row">{nameOf(run)}</th>
              {runs.map((other, column) => {
                const shares = row < column ? data.overlap : data.common;
                const share = shares[row * runs.length + column] ?? 0;
                return row === column ? (
                  <td key={other.id} className={styles.same} />
                ) : (
                  <td key={other.id} style={{ backgroundColor: shade(share) }}>
                    {format.decimal(100 * share, 0)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Jaccard index of two random choices that each keep this share of the experts, to first order: s² / (2s − s²). */
function byChance(share: number): number {
  return share / (2 - share);
}

function shade(share: number): string {
  return `color-mix(in srgb, var(--accent) ${Math.round(share * 40)}%, transparent)`;
}
