// What the models wrote and what was found in it: a few sentences, the figures, and the texts themselves.
import { SpellCheck2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { GenerationSampling } from '../../../../electron/contract/api/generations.ts';
import { EmptyState } from '../../../kit/empty-state.tsx';
import { Segmented } from '../../../kit/segmented.tsx';
import { useFormat } from '../../../kit/use-format.ts';
import { AnswersSummary } from './answers-summary.tsx';
import { AnswersTable } from './answers-table.tsx';
import { isGreedy, samplingKey } from './checked-sets.ts';
import { Examples } from './examples.tsx';
import { useGenerationChoices } from './generation-choices.ts';
import styles from './generation.module.css';
import { judgedVariant } from './judged-variant.ts';
import type { Answers } from './use-answers.ts';

type AnswersViewProps = { readonly answers: Answers; readonly isBusy: boolean };

export function AnswersView({ answers, isBusy }: AnswersViewProps): ReactNode {
  const { t } = useTranslation();
  const { compared, shown, variants } = answers;
  if (shown === undefined) {
    if (isBusy) return null;
    return <EmptyState icon={SpellCheck2} title={t('generation.emptyTitle')} text={t('generation.emptyText')} />;
  }
  const subject = judgedVariant(variants, compared);
  return (
    <section className={styles.view} aria-label={t('generation.title')}>
      {compared.length > 1 && <Samplings samplings={compared.map(({ sampling }) => sampling)} value={shown.sampling} />}
      {subject !== undefined && <AnswersSummary compared={shown} subject={subject} variants={variants} />}
      <AnswersTable compared={shown} variants={variants} />
      {subject !== undefined && <Examples compared={shown} variants={variants} subject={subject} />}
    </section>
  );
}

type SamplingsProps = { readonly samplings: readonly GenerationSampling[]; readonly value: GenerationSampling };

function Samplings({ samplings, value }: SamplingsProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Segmented
      label={t('generation.sampling')}
      isLabelHidden
      segments={samplings.map((sampling) => ({
        id: samplingKey(sampling),
        label: isGreedy(sampling)
          ? t('generation.greedy')
          : t('generation.sampled', { count: sampling.samples, temperature: format.decimal(sampling.temperature, 1) }),
      }))}
      value={samplingKey(value)}
      onChange={(key) => useGenerationChoices.setState({ samplingKey: key })}
    />
  );
}
