// The meaning of the figures for the selection, and what they cannot tell.
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
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

/** What to do if the damage inside the domain is severe; the verdict covers the damage outside. */
function Advice({ proof: { selection } }: { readonly proof: Proof }): ReactNode {
  const { t } = useTranslation();
  if (useVerdict(selection)?.inside?.grade !== 'red') return null;
  return (
    <p className={classNames(kit.warning, styles.warning)}>
      <TriangleAlert size={16} aria-hidden />
      <span>{t('prove.severeInDomain')}</span>
    </p>
  );
}
