// What was found in the answers: one block a check, one line a model, in domain and out of domain side by side on the same
// scale. It is a table, so that what the dots show is read as well.
import { TriangleAlert } from 'lucide-react';
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { VisuallyHidden } from 'react-aria-components';
import { GENERATION_CHECKS, type GenerationCheck } from '../../../../electron/contract/api/generations.ts';
import { classNames } from '../../../kit/class-names.ts';
import { useFormat } from '../../../kit/use-format.ts';
import type { Interval } from '../../../measures/combine.ts';
import { SIDES, type SideName } from '../comparison.ts';
import { DotCell, Ticks } from '../dot-cell.tsx';
import table from '../prove.module.css';
import type { ProofVariant } from '../use-proof.ts';
import { VariantButton } from '../variant-button.tsx';
import { lengthScale, rateScale } from './answer-scale.ts';
import type { AnswerSide, ComparedAnswers } from './compared-answers.ts';
import styles from './generation.module.css';
import type { Rate } from './pooled.ts';
import { useRateFormat } from './use-rate-format.ts';
import { isWorse } from './worse.ts';

type AnswersTableProps = { readonly compared: ComparedAnswers; readonly variants: readonly ProofVariant[] };

export function AnswersTable({ compared, variants }: AnswersTableProps): ReactNode {
  const { t } = useTranslation();
  const { sides } = compared;
  const shown = variants.filter(({ key }) => SIDES.some((side) => (sides[side].variants.get(key)?.rows.length ?? 0) > 0)); // prettier-ignore
  const judged = GENERATION_CHECKS.filter((check) => SIDES.some((side) => sides[side].figures?.rates[check]));
  return (
    <div className={table.scroll} tabIndex={0} role="region" aria-label={t('generation.figures')}>
      <table className={classNames(table.measures, styles.rates)} aria-label={t('generation.figures')}>
        <colgroup>
          <col className={styles.nameColumn} />
          {SIDES.map((side) => [
            <col key={`${side} picture`} />,
            <col key={`${side} value`} className={styles.rateColumn} />,
          ])}
        </colgroup>
        <thead>
          <tr>
            <td className={table.legend}>{t('generation.legend')}</td>
            {SIDES.map((side) => (
              <th key={side} scope="col" colSpan={2}>
                <SideHead side={side} of={sides[side]} />
              </th>
            ))}
          </tr>
        </thead>
        {judged.map((check) => (
          <CheckRows key={check} {...{ check, compared }} variants={shown} />
        ))}
        <LengthRows compared={compared} variants={shown} />
      </table>
    </div>
  ); // prettier-ignore
}

function SideHead({ side, of }: { readonly side: SideName; readonly of: AnswerSide }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      {t(`prove.${side}`)}{' '}
      <span className={table.small}>
        {of.full.length === 0
          ? t('generation.noneChecked')
          : t('generation.sidePrompts', {
              domains: format.list(of.full.map(({ domain }) => domain)),
              count: of.prompts,
            })}
      </span>
    </>
  );
}

type RowsProps = { readonly compared: ComparedAnswers; readonly variants: readonly ProofVariant[] };

function CheckRows({
  check,
  compared: { sides },
  variants,
}: RowsProps & { readonly check: GenerationCheck }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const fullOf = (side: SideName): Rate | null => sides[side].figures?.rates[check] ?? null;
  const scale = useMemo(() => rateScale(check, drawnRates(check, Object.values(sides))), [check, sides]);
  return (
    <tbody>
      <BlockHead title={t(`generation.checks.${check}`)} note={t(`generation.better.${check}`)} />
      <tr>
        <th scope="row" className={table.fullName}>
          {t('prove.full')}
        </th>
        {SIDES.map((side) => (
          <Pair key={side} scale={scale} full={fullOf(side)} dot={null}>
            <RateValue rate={fullOf(side)} hasSide={sides[side].full.length > 0} />
          </Pair>
        ))}
      </tr>
      {variants.map((variant) => (
        <tr key={variant.key}>
          <th scope="row">
            <VariantButton variant={variant} variants={variants} />
          </th>
          {SIDES.map((side) => {
            const { figures = null, damage = null } = sides[side].variants.get(variant.key) ?? {};
            const rate = figures?.rates[check] ?? null;
            return (
              <Pair key={side} scale={scale} full={fullOf(side)} dot={rate} isPlain={variant.kind === 'gone'}>
                {figures === null ? (
                  <Gap of={sides[side]} variantKey={variant.key} />
                ) : (
                  <RateValue rate={rate} hasSide isWorse={isWorse(check, damage?.differences[check] ?? null)} />
                )}
              </Pair>
            );
          })}
        </tr>
      ))}
      <Axis scale={scale} label={format.percentWhole} />
    </tbody>
  ); // prettier-ignore
}

function LengthRows({ compared: { sides }, variants }: RowsProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const rateFormat = useRateFormat();
  const scale = useMemo(() => lengthScale(drawnRatios(Object.values(sides))), [sides]);
  const own: Interval = { value: 1, low: 1, high: 1 };
  const tokens = (count: number): string => t('prove.tokens', { count: Math.round(count) });
  return (
    <tbody>
      <BlockHead title={t('generation.length')} note={t('generation.lengthNote')} />
      <tr>
        <th scope="row" className={table.fullName}>
          {t('prove.full')}
        </th>
        {SIDES.map((side) => {
          const { figures } = sides[side];
          return (
            <Pair key={side} scale={scale} full={figures && own} dot={null}>
              {figures && <Value figure={tokens(figures.medianTokens)} />}
            </Pair>
          );
        })}
      </tr>
      {variants.map((variant) => (
        <tr key={variant.key}>
          <th scope="row">
            <VariantButton variant={variant} variants={variants} />
          </th>
          {SIDES.map((side) => {
            const { figures = null, damage = null } = sides[side].variants.get(variant.key) ?? {};
            const isPlain = variant.kind === 'gone';
            const dot = damage?.lengthRatio ?? null;
            return (
              <Pair key={side} scale={scale} full={sides[side].figures && own} dot={dot} isPlain={isPlain}>
                {figures === null || dot === null ? (
                  <Gap of={sides[side]} variantKey={variant.key} />
                ) : (
                  <Value
                    count={tokens(figures.medianTokens)}
                    figure={rateFormat.ratio(dot.value)}
                    range={rateFormat.ratioRange(dot)}
                  />
                )}
              </Pair>
            );
          })}
        </tr>
      ))}
      <Axis scale={scale} label={(tick) => `×${format.score(tick)}`} />
    </tbody>
  );
}

function BlockHead({ title, note }: { readonly title: string; readonly note: string }): ReactNode {
  return (
    <tr className={table.measureHead}>
      <th scope="rowgroup" colSpan={5}>
        {title} <span className={table.small}>{note}</span>
      </th>
    </tr>
  );
}

type AxisProps = { readonly scale: ReturnType<typeof rateScale>; readonly label: (tick: number) => string };

function Axis({ scale, label }: AxisProps): ReactNode {
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
  readonly scale: ReturnType<typeof rateScale>;
  readonly full: Interval | null;
  readonly dot: Interval | null;
  readonly isPlain?: boolean;
  readonly children: ReactNode;
};

/** A dot and its figure. */
function Pair({ scale, full, dot, isPlain = false, children }: PairProps): ReactNode {
  return (
    <>
      <DotCell {...{ scale, full, dot, isPlain }} />
      <td className={table.value}>{children}</td>
    </>
  );
}

type RateValueProps = {
  readonly rate: Rate | null;
  /** Something was checked there: then it is said that this could not be judged. */
  readonly hasSide: boolean;
  /** More than chance explains. */
  readonly isWorse?: boolean;
};

/** "3 of 20  15%  5–36%" */
function RateValue({ rate, hasSide, isWorse = false }: RateValueProps): ReactNode {
  const { t } = useTranslation();
  const format = useRateFormat();
  if (rate === null) return hasSide && <span className={styles.gap}>{t('generation.notJudged')}</span>;
  return (
    <Value
      count={t('generation.hits', { hits: rate.hits, count: rate.judged })}
      figure={format.share(rate.value, rate.judged)}
      range={format.range(rate)}
      isWorse={isWorse}
    />
  );
}

type ValueProps = {
  readonly count?: string;
  readonly figure: string;
  readonly range?: string;
  readonly isWorse?: boolean;
};

function Value({ count, figure, range, isWorse = false }: ValueProps): ReactNode {
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
function Gap({ of, variantKey }: { readonly of: AnswerSide; readonly variantKey: string }): ReactNode {
  const { t } = useTranslation();
  const checked = of.variants.get(variantKey)?.rows.length ?? 0;
  if (of.full.length === 0) return null;
  return <span className={styles.gap}>{t('generation.partly', { checked, total: of.full.length })}</span>;
}

function drawnRates(check: GenerationCheck, sides: readonly AnswerSide[]): Interval[] {
  return sides.flatMap(({ figures, variants }) =>
    [figures, ...[...variants.values()].map((one) => one.figures)].flatMap((one) => one?.rates[check] ?? []),
  );
}

function drawnRatios(sides: readonly AnswerSide[]): Interval[] {
  return sides.flatMap(({ variants }) => [...variants.values()].flatMap(({ damage }) => damage?.lengthRatio ?? []));
}
