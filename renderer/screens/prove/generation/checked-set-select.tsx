// Which checks are shown, which way of sampling of them, and their end.
import { Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { GenerationSampling } from '../../../../electron/contract/api/generations.ts';
import { IconButton } from '../../../kit/icon-button.tsx';
import { Segmented } from '../../../kit/segmented.tsx';
import { Select } from '../../../kit/select.tsx';
import prove from '../prove.module.css';
import { samplingKey, type CheckedSet } from './checked-sets.ts';
import { deleteChecks } from './delete-checks.ts';
import { useGenerationChoices } from './generation-choices.ts';
import styles from './generation.module.css';
import type { Answers } from './use-answers.ts';
import { useSamplingName } from './use-sampling-name.ts';

/** Checks of other lengths are not drawn together. */
export function CheckedSetSelect({
  answers: { sets, set, compared, shown },
}: {
  readonly answers: Answers;
}): ReactNode {
  const { t } = useTranslation();
  if (set === undefined) return null;
  const name = ({ prompts, maxTokens }: CheckedSet): string =>
    t('generation.set', { count: prompts, tokens: maxTokens });
  return (
    <div className={styles.set}>
      {compared.length > 1 && shown && (
        <Samplings samplings={compared.map(({ sampling }) => sampling)} value={shown.sampling} />
      )}
      {sets.length < 2 ? (
        <span className={prove.small}>{name(set)}</span>
      ) : (
        <Select
          label={t('generation.sets')}
          isLabelHidden
          choices={sets.map((one) => ({ id: one.key, label: name(one) }))}
          value={set.key}
          onChange={(setKey) => useGenerationChoices.setState({ setKey })}
        />
      )}
      <IconButton
        icon={Trash2}
        size="small"
        label={t('generation.delete', { count: set.rows.length })}
        onPress={() => void deleteChecks(set.rows, t)}
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
      onChange={(key) => useGenerationChoices.setState({ samplingKey: key })}
    />
  );
}
