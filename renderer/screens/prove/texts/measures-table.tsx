// One block per measure, with the figures of all texts of a side combined.
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import kit from '../../../kit/primitives.module.css';
import { Term } from '../../../kit/term.tsx';
import { useFormat } from '../../../kit/use-format.ts';
import type { Interval } from '../../../../electron/contract/interval.ts';
import { TEXT_MEASURES, type TextMeasure } from '../../../../electron/contract/several-texts.ts';
import { MEASURE_TERMS, type Figures } from '../../../measures/combine.ts';
import { DotRows, DotTable } from '../proof/dot-table.tsx';
import { measureScale } from '../proof/measure-scale.ts';
import styles from '../proof/prove.module.css';
import { SIDES, type SideName } from '../proof/sides.ts';
import type { ProofVariant } from '../proof/use-proof.ts';
import type { Comparison } from './comparison.ts';
import { useMeasureFormat } from './use-measure-format.ts';

/** The full model compared with itself. */
const OWN: Readonly<Record<Exclude<TextMeasure, 'perplexity'>, Interval>> = {
  ratio: { value: 1, standardError: 0, low: 1, high: 1 },
  klMean: { value: 0, standardError: 0, low: 0, high: 0 },
  klP99: { value: 0, standardError: 0, low: 0, high: 0 },
  top1: { value: 1, standardError: 0, low: 1, high: 1 },
};

type MeasuresTableProps = { readonly comparison: Comparison; readonly variants: readonly ProofVariant[] };

export function MeasuresTable({ comparison, variants }: MeasuresTableProps): ReactNode {
  const { t } = useTranslation();
  const sideNote = useSideNote();
  const shown = variants.filter(({ key }) =>
    SIDES.some((side) => (comparison[side].variants.get(key)?.texts ?? 0) > 0),
  );
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={t('prove.figures')}>
      <DotTable
        label={t('prove.figures')}
        widths={{ table: undefined, name: styles.nameColumn, value: styles.valueColumn }}
        corner={t('prove.legend')}
        note={(side) => sideNote(comparison[side])}
      >
        {TEXT_MEASURES.filter((measure) => measure === 'perplexity' || shown.length > 0).map((measure) => (
          <MeasureRows key={measure} measure={measure} comparison={comparison} variants={shown} />
        ))}
      </DotTable>
    </div>
  );
}

function useSideNote(): (side: Comparison[SideName]) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return ({ texts, full }) => {
    if (full === null) return t('prove.noneMeasured');
    const domains = format.list([...new Set(texts.map(({ domain }) => domain))]);
    const measured = t('prove.sideTexts', { domains, count: texts.length, tokens: format.count(full.tokens) });
    const { units } = full;
    return units === null ? measured : `${measured} · ${t(`prove.units.${units.unit}`, { count: units.count })}`;
  };
}

type MeasureRowsProps = MeasuresTableProps & { readonly measure: TextMeasure };

function MeasureRows({ measure, comparison, variants }: MeasureRowsProps): ReactNode {
  const { t } = useTranslation();
  const format = useMeasureFormat();
  const scale = useMemo(() => measureScale(measure, drawn(measure, comparison)), [measure, comparison]);
  const full = (side: SideName): Interval | null => reference(measure, comparison[side].full);
  return (
    <DotRows
      title={<Term name={MEASURE_TERMS[measure]}>{t(`prove.measures.${measure}`)}</Term>}
      note={
        <>
          {t(`prove.better.${measure}`)}
          {scale.isLog && t('prove.logScale')}
        </>
      }
      scale={scale}
      variants={variants}
      full={full}
      tick={(value) => format.tick(measure, value)}
      {...(measure === 'perplexity' && {
        fullFigure: (side) => <Figure measure={measure} interval={full(side)} />,
      })}
      dot={(side, { key }) => comparison[side].variants.get(key)?.figures?.[measure] ?? null}
      figure={(side, { key }) => {
        const { figures = null, texts = 0 } = comparison[side].variants.get(key) ?? {};
        const total = comparison[side].texts.length;
        const gap = total > 0 && texts < total ? t('prove.partly', { measured: texts, total }) : '';
        return <Figure measure={measure} interval={figures?.[measure] ?? null} gap={gap} />;
      }}
    />
  );
}

type FigureProps = {
  readonly measure: TextMeasure;
  readonly interval: Interval | null;
  /** Shown where there is no figure. */
  readonly gap?: string;
};

function Figure({ measure, interval, gap = '' }: FigureProps): ReactNode {
  const format = useMeasureFormat();
  if (interval === null) return <span className={styles.small}>{gap}</span>;
  const range = format.range(measure, interval);
  return (
    <>
      {format.value(measure, interval.value)}
      {range !== null && <span className={kit.tiny}>{` (${range})`}</span>}
    </>
  );
}

function reference(measure: TextMeasure, full: Figures | null): Interval | null {
  return measure === 'perplexity' || full === null ? (full?.perplexity ?? null) : OWN[measure];
}

/** Returns everything that is drawn of a measure, on both sides. */
function drawn(measure: TextMeasure, comparison: Comparison): Interval[] {
  return SIDES.flatMap((side) => {
    const { full, variants } = comparison[side];
    const intervals = [...variants.values()].map(({ figures }) => figures?.[measure] ?? null);
    return [reference(measure, full), ...intervals].filter((interval) => interval !== null);
  });
}
