// The figures of each single text.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Evaluation } from '../../../../electron/contract/api/evaluations.ts';
import { Term } from '../../../kit/term.tsx';
import { Unbroken } from '../../../kit/unbroken.tsx';
import { useFormat } from '../../../kit/use-format.ts';
import { TEXT_MEASURES } from '../../../../electron/contract/several-texts.ts';
import { combine, MEASURE_TERMS } from '../../../measures/combine.ts';
import styles from '../proof/prove.module.css';
import { SIDES } from '../proof/sides.ts';
import type { ProofVariant } from '../proof/use-proof.ts';
import { VariantButton } from '../proof/variant-name.tsx';
import type { ComparedText, Comparison } from './comparison.ts';
import { useMeasureFormat } from './use-measure-format.ts';

type TextFiguresProps = { readonly comparison: Comparison; readonly variants: readonly ProofVariant[] };

export function TextFigures({ comparison, variants }: TextFiguresProps): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={t('prove.figures')}>
      <table className={styles.byText} aria-label={t('prove.figures')}>
        <thead>
          <tr>
            <th scope="col">{t('prove.model')}</th>
            {TEXT_MEASURES.map((measure) => (
              <th key={measure} scope="col" className={styles.value}>
                <Term name={MEASURE_TERMS[measure]}>{t(`prove.measures.${measure}`)}</Term>
              </th>
            ))}
          </tr>
        </thead>
        {SIDES.flatMap((side) =>
          comparison[side].texts.map((text) => (
            <TextRows key={text.key} text={text} side={t(`prove.${side}`)} variants={variants} />
          )),
        )}
      </table>
    </div>
  );
}

type TextRowsProps = {
  readonly text: ComparedText;
  readonly side: string;
  readonly variants: readonly ProofVariant[];
};

function TextRows({ text, side, variants }: TextRowsProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <tbody>
      <tr className={styles.measureHead}>
        <th scope="rowgroup" colSpan={TEXT_MEASURES.length + 1}>
          {text.name}{' '}
          <span className={styles.small}>
            {[side, text.domain, t('prove.tokens', { count: text.full.tokens }), format.date(text.full.createdMs)].join(
              ' · ',
            )}
          </span>
        </th>
      </tr>
      <FigureRow name={t('prove.full')} row={text.full} />
      {variants.map((variant) => {
        const row = text.variants.get(variant.key);
        return (
          row && (
            <FigureRow key={variant.key} name={<VariantButton variant={variant} variants={variants} />} row={row} />
          )
        );
      })}
    </tbody>
  );
}

function FigureRow({ name, row }: { readonly name: ReactNode; readonly row: Evaluation }): ReactNode {
  const format = useMeasureFormat();
  const figures = combine([row]);
  return (
    <tr>
      <th scope="row">{name}</th>
      {TEXT_MEASURES.map((measure) => {
        const interval = figures[measure];
        return (
          <td key={measure} className={styles.value}>
            {interval === null ? '–' : <Unbroken text={format.interval(measure, interval)} />}
          </td>
        );
      })}
    </tr>
  );
}
