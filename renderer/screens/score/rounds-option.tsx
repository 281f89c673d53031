// The number of rounds in which the demos are scored, and what they lead to.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import { NumberField } from '../../kit/number-field.tsx';
import { Select } from '../../kit/select.tsx';
import type { Scoring } from './use-scoring.ts';

const ROUNDS = [1, 2, 3, 4];

type RoundsOptionProps = {
  readonly details: NonNullable<ModelEntry['details']>;
  readonly rounds: Scoring['rounds'];
};

/** Only the fields; whoever shows them also explains rounds. */
export function RoundsOption({ details, rounds }: RoundsOptionProps): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <Select
        label={t('score.rounds')}
        choices={ROUNDS.map((count) => ({
          id: String(count),
          label: count === 1 ? t('score.roundsOnce') : String(count),
        }))}
        value={String(rounds.count)}
        onChange={(count) => rounds.setCount(Number(count))}
      />
      {rounds.count > 1 && (
        <NumberField
          label={t('score.roundsKeep', { total: details.nExpert })}
          value={rounds.keep}
          minValue={details.nExpertUsed}
          maxValue={details.nExpert - 1}
          onChange={rounds.setKeep}
        />
      )}
    </>
  );
}
