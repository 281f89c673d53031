// The choice of the ranking criterion, each explained in a line.
import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { CRITERIA, type Criterion } from '../../electron/contract/criteria.ts';
import type { Choice } from '../kit/choice-list.tsx';
import { Select } from '../kit/select.tsx';

type CriterionSelectProps = { readonly value: Criterion; readonly onChange: (criterion: Criterion) => void };

export const CriterionSelect = memo(function CriterionSelect({ value, onChange }: CriterionSelectProps): ReactNode {
  const { t } = useTranslation();
  return <Select label={t('experts.criterion')} choices={useCriteria()} value={value} onChange={onChange} />;
});

/** Returns the criteria to choose from, each explained in a line. */
export function useCriteria(): readonly Choice<Criterion>[] {
  const { t } = useTranslation();
  return CRITERIA.map((id) => ({
    id,
    label: t(`experts.criteria.${id}.name`),
    note: t(`experts.criteria.${id}.note`),
  }));
}
