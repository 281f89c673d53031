// What the blocks of the answers' table are made of.
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { VisuallyHidden } from 'react-aria-components';
import { classNames } from '../../../kit/class-names.ts';
import type { Interval } from '../../../measures/combine.ts';
import { SIDES } from '../comparison.ts';
import { DotCell, Ticks } from '../dot-cell.tsx';
import type { MeasureScale } from '../measure-scale.ts';
import table from '../prove.module.css';
import type { AnswerSide } from './compared-answers.ts';
import styles from './generation.module.css';

export function BlockHead({ title, note }: { readonly title: string; readonly note: string }): ReactNode {
  return (
    <tr className={table.measureHead}>
      <th scope="rowgroup" colSpan={5}>
        {title} <span className={table.small}>{note}</span>
      </th>
    </tr>
  );
}

type AxisProps = { readonly scale: MeasureScale; readonly label: (tick: number) => string };

export function Axis({ scale, label }: AxisProps): ReactNode {
  return (
    <tr aria-hidden className={table.axis}>
      <td />
      {SIDES.map((side) => (
        <Ticks key={side} scale={scale} label={label} />
      ))}
    </tr>
  );
}

type PairProps = {
  readonly scale: MeasureScale;
  readonly full: Interval | null;
  readonly dot: Interval | null;
  readonly isPlain?: boolean;
  readonly children: ReactNode;
};

/** A dot and its figure. */
export function Pair({ scale, full, dot, isPlain = false, children }: PairProps): ReactNode {
  return (
    <>
      <DotCell {...{ scale, full, dot, isPlain }} />
      <td className={table.value}>{children}</td>
    </>
  );
}

type ValueProps = {
  readonly count?: string;
  readonly figure: string;
  readonly range?: string;
  readonly isWorse?: boolean;
};

export function Value({ count, figure, range, isWorse = false }: ValueProps): ReactNode {
  const { t } = useTranslation();
  return (
    <span className={styles.figure}>
      {count !== undefined && <span className={styles.count}>{count}</span>}
      <span className={classNames(styles.share, isWorse && styles.worse)}>
        {isWorse && (
          <>
            <TriangleAlert size={12} aria-hidden />
            <VisuallyHidden>{t('generation.beyondChance')} </VisuallyHidden>
          </>
        )}
        {figure}
      </span>
      <span className={styles.range}>{range}</span>
    </span>
  );
}

/** Stands where there is no figure. */
export function Gap({ of, variantKey }: { readonly of: AnswerSide; readonly variantKey: string }): ReactNode {
  const { t } = useTranslation();
  const checked = of.variants.get(variantKey)?.rows.length ?? 0;
  if (of.full.length === 0) return null;
  return <span className={styles.gap}>{t('generation.partly', { checked, total: of.full.length })}</span>;
}
