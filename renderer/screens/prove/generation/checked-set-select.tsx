// Which checks are shown, and their end.
import { Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../../kit/icon-button.tsx';
import { Select } from '../../../kit/select.tsx';
import prove from '../prove.module.css';
import type { CheckedSet } from './checked-sets.ts';
import { deleteChecks } from './delete-checks.ts';
import { useGenerationChoices } from './generation-choices.ts';
import styles from './generation.module.css';
import type { Answers } from './use-answers.ts';

/** Checks of other lengths are not drawn together. */
export function CheckedSetSelect({ answers: { sets, set } }: { readonly answers: Answers }): ReactNode {
  const { t } = useTranslation();
  if (set === undefined) return null;
  const name = ({ prompts, maxTokens }: CheckedSet): string =>
    t('generation.set', { count: prompts, tokens: maxTokens });
  return (
    <div className={styles.set}>
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
