// Which checks are shown, with which way of sampling, and the button that deletes them.
import { Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { GenerationSampling } from '../../../../electron/contract/api/generations.ts';
import { classNames } from '../../../kit/class-names.ts';
import { IconButton } from '../../../kit/icon-button.tsx';
import kit from '../../../kit/primitives.module.css';
import { Segmented } from '../../../kit/segmented.tsx';
import { deleteGenerations } from '../proof/delete-measured.ts';
import { SetSelect } from '../proof/view.tsx';
import { useSamplingName } from './answer-format.ts';
import { useAnswersChoices } from './answers-choices.ts';
import styles from './answers.module.css';
import { samplingKey } from './checked-sets.ts';
import type { Answers } from './use-answers.ts';

/** Selects a set: checks with different limits of length are not shown together. */
export function CheckedSetSelect({
  answers: { sets, set, compared, shown },
}: {
  readonly answers: Answers;
}): ReactNode {
  const { t } = useTranslation();
  if (set === undefined) return null;
  return (
    <div className={classNames(kit.cluster, styles.set)}>
      {compared.length > 1 && shown && (
        <Samplings samplings={compared.map(({ sampling }) => sampling)} value={shown.sampling} />
      )}
      <SetSelect
        label={t('generation.sets')}
        sets={sets}
        shown={set}
        name={({ prompts, maxTokens }) => t('generation.set', { count: prompts, tokens: maxTokens })}
        onChange={(setKey) => useAnswersChoices.setState({ setKey })}
      />
      <IconButton
        icon={Trash2}
        size="small"
        label={t('generation.delete', { count: set.rows.length })}
        onPress={() => void deleteGenerations(set.rows, t)}
      />
    </div>
  );
}

type SamplingsProps = { readonly samplings: readonly GenerationSampling[]; readonly value: GenerationSampling };

function Samplings({ samplings, value }: SamplingsProps): ReactNode {
  const { t } = useTranslation();
  const samplingName = useSamplingName();
  return (
    <Segmented
      label={t('generation.sampling')}
      isLabelHidden
      segments={samplings.map((sampling) => ({ id: samplingKey(sampling), label: samplingName(sampling) }))}
      value={samplingKey(value)}
      onChange={(key) => useAnswersChoices.setState({ samplingKey: key })}
    />
  );
}
