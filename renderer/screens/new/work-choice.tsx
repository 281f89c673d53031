// Which demo set the file is made for.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import { Select } from '../../kit/select.tsx';
import { useCall } from '../../state/calls.ts';
import { choose } from '../../state/trail.ts';

/** @param domain null: none is chosen */
export function WorkChoice({ domain }: { readonly domain: Domain | null }): ReactNode {
  const { t } = useTranslation();
  const sets = useCall('domains.list', {}).data ?? [];
  return (
    <Select
      label={t('fit.demos')}
      isLabelHidden
      choices={sets.map(({ id, name, demos }) => ({
        id: String(id),
        label: t('fit.work', { domain: name, count: demos }),
      }))}
      value={domain === null ? null : String(domain.id)}
      onChange={(id) => choose({ domainId: Number(id) })}
    />
  );
}
