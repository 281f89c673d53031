// What the checks say about the selection, for the top of the screen: only what is worse than chance explains, or that nothing is.
import { ListChecks, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../kit/button.tsx';
import { classNames } from '../../../kit/class-names.ts';
import kit from '../../../kit/primitives.module.css';
import { useFormat } from '../../../kit/use-format.ts';
import styles from '../proof/prove.module.css';
import { SIDES, type SideName } from '../proof/sides.ts';
import type { ProofVariant } from '../proof/use-proof.ts';
import { useShortName } from '../proof/variant-name.tsx';
import { useViewName } from '../proof/view.tsx';
import { isChecked, judgedVariant, worseThanFull, type Worse } from './judging.ts';
import type { Answers } from './use-answers.ts';

type AnswersVerdictProps = {
  readonly answers: Answers;
  readonly variants: readonly ProofVariant[];
  /** The variant whose figures are shown above; if only another one was checked, that one is named. */
  readonly subject: ProofVariant;
  /** The verdict already says that nothing is worse. */
  readonly isSaid: boolean;
};

export function AnswersVerdict({ answers: { compared }, variants, subject, isSaid }: AnswersVerdictProps): ReactNode {
  const { t } = useTranslation();
  const [view, setView] = useViewName();
  const worseText = useWorseText();
  const nameOf = useShortName(variants);
  const judged = judgedVariant(variants, compared, subject);
  const checked = compared.filter((one) => isChecked(one, judged?.key ?? ''));
  const name = judged === undefined || judged === subject ? '' : t('generation.of', { model: nameOf(judged) });
  // one line per side: where greedy answers are already worse, sampled ones add nothing
  const warnings = SIDES.flatMap((side) => {
    const worse = checked
      .map(({ sides }) => worseThanFull(sides[side], judged?.key ?? ''))
      .find(({ length }) => length > 0);
    return worse === undefined ? [] : [`${name}${worseText(side, worse)}`];
  });
  const prompts = Math.max(0, ...checked.map(({ sides }) => SIDES.reduce((sum, side) => sum + sides[side].prompts, 0)));
  const known = checked.flatMap(({ sides }) => SIDES.flatMap((side) => sides[side].sensitivity ?? []));
  const isFew = known.some((one) => one.prompts < one.promptsForDouble);
  const fine = `${name}${t('generation.checkedFine', { count: prompts })}${isFew ? ` ${t('generation.fewPrompts')}` : ''}`;
  return (
    <>
      {warnings.map((text) => (
        <p key={text} className={classNames(kit.warning, styles.warning)}>
          <TriangleAlert size={16} aria-hidden />
          <span>{text}</span>
        </p>
      ))}
      {warnings.length === 0 && !(isSaid && prompts > 0) && (
        <p className={styles.limits}>
          <span>{prompts > 0 ? fine : t('prove.limits')}</span>
          {view !== 'answers' && (
            <Button size="small" icon={ListChecks} onPress={() => setView('answers')}>
              {t(prompts > 0 ? 'generation.seeChecks' : 'generation.goCheck')}
            </Button>
          )}
        </p>
      )}
    </>
  );
}

/** Returns a function that lists what is worse: "In domain its answers are worse than the full model’s: loops 45% (full model 5%)." */
function useWorseText(): (side: SideName, worse: readonly Worse[]) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (side, worse) => {
    const faults = worse.map(({ check, share, full }) =>
      t(`generation.fault.${check}`, { share: format.percentWhole(share), full: format.percentWhole(full) }),
    );
    return t(`generation.worseThanFull.${side}`, { faults: format.list(faults) });
  };
}
