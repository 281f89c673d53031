// Small multiples: one block a measure, one line a variant, in domain and out of domain side by side on the same scale.
// It is a table, so that what the dots show is read as well.
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Term } from '../../kit/term.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { MEASURE_TERMS, MEASURES, type Figures, type Interval, type Measure } from '../../measures/combine.ts';
import { SIDES, type Comparison, type SideName } from './comparison.ts';
import { DotCell, TickCell } from './dot-cell.tsx';
import { measureScale, type MeasureScale } from './measure-scale.ts';
import styles from './prove.module.css';
import { useMeasureFormat } from './use-measure-format.ts';
import type { Proof, ProofVariant } from './use-proof.ts';
import { VariantButton } from './variant-button.tsx';

/** The full model against itself. */
const OWN: Readonly<Record<Exclude<Measure, 'perplexity'>, Interval>> = {
  ratio: { value: 1, low: 1, high: 1 },
  klMean: { value: 0, low: 0, high: 0 },
  klP99: { value: 0, low: 0, high: 0 },
  top1: { value: 1, low: 1, high: 1 },
};

export function MeasuresTable({ proof }: { readonly proof: Proof }): ReactNode {
  const { t } = useTranslation();
  const { comparison } = proof;
  const shown = proof.variants.filter(({ key }) =>
    SIDES.some((side) => (comparison[side].variants.get(key)?.texts ?? 0) > 0),
  );
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={t('prove.figures')}>
      <table className={styles.measures} aria-label={t('prove.figures')}>
        <colgroup>
          <col className={styles.nameColumn} />
          {SIDES.map((side) => [
            <col key={`${side} picture`} />,
            <col key={`${side} value`} className={styles.valueColumn} />,
          ])}
        </colgroup>
        <thead>
          <tr>
            <td className={styles.legend}>{t('prove.legend')}</td>
            {SIDES.map((side) => (
              <th key={side} scope="col" colSpan={2}>
                <SideHead side={side} proof={proof} />
              </th>
            ))}
          </tr>
        </thead>
        {MEASURES.filter((measure) => measure === 'perplexity' || shown.length > 0).map((measure) => (
          <MeasureRows key={measure} measure={measure} comparison={comparison} variants={shown} />
        ))}
      </table>
    </div>
  );
}

function SideHead({ side, proof }: { readonly side: SideName; readonly proof: Proof }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { texts, full } = proof.comparison[side];
  const domains = [...new Set(texts.map(({ domain }) => domain))];
  return (
    <>
      {t(`prove.${side}`)}{' '}
      <span className={styles.small}>
        {full === null
          ? t('prove.noneMeasured')
          : t('prove.sideTexts', {
              domains: format.list(domains),
              count: texts.length,
              tokens: format.count(full.tokens),
            })}
        {full?.units && ` · ${t(`prove.units.${full.units.unit}`, { count: full.units.count })}`}
      </span>
    </>
  );
}

type MeasureRowsProps = {
  readonly measure: Measure;
  readonly comparison: Comparison;
  readonly variants: readonly ProofVariant[];
};

function MeasureRows({ measure, comparison, variants }: MeasureRowsProps): ReactNode {
  const { t } = useTranslation();
  const scale = useMemo(() => measureScale(measure, drawn(measure, comparison)), [measure, comparison]);
  const fullOf = (side: SideName): Interval | null => reference(measure, comparison[side].full);
  return (
    <tbody>
      <tr className={styles.measureHead}>
        <th scope="rowgroup" colSpan={5}>
          <Term name={MEASURE_TERMS[measure]}>{t(`prove.measures.${measure}`)}</Term>{' '}
          <span className={styles.small}>
            {t(`prove.better.${measure}`)}
            {scale.isLog && t('prove.logScale')}
          </span>
        </th>
      </tr>
      {measure === 'perplexity' && (
        <tr>
          <th scope="row" className={styles.fullName}>
            {t('prove.full')}
          </th>
          {SIDES.map((side) => (
            <Pair key={side} {...{ measure, scale }} full={fullOf(side)} shown={fullOf(side)} isFull />
          ))}
        </tr>
      )}
      {variants.map((variant) => (
        <tr key={variant.key}>
          <th scope="row">
            <VariantButton variant={variant} variants={variants} />
          </th>
          {SIDES.map((side) => {
            const { figures = null, texts = 0 } = comparison[side].variants.get(variant.key) ?? {};
            const total = comparison[side].texts.length;
            const gap = total > 0 && texts < total ? t('prove.partly', { measured: texts, total }) : '';
            return (
              <Pair
                key={side}
                {...{ measure, scale, gap }}
                full={fullOf(side)}
                shown={figures?.[measure] ?? null}
                isPlain={variant.kind === 'gone'}
              />
            );
          })}
        </tr>
      ))}
      <tr aria-hidden className={styles.axis}>
        <td />
        {SIDES.map((side) => (
          <TickCell key={side} measure={measure} scale={scale} />
        ))}
      </tr>
    </tbody>
  );
}

type PairProps = {
  readonly measure: Measure;
  readonly scale: MeasureScale;
  readonly full: Interval | null;
  readonly shown: Interval | null;
  /** Stands where there is no figure. */
  readonly gap?: string;
  readonly isFull?: boolean;
  /** Not the plan itself. */
  readonly isPlain?: boolean;
};

/** A dot and its figure. */
function Pair({ measure, scale, full, shown, gap = '', isFull = false, isPlain = false }: PairProps): ReactNode {
  const format = useMeasureFormat();
  const range = shown && format.range(measure, shown);
  return (
    <>
      <DotCell scale={scale} full={full} dot={isFull ? null : shown} isPlain={isPlain} />
      <td className={shown === null ? styles.gap : styles.value}>
        {shown === null ? gap : format.value(measure, shown.value)}
        {range !== null && <span className={styles.range}>{` (${range})`}</span>}
      </td>
    </>
  );
}

function reference(measure: Measure, full: Figures | null): Interval | null {
  return measure === 'perplexity' || full === null ? (full?.perplexity ?? null) : OWN[measure];
}

/** Everything of one measure, on both sides. */
function drawn(measure: Measure, comparison: Comparison): Interval[] {
  return SIDES.flatMap((side) => {
    const { full, variants } = comparison[side];
    const intervals = [...variants.values()].map(({ figures }) => figures?.[measure] ?? null);
    return [reference(measure, full), ...intervals].filter((interval) => interval !== null);
  });
}
