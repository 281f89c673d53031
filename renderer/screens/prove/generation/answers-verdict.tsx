// What the checks say of the plan, for the top of the screen: only what is worse than chance explains, or that nothing is.
import { ListChecks, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../kit/button.tsx';
import { SIDES } from '../comparison.ts';
import styles from '../prove.module.css';
import { useView } from '../view-bar.tsx';
import type { Answers } from './use-answers.ts';
import { useWorseText } from './use-worse-text.ts';
import { worseThanFull } from './worse.ts';

type AnswersVerdictProps = { readonly answers: Answers; readonly variantKey: string };

export function AnswersVerdict({ answers: { compared }, variantKey }: AnswersVerdictProps): ReactNode {
  const { t } = useTranslation();
  const [view, setView] = useView();
  const worseText = useWorseText();
  const checked = compared.filter(({ sides }) => SIDES.some((side) => sides[side].variants.get(variantKey)?.damage));
  // one line a side: where greedy answers are worse already, sampled ones add nothing
  const warnings = SIDES.flatMap((side) => {
    const worse = checked.map(({ sides }) => worseThanFull(sides[side], variantKey)).find(({ length }) => length > 0);
    return worse === undefined ? [] : [worseText(side, worse)];
  });
  const prompts = Math.max(0, ...checked.map(({ sides }) => SIDES.reduce((sum, side) => sum + sides[side].prompts, 0)));
  return (
    <>
      {warnings.map((text) => (
        <p key={text} className={styles.warning}>
          <TriangleAlert size={16} aria-hidden />
          <span>{text}</span>
        </p>
      ))}
      {warnings.length === 0 && (
        <p className={styles.limits}>
          <span>{prompts > 0 ? t('generation.checkedFine', { count: prompts }) : t('prove.limits')}</span>
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
