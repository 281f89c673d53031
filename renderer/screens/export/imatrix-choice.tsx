// The importance matrix to quantise by: the run's own, a file, or none.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import { Select } from '../../kit/select.tsx';
import { bridge } from '../../state/bridge.ts';
import { useCall } from '../../state/calls.ts';
import { findMatrixRun } from '../../state/export-options.ts';
import { changePlan, usePlannedFile } from '../../state/plans.ts';
import { reportFailure } from '../../state/report-failure.ts';

type ChoiceId = 'run' | 'none' | 'file' | 'another';

export function ImatrixChoice({ selection }: { readonly selection: Selection }): ReactNode {
  const { t } = useTranslation();
  const { imatrix } = usePlannedFile(selection.id);
  const run = findMatrixRun(selection, useCall('runs.list', {}).data ?? []);
  const file = imatrix === 'run' ? null : imatrix;
  const pick = async (): Promise<void> => {
    const [grant] = await bridge().pickFiles('imatrix');
    if (grant) changePlan(selection.id, { imatrix: grant });
  };
  return (
    <Select<ChoiceId>
      label={t('export.imatrix')}
      description={t('export.imatrixUsedNote')}
      choices={[
        ...(run !== null ? [{ id: 'run' as const, label: t('export.imatrixRun', { domain: run.domain }) }] : []),
        { id: 'none', label: t('export.imatrixNone') },
        ...(file === null ? [] : [{ id: 'file' as const, label: file.name }]),
        { id: 'another', label: t('export.imatrixFile') },
      ]}
      value={file !== null ? 'file' : imatrix === 'run' && run !== null ? 'run' : 'none'}
      onChange={(id) => {
        if (id === 'another') void pick().catch(reportFailure);
        else if (id !== 'file') changePlan(selection.id, { imatrix: id === 'run' ? 'run' : null });
      }}
    />
  );
}
