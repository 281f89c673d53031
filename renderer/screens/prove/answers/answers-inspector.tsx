// One variant: what it is, how its answers differ from the full model's, and the button that deletes its checks.
import { Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { GENERATION_CHECKS } from '../../../../electron/contract/generation-checks.ts';
import { Inspector } from '../../../inspector/inspector.tsx';
import { Button } from '../../../kit/button.tsx';
import { classNames } from '../../../kit/class-names.ts';
import facts from '../../../kit/facts.module.css';
import type { Format } from '../../../kit/format.ts';
import kit from '../../../kit/primitives.module.css';
import { Term } from '../../../kit/term.tsx';
import { useFormat } from '../../../kit/use-format.ts';
import { deleteGenerations } from '../proof/delete-measured.ts';
import { useProveChoices } from '../proof/prove-choices.ts';
import prove from '../proof/prove.module.css';
import { SIDES, type SideName } from '../proof/sides.ts';
import type { Proof } from '../proof/use-proof.ts';
import { useVariantName } from '../proof/variant-name.tsx';
import { variantKey } from '../proof/variants.ts';
import { useRateFormat, useSamplingName } from './answer-format.ts';
import { samplingKey } from './checked-sets.ts';
import type { ComparedAnswers } from './compared-answers.ts';
import type { Difference } from './pooled.ts';
import type { Answers } from './use-answers.ts';

type AnswersInspectorProps = { readonly proof: Proof; readonly answers: Answers };

export function AnswersInspector({ proof: { selection, variants }, answers }: AnswersInspectorProps): ReactNode {
  const { t } = useTranslation();
  const nameOf = useVariantName();
  const selected = useProveChoices((choices) => choices.selected);
  const variant = variants.find(({ key }) => key === selected);
  const rows = answers.set?.rows.filter((row) => variantKey(row) === selected) ?? [];
  if (variant === undefined || rows.length === 0) return null;
  return (
    <Inspector title={nameOf(variant)}>
      <div className={classNames(kit.stack4, prove.inspector)}>
        <p className={kit.dim}>
          {t(`prove.kinds.${variant.kind}`, {
            selection: selection.name,
            keep: selection.keep,
            total: selection.nExpert,
          })}
        </p>
        {answers.compared.flatMap((compared) =>
          SIDES.map((side) => (
            <SideFacts
              key={`${samplingKey(compared.sampling)} ${side}`}
              side={side}
              compared={compared}
              variantKey={variant.key}
            />
          )),
        )}
        <p className={prove.small}>
          <Term name="pValue">{t('generation.differencesNote')}</Term>
        </p>
        <Button icon={Trash2} onPress={() => void deleteGenerations(rows, t)}>
          {t('generation.delete', { count: rows.length })}
        </Button>
      </div>
    </Inspector>
  );
}

type SideFactsProps = {
  readonly side: SideName;
  readonly compared: ComparedAnswers;
  readonly variantKey: string;
};

function SideFacts({ side, compared: { sampling, sides }, variantKey: key }: SideFactsProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const rateFormat = useRateFormat();
  const samplingName = useSamplingName();
  const { damage = null, rows = [] } = sides[side].variants.get(key) ?? {};
  if (damage === null) return null;
  const name = `${t(`prove.${side}`)} · ${samplingName(sampling)}`;
  return (
    <section aria-label={name}>
      <h3>{name}</h3>
      <p className={prove.small}>
        {[
          format.list(rows.map(({ domain }) => domain)),
          ...new Set(rows.map(({ createdMs }) => format.day(createdMs))),
        ].join(' · ')}
      </p>
      <dl className={classNames(facts.lines, prove.facts)}>
        {GENERATION_CHECKS.map((check) => {
          const difference = damage.differences[check];
          return (
            difference && (
              <div key={check}>
                <dt>{t(`generation.checks.${check}`)}</dt>
                <dd>
                  <DifferenceValue difference={difference} />
                </dd>
              </div>
            )
          );
        })}
        <div>
          <dt>{t('generation.length')}</dt>
          <dd>
            {rateFormat.ratio(damage.lengthRatio.value)} ({rateFormat.ratioRange(damage.lengthRatio)})
          </dd>
        </div>
        {damage.identical && (
          <div>
            <dt>{t('generation.identical')}</dt>
            <dd>{rateFormat.share(damage.identical.value, damage.identical.judged)}</dd>
          </div>
        )}
      </dl>
    </section>
  );
}

/** A difference in words: "+10 points (−4 to +24), p 0.25". */
function DifferenceValue({ difference }: { readonly difference: Difference }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const points = (share: number): string => {
    const value = Math.round(100 * share);
    return `${value > 0 ? '+' : value < 0 ? '−' : ''}${format.count(Math.abs(value))}`;
  };
  return t('generation.difference', {
    value: points(difference.value),
    low: points(difference.low),
    high: points(difference.high),
    p: pValueText(difference.pValue, format),
  });
}

/** Returns a p-value as "0.25", "0.004" or "< 0.001". */
function pValueText(p: number, { decimal }: Format): string {
  return p < 0.001 ? `< ${decimal(0.001, 3)}` : decimal(p, p < 0.01 ? 3 : 2);
}
