// What the figures mean for the selection, and what they cannot tell.
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { useFormat } from '../../kit/use-format.ts';
import { ChoiceVerdict } from '../../verdict/choice-verdict.tsx';
import { useVerdict } from '../../verdict/use-verdict.ts';
import { AnswersVerdict } from './answers/answers-verdict.tsx';
import { judgedVariant } from './answers/judging.ts';
import type { Answers } from './answers/use-answers.ts';
import styles from './proof/prove.module.css';
import type { Proof } from './proof/use-proof.ts';

export function Verdict({ proof, answers }: { readonly proof: Proof; readonly answers: Answers }): ReactNode {
  const subject = judgedVariant(proof.variants, answers.compared) ?? proof.variants[0];
  const { answers: judged = null } = useVerdict(proof.selection) ?? {};
  return (
    <div className={classNames(kit.stack2, styles.verdict)}>
      <ChoiceVerdict isWithFigures />
      <Advice proof={proof} />
      {subject !== undefined && (
        <AnswersVerdict answers={answers} variants={proof.variants} subject={subject} isSaid={judged !== null} />
      )}
    </div>
  );
}

/** What to do where the damage is severe. */
function Advice({ proof: { selection, domains } }: { readonly proof: Proof }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { inside, outside } = useVerdict(selection) ?? {};
  const advice =
    inside?.grade === 'red'
      ? t('prove.severeInDomain')
      : outside?.grade === 'red' && inside
        ? t('prove.severeOutOfDomain', { domains: format.list(domains) })
        : null;
  return (
    advice !== null && (
      <p className={classNames(kit.warning, styles.warning)}>
        <TriangleAlert size={16} aria-hidden />
        <span>{advice}</span>
      </p>
    )
  );
}
