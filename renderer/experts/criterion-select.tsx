// The ranking criterion, each explained in a line.
import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { CRITERIA, type Criterion } from '../../electron/contract/criteria.ts';
import { Select } from '../kit/select.tsx';

type CriterionSelectProps = { readonly value: Criterion; readonly onChange: (criterion: Criterion) => void };

export const CriterionSelect = memo(function CriterionSelect({ value, onChange }: CriterionSelectProps): ReactNode {
  const { t } = useTranslation();
  return (
    <Select
      label={t('experts.criterion')}
      choices={CRITERIA.map((id) => ({
        id,
        label: t(`experts.criteria.${id}.name`),
        note: t(`experts.criteria.${id}.note`),
      }))}
      value={value}
      onChange={onChange}
    />
  );
});
