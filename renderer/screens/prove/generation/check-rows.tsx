// One check: how often each model fails it, in domain and out of domain.
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { GenerationCheck } from '../../../../electron/contract/api/generations.ts';
import { useFormat } from '../../../kit/use-format.ts';
import type { Interval } from '../../../measures/combine.ts';
import { SIDES, type SideName } from '../comparison.ts';
import table from '../prove.module.css';
import type { ProofVariant } from '../use-proof.ts';
import { VariantButton } from '../variant-button.tsx';
import { Axis, BlockHead, Gap, Pair, Value } from './answer-cells.tsx';
import { rateScale } from './answer-scale.ts';
import type { AnswerSide, ComparedAnswers } from './compared-answers.ts';
import styles from './generation.module.css';
import type { Rate } from './pooled.ts';
import { useRateFormat } from './use-rate-format.ts';
import { isWorse } from './worse.ts';

type CheckRowsProps = {
  readonly check: GenerationCheck;
  readonly compared: ComparedAnswers;
  readonly variants: readonly ProofVariant[];
};

export function CheckRows({ check, compared: { sides }, variants }: CheckRowsProps): ReactNode {
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

function drawnRates(check: GenerationCheck, sides: readonly AnswerSide[]): Interval[] {
  return sides.flatMap(({ figures, variants }) =>
    [figures, ...[...variants.values()].map((one) => one.figures)].flatMap((one) => one?.rates[check] ?? []),
  );
}
