// A choice with all its measurements, as a page to share.
import type { TFunction } from 'i18next';
import type { Selection } from '../../electron/contract/api/selections.ts';
import { writeFile } from '../files/write-file.ts';
import { asFileName } from '../kit/file-name.ts';
import { showToast } from '../kit/toast.tsx';
import { callEngine } from '../state/calls.ts';

/** Asks where the report goes, and writes it. @param exportId the file of the choice; null: there is none */
export async function saveReport(
  { id: selectionId, name, modelName }: Selection,
  exportId: number | null,
  language: string,
  t: TFunction,
): Promise<void> {
  const target = await writeFile('report', asFileName(`${modelName}-${name}-report.html`), (place) =>
    callEngine('exports.card', {
      subject: { kind: 'selection', selectionId, exportId },
      form: 'report',
      language,
      target: place,
      overwrite: true,
    }),
  );
  if (target !== null) showToast(t('kit.saved', { name: target.name }));
}
