// A summary of the checks in a few sentences: what is worse, and what so few prompts cannot show.
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { GenerationSensitivity } from '../../../../electron/contract/api/generations.ts';
import { classNames } from '../../../kit/class-names.ts';
import kit from '../../../kit/primitives.module.css';
import { useFormat } from '../../../kit/use-format.ts';
import { SIDES, type SideName } from '../proof/sides.ts';
import type { ProofVariant } from '../proof/use-proof.ts';
import { useShortName } from '../proof/variant-name.tsx';
import { useRateFormat } from './answer-format.ts';
import styles from './answers.module.css';
import type { AnswerSide, ComparedAnswers } from './compared-answers.ts';
import { worseThanFull, type Worse } from './judging.ts';

type AnswersSummaryProps = {
  readonly compared: ComparedAnswers;
  readonly subject: ProofVariant;
  readonly variants: readonly ProofVariant[];
};

/** The summary. @param subject the variant that is judged */
export function AnswersSummary({ compared: { sides }, subject, variants }: AnswersSummaryProps): ReactNode {
  const { t } = useTranslation();
  const nameOf = useShortName(variants);
  const sensitivityText = useSensitivityText();
  const sensitivity = sides.inDomain.sensitivity ?? sides.outOfDomain.sensitivity;
  return (
    <section className={classNames(kit.stack, styles.summary)} aria-label={t('generation.summary')}>
      <p>
        <strong>{nameOf(subject)}</strong>
        {SIDES.map((side) => (
          <SideSummary key={side} side={side} of={sides[side]} variantKey={subject.key} />
        ))}
      </p>
      {sensitivity !== null && <p className={kit.dim}>{sensitivityText(sensitivity)}</p>}
    </section>
  );
}

type SideSummaryProps = { readonly side: SideName; readonly of: AnswerSide; readonly variantKey: string };

function SideSummary({ side, of, variantKey }: SideSummaryProps): ReactNode {
  const { t } = useTranslation();
  const format = useRateFormat();
  const { list } = useFormat();
  const names = (worse: readonly Worse[]): string => list(worse.map(({ check }) => t(`generation.inText.${check}`)));
  const { figures = null, damage = null } = of.variants.get(variantKey) ?? {};
  if (figures === null || damage === null || of.figures === null) return null;
  const worse = worseThanFull(of, variantKey);
  const { lengthRatio } = damage;
  const drift =
    lengthRatio.high < 1
      ? t('generation.shorter', { ratio: format.ratio(lengthRatio.value) })
      : lengthRatio.low > 1
        ? t('generation.longer', { ratio: format.ratio(lengthRatio.value) })
        : null;
  return (
    <span>
      {worse.length === 0 ? (
        t(`generation.noneWorse.${side}`)
      ) : (
        <span className={kit.caution}>
          <TriangleAlert size={14} aria-hidden /> {t(`generation.worse.${side}`, { checks: names(worse) })}
        </span>
      )}
      {drift !== null && ` ${drift}`}
    </span>
  );
}

/** A lower power is shown as "less than" this. */
const LEAST_POWER = 0.01;

/** A rise beyond this rate is obvious without counting. */
const MOST_RISE = 0.9;

/** Returns a function that says which differences this number of prompts could have shown. */
function useSensitivityText(): (sensitivity: GenerationSensitivity) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return ({ prompts, baseRate, powerForDouble, detectableRate, promptsForDouble }) => {
    const values = {
      count: prompts,
      base: format.percent(baseRate),
      double: format.percent(2 * baseRate),
      power:
        powerForDouble < LEAST_POWER ? `< ${format.percentWhole(LEAST_POWER)}` : format.percentWhole(powerForDouble),
      needed: format.count(promptsForDouble),
    };
    if (prompts >= promptsForDouble) return t('generation.seesDouble', values);
    if (detectableRate === null || detectableRate > MOST_RISE) return t('generation.seesNothing', values);
    return t('generation.seesLess', { ...values, detectable: format.percentWhole(detectableRate) });
  };
}
