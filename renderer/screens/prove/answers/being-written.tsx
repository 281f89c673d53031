// What a check writes, while it runs and after it was stopped.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { WrittenAnswers } from '../../../../electron/contract/api/generations.ts';
import { classNames } from '../../../kit/class-names.ts';
import kit from '../../../kit/primitives.module.css';
import { Select } from '../../../kit/select.tsx';
import { useCall } from '../../../state/calls.ts';
import { useJobs } from '../../../state/jobs.ts';
import { useKeptState } from '../../../state/kept-state.ts';
import type { ProofVariant } from '../proof/use-proof.ts';
import { useShortName } from '../proof/variant-name.tsx';
import { variantKey } from '../proof/variants.ts';
import styles from './answers.module.css';
import { PromptList } from './prompt-list.tsx';

type Unfinished = {
  /** The check is running; false: it was stopped. */
  readonly isWriting: boolean;
  readonly answers: readonly (Omit<WrittenAnswers, 'variant' | 'selectionHash'> & { readonly variant: ProofVariant })[];
};

/** @returns the answers by these variants from a check that has not finished; empty: there is none */
export function useBeingWritten(variants: readonly ProofVariant[]): Unfinished {
  const written = useCall('generations.written', {}).data ?? null;
  const job = useJobs().find(({ id }) => id === written?.jobId);
  if (written === null || job === undefined || job.state === 'done') return { isWriting: false, answers: [] };
  const answers = written.answers.flatMap(({ variant, selectionHash, ...rest }) => {
    const known = variant && variants.find(({ key }) => key === variantKey({ variant, selectionHash }));
    return known ? [{ ...rest, variant: known }] : [];
  });
  return { isWriting: job.state === 'running', answers };
}

type BeingWrittenProps = Unfinished & { readonly variants: readonly ProofVariant[] };

export function BeingWritten({ isWriting, answers, variants }: BeingWrittenProps): ReactNode {
  const { t } = useTranslation();
  const nameOf = useShortName(variants);
  const [wanted, setWanted] = useKeptState<string | null>('prove.written', null);
  const [chosen, setChosen] = useKeptState('prove.written prompt', 0);
  // until the user chooses something, the view follows what is being written
  const newest = answers.findLast(({ examples }) => examples.some(({ variant }) => variant !== null)) ?? answers[0];
  const keyOf = ({ variant, domain }: (typeof answers)[number]): string => `${variant.key} ${domain}`;
  const shown = answers.find((one) => keyOf(one) === wanted) ?? newest;
  if (shown === undefined) return null;
  const title = t(isWriting ? 'generation.writing' : 'generation.stopped');
  return (
    <section className={classNames(kit.stack3, styles.examples)} aria-label={title}>
      <div className={classNames(kit.cluster, styles.examplesHead)}>
        <h2>{title}</h2>
        {answers.length > 1 && (
          <Select
            label={t('prove.model')}
            isLabelHidden
            choices={answers.map((one) => ({ id: keyOf(one), label: `${nameOf(one.variant)} · ${one.domain}` }))}
            value={keyOf(shown)}
            onChange={setWanted}
          />
        )}
      </div>
      <PromptList
        examples={shown.examples}
        chosen={Math.min(chosen, shown.examples.length - 1)}
        onChoose={setChosen}
        name={nameOf(shown.variant)}
        none={t(isWriting ? 'generation.notYet' : 'generation.nothingWritten')}
      />
    </section>
  );
}
