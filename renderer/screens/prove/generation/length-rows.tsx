// How much each model writes, in domain and out of domain.
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../kit/use-format.ts';
import type { Interval } from '../../../measures/combine.ts';
import { SIDES } from '../comparison.ts';
import table from '../prove.module.css';
import type { ProofVariant } from '../use-proof.ts';
import { VariantButton } from '../variant-button.tsx';
import { Axis, BlockHead, Gap, Pair, Value } from './answer-cells.tsx';
import { lengthScale } from './answer-scale.ts';
import type { AnswerSide, ComparedAnswers } from './compared-answers.ts';
import { useRateFormat } from './use-rate-format.ts';

/** The full model against itself. */
const OWN: Interval = { value: 1, low: 1, high: 1 };

type LengthRowsProps = { readonly compared: ComparedAnswers; readonly variants: readonly ProofVariant[] };

export function LengthRows({ compared: { sides }, variants }: LengthRowsProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const rateFormat = useRateFormat();
  const scale = useMemo(() => lengthScale(drawnRatios(Object.values(sides))), [sides]);
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
            <Pair key={side} scale={scale} full={figures && OWN} dot={null}>
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
              <Pair key={side} scale={scale} full={sides[side].figures && OWN} dot={dot} isPlain={isPlain}>
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

function drawnRatios(sides: readonly AnswerSide[]): Interval[] {
  return sides.flatMap(({ variants }) => [...variants.values()].flatMap(({ damage }) => damage?.lengthRatio ?? []));
}
