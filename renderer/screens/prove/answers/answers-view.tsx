// What the models wrote and what was found in it: a few sentences, the figures, and the texts themselves.
import { ListChecks } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ErrorData } from '../../../../electron/contract/errors.ts';
import { Button } from '../../../kit/button.tsx';
import { classNames } from '../../../kit/class-names.ts';
import { EmptyState } from '../../../kit/empty-state.tsx';
import kit from '../../../kit/primitives.module.css';
import { useFormat } from '../../../kit/use-format.ts';
import { JobNewsPanel } from '../proof/job-news.tsx';
import { ModelChoices } from '../proof/model-choices.tsx';
import { NextStep } from '../proof/next-step.tsx';
import type { Proof, ProofVariant } from '../proof/use-proof.ts';
import type { View } from '../proof/view.tsx';
import { AnswersInspector } from './answers-inspector.tsx';
import { AnswersSummary } from './answers-summary.tsx';
import { AnswersTable } from './answers-table.tsx';
import styles from './answers.module.css';
import { AddDemos, EffortChoices, PromptChoices } from './check-choices.tsx';
import { BeingWritten, useBeingWritten } from './being-written.tsx';
import { CheckedSetSelect } from './checked-set-select.tsx';
import { Examples } from './examples.tsx';
import { judgedVariant } from './judging.ts';
import type { PromptSource } from './prompt-sources.ts';
import type { Answers } from './use-answers.ts';
import type { Checking } from './use-checking.ts';

export function answersView(proof: Proof, answers: Answers, checking: Checking): View {
  const { sources, shown } = answers;
  return {
    action: <CheckButton checking={checking} isChecked={shown !== undefined} />,
    choices: (
      <>
        <ModelChoices variants={proof.variants} />
        <PromptChoices sources={sources} domains={proof.domains} />
        <EffortChoices checking={checking} />
      </>
    ),
    isBusy: checking.isBusy,
    news: <JobNewsPanel news={checking} remedy={<Remedy error={checking.error} sources={sources} />} />,
    sets: <CheckedSetSelect answers={answers} />,
    results:
      shown === undefined ? (
        <Unfinished variants={proof.variants} none={!checking.isBusy && <NothingChecked />} />
      ) : (
        <>
          <Unfinished variants={proof.variants} none={null} />
          <Found answers={answers} shown={shown} variants={proof.variants} />
        </>
      ),
    inspector: <AnswersInspector proof={proof} answers={answers} />,
  };
}

type CheckButtonProps = { readonly checking: Checking; readonly isChecked: boolean };

/** Starts the checks, and says how much is checked and how long that takes. */
function CheckButton({ checking, isChecked }: CheckButtonProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { models, prompts, seconds, reason, isBusy } = checking;
  const size = {
    models: t('prove.models', { count: models }),
    prompts: t('generation.ofPrompts', { count: prompts }),
  };
  const isDone = isChecked && !isBusy;
  return (
    <>
      {isDone && <NextStep />}
      <Button
        variant={isDone ? 'plain' : 'primary'}
        icon={ListChecks}
        disabledReason={isBusy ? null : reason}
        isDisabled={isBusy}
        onPress={checking.start}
      >
        {seconds === null || prompts === 0
          ? t('generation.check', size)
          : t('generation.checkFor', { ...size, time: format.duration(1000 * seconds) })}
      </Button>
    </>
  );
}

type RemedyProps = { readonly error: ErrorData | null; readonly sources: readonly PromptSource[] };

/** A remedy if checks failed because only scored demos are left. */
function Remedy({ error, sources }: RemedyProps): ReactNode {
  if (error?.code !== 'CALIBRATION_OVERLAP') return null;
  const source = sources.find(({ name }) => name === error.details?.domain);
  return source && <AddDemos domainId={source.id} />;
}

type UnfinishedProps = { readonly variants: readonly ProofVariant[]; readonly none: ReactNode };

function Unfinished({ variants, none }: UnfinishedProps): ReactNode {
  const written = useBeingWritten(variants);
  return written.answers.length === 0 ? none : <BeingWritten {...written} variants={variants} />;
}

function NothingChecked(): ReactNode {
  const { t } = useTranslation();
  return <EmptyState icon={ListChecks} title={t('generation.emptyTitle')} text={t('generation.emptyText')} />;
}

type FoundProps = {
  readonly answers: Answers;
  readonly shown: NonNullable<Answers['shown']>;
  readonly variants: readonly ProofVariant[];
};

function Found({ answers: { compared }, shown, variants }: FoundProps): ReactNode {
  const { t } = useTranslation();
  const subject = judgedVariant(variants, compared);
  return (
    <section className={classNames(kit.stack, styles.view)} aria-label={t('generation.title')}>
      {subject !== undefined && <AnswersSummary compared={shown} subject={subject} variants={variants} />}
      {subject !== undefined && <Examples compared={shown} variants={variants} subject={subject} />}
      <AnswersTable compared={shown} variants={variants} />
    </section>
  );
}
