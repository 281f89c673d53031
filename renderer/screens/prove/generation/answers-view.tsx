// What the models wrote and what was found in it: a few sentences, the figures, and the texts themselves.
import { ListChecks } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../../kit/empty-state.tsx';
import type { ProofVariant } from '../use-proof.ts';
import { AnswersSummary } from './answers-summary.tsx';
import { AnswersTable } from './answers-table.tsx';
import { Examples } from './examples.tsx';
import styles from './generation.module.css';
import { judgedVariant } from './judged-variant.ts';
import type { Answers } from './use-answers.ts';

type AnswersViewProps = {
  readonly answers: Answers;
  readonly variants: readonly ProofVariant[];
  readonly isBusy: boolean;
};

export function AnswersView({ answers, variants, isBusy }: AnswersViewProps): ReactNode {
  const { t } = useTranslation();
  const { compared, shown } = answers;
  if (shown === undefined) {
    if (isBusy) return null;
    return <EmptyState icon={ListChecks} title={t('generation.emptyTitle')} text={t('generation.emptyText')} />;
  }
  const subject = judgedVariant(variants, compared);
  return (
    <section className={styles.view} aria-label={t('generation.title')}>
      {subject !== undefined && <AnswersSummary compared={shown} subject={subject} variants={variants} />}
      <AnswersTable compared={shown} variants={variants} />
      {subject !== undefined && <Examples compared={shown} variants={variants} subject={subject} />}
    </section>
  );
}
