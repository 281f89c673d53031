// What was found in the answers: one block per check, and one for their lengths.
import { TriangleAlert } from 'lucide-react';
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { VisuallyHidden } from 'react-aria-components';
import { GENERATION_CHECKS, isWorse, type GenerationCheck } from '../../../../electron/contract/generation-checks.ts';
import { classNames } from '../../../kit/class-names.ts';
import kit from '../../../kit/primitives.module.css';
import { useFormat } from '../../../kit/use-format.ts';
import type { Bounded } from '../../../../electron/contract/interval.ts';
import { DotRows, DotTable } from '../proof/dot-table.tsx';
import table from '../proof/prove.module.css';
import { SIDES, type SideName } from '../proof/sides.ts';
import type { ProofVariant } from '../proof/use-proof.ts';
import { useRateFormat } from './answer-format.ts';
import { lengthScale, rateScale } from './answer-scale.ts';
import styles from './answers.module.css';
import type { AnswerSide, ComparedAnswers } from './compared-answers.ts';
import type { Rate } from './pooled.ts';

type AnswersTableProps = { readonly compared: ComparedAnswers; readonly variants: readonly ProofVariant[] };

export function AnswersTable({ compared, variants }: AnswersTableProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { sides } = compared;
  const shown = variants.filter(({ key }) =>
    SIDES.some((side) => (sides[side].variants.get(key)?.rows.length ?? 0) > 0),
  );
  const judged = GENERATION_CHECKS.filter((check) => SIDES.some((side) => sides[side].figures?.rates[check]));
  const sideNote = ({ full, prompts }: AnswerSide): string =>
    full.length === 0
      ? t('generation.noneChecked')
      : t('generation.sidePrompts', { domains: format.list(full.map(({ domain }) => domain)), count: prompts });
  return (
    <div className={table.scroll} tabIndex={0} role="region" aria-label={t('generation.figures')}>
      <DotTable
        label={t('generation.figures')}
        widths={{ table: styles.rates, name: styles.nameColumn, value: styles.rateColumn }}
        note={(side) => sideNote(sides[side])}
      >
        {judged.map((check) => (
          <CheckRows key={check} check={check} compared={compared} variants={shown} />
        ))}
        <LengthRows compared={compared} variants={shown} />
      </DotTable>
      <p className={classNames(kit.note, styles.legend)}>{t('generation.legend')}</p>
    </div>
  );
}

type CheckRowsProps = AnswersTableProps & { readonly check: GenerationCheck };

/** How often each model fails a check. */
function CheckRows({ check, compared: { sides }, variants }: CheckRowsProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const scale = useMemo(() => rateScale(check, drawnRates(check, Object.values(sides))), [check, sides]);
  const full = (side: SideName): Rate | null => sides[side].figures?.rates[check] ?? null;
  return (
    <DotRows
      title={t(`generation.checks.${check}`)}
      note={t(`generation.better.${check}`)}
      scale={scale}
      variants={variants}
      full={full}
      tick={format.percentWhole}
      fullFigure={(side) => <RateFigure rate={full(side)} hasSide={sides[side].full.length > 0} />}
      dot={(side, { key }) => sides[side].variants.get(key)?.figures?.rates[check] ?? null}
      figure={(side, { key }) => {
        const { figures = null, damage = null } = sides[side].variants.get(key) ?? {};
        if (figures === null) return <Gap of={sides[side]} variantKey={key} />;
        const isFault = isWorse(check, damage?.differences[check] ?? null);
        return <RateFigure rate={figures.rates[check]} hasSide isFault={isFault} />;
      }}
    />
  );
}

/** The full model compared with itself. */
const OWN: Bounded = { value: 1, standardError: 0, low: 1, high: 1 };

/** How much each model writes. */
function LengthRows({ compared: { sides }, variants }: AnswersTableProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const rateFormat = useRateFormat();
  const scale = useMemo(() => lengthScale(drawnRatios(Object.values(sides))), [sides]);
  const tokens = (count: number): string => t('prove.tokens', { count: Math.round(count) });
  return (
    <DotRows
      title={t('generation.length')}
      note={t('generation.lengthNote')}
      scale={scale}
      variants={variants}
      tick={(ratio) => `×${format.score(ratio)}`}
      full={(side) => sides[side].figures && OWN}
      fullFigure={(side) => {
        const { figures } = sides[side];
        return figures && <Figure figure={tokens(figures.medianTokens)} />;
      }}
      dot={(side, { key }) => sides[side].variants.get(key)?.damage?.lengthRatio ?? null}
      figure={(side, { key }) => {
        const { figures = null, damage = null } = sides[side].variants.get(key) ?? {};
        if (figures === null || damage === null) return <Gap of={sides[side]} variantKey={key} />;
        return (
          <Figure
            count={tokens(figures.medianTokens)}
            figure={rateFormat.ratio(damage.lengthRatio.value)}
            range={rateFormat.ratioRange(damage.lengthRatio)}
          />
        );
      }}
    />
  );
}

type RateFigureProps = {
  readonly rate: Rate | null;
  /** Something was checked on this side, so the cell says that this check could not be judged. */
  readonly hasSide: boolean;
  /** The rate is worse than chance explains. */
  readonly isFault?: boolean;
};

/** A rate, such as "3 of 20  15%  5–36%". */
function RateFigure({ rate, hasSide, isFault = false }: RateFigureProps): ReactNode {
  const { t } = useTranslation();
  const format = useRateFormat();
  if (rate === null)
    return hasSide && <span className={classNames(kit.note, styles.gap)}>{t('generation.notJudged')}</span>;
  return (
    <Figure
      count={t('generation.hits', { hits: rate.hits, count: rate.judged })}
      figure={format.share(rate.value, rate.judged)}
      range={format.range(rate)}
      isFault={isFault}
    />
  );
}

type FigureProps = {
  readonly count?: string;
  readonly figure: string;
  readonly range?: string;
  readonly isFault?: boolean;
};

function Figure({ count, figure, range, isFault = false }: FigureProps): ReactNode {
  const { t } = useTranslation();
  return (
    <span className={styles.figure}>
      {count !== undefined && <span className={classNames(kit.note, styles.count)}>{count}</span>}
      <span className={classNames(styles.share, isFault && styles.worse)}>
        {isFault && (
          <>
            <TriangleAlert size={12} aria-hidden />
            <VisuallyHidden>{t('generation.beyondChance')} </VisuallyHidden>
          </>
        )}
        {figure}
      </span>
      <span className={kit.note}>{range}</span>
    </span>
  );
}

/** Shown where there is no figure. */
function Gap({ of, variantKey }: { readonly of: AnswerSide; readonly variantKey: string }): ReactNode {
  const { t } = useTranslation();
  const checked = of.variants.get(variantKey)?.rows.length ?? 0;
  if (of.full.length === 0) return null;
  return (
    <span className={classNames(kit.note, styles.gap)}>
      {t('generation.partly', { checked, total: of.full.length })}
    </span>
  );
}

function drawnRates(check: GenerationCheck, sides: readonly AnswerSide[]): Bounded[] {
  return sides.flatMap(({ figures, variants }) =>
    [figures, ...[...variants.values()].map((one) => one.figures)].flatMap((one) => one?.rates[check] ?? []),
  );
}

function drawnRatios(sides: readonly AnswerSide[]): Bounded[] {
  return sides.flatMap(({ variants }) => [...variants.values()].flatMap(({ damage }) => damage?.lengthRatio ?? []));
}
