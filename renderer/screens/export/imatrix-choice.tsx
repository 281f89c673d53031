// Which importance matrix the file is quantised by, or is cut along: the run's own, a file, or none.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import { Select } from '../../kit/select.tsx';
import { bridge } from '../../state/bridge.ts';
import { useCall } from '../../state/calls.ts';
import { reportFailure } from '../../state/report-failure.ts';
import { setImatrix, useExportChoices } from './export-choices.ts';
import { matrixRunOf } from './export-matrix.ts';

type ImatrixChoiceProps = {
  readonly selection: Selection;
  /** The file is quantised by it. */
  readonly isUsed: boolean;
};

type ChoiceId = 'run' | 'none' | 'file' | 'another';

export function ImatrixChoice({ selection, isUsed }: ImatrixChoiceProps): ReactNode {
  const { t } = useTranslation();
  const imatrix = useExportChoices((choices) => choices.imatrix);
  const run = matrixRunOf(selection, useCall('runs.list', {}).data ?? []);
  const file = imatrix === 'run' ? null : imatrix;
  const pick = async (): Promise<void> => {
    const [grant] = await bridge().pickFiles('imatrix');
    if (grant) setImatrix(grant);
  };
  const isOffered = isUsed && run !== null;
  return (
    <Select<ChoiceId>
      label={t('export.imatrix')}
      description={t(isUsed ? 'export.imatrixUsedNote' : 'export.imatrixNote')}
      choices={[
        ...(isOffered ? [{ id: 'run' as const, label: t('export.imatrixRun', { domain: run.domain }) }] : []),
        { id: 'none', label: t('export.imatrixNone') },
        ...(file === null ? [] : [{ id: 'file' as const, label: file.name }]),
        { id: 'another', label: t('export.imatrixFile') },
      ]}
      value={file !== null ? 'file' : imatrix === 'run' && isOffered ? 'run' : 'none'}
      onChange={(id) => {
        if (id === 'another') void pick().catch(reportFailure);
        else if (id !== 'file') setImatrix(id === 'run' ? 'run' : null);
      }}
    />
  );
}
