// The selection with all its measurements, as a page to share or as data.
import { Braces, FileText } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import { errorToData, type ErrorData } from '../../../electron/contract/errors.ts';
import { writeFile } from '../../files/write-file.ts';
import { Button } from '../../kit/button.tsx';
import { asFileName } from '../../kit/file-name.ts';
import { Menu } from '../../kit/menu.tsx';
import { showToast } from '../../kit/toast.tsx';
import { callEngine } from '../../state/calls.ts';
import { isFileOf } from '../../state/choosing.ts';
import { useTrailExport } from '../../state/trail-items.ts';

type ReportForm = 'html' | 'json';

type Report = {
  readonly save: (form: ReportForm) => void;
  readonly isBusy: boolean;
  readonly error: ErrorData | null;
};

export function useReport(selection: Selection): Report {
  const { t, i18n } = useTranslation();
  const file = useTrailExport();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorData | null>(null);
  const save = async (form: ReportForm): Promise<void> => {
    const name = asFileName(`${selection.modelName}-${selection.name}-report.${form}`);
    const exportId = file !== null && isFileOf(file, selection) ? file.id : null;
    const target = await writeFile('report', name, (target) =>
      callEngine('evaluations.report', {
        subject: { kind: 'selection', selectionId: selection.id, exportId },
        language: i18n.language,
        target,
      }),
    );
    if (target === null) return;
    showToast(t('kit.saved', { name: target.name }));
  };
  return {
    save: (form) => {
      setBusy(true);
      setError(null);
      save(form)
        .catch((reason: unknown) => setError(errorToData(reason)))
        .finally(() => setBusy(false));
    },
    isBusy,
    error,
  };
}

export function ReportButton({ report }: { readonly report: Report }): ReactNode {
  const { t } = useTranslation();
  return (
    <Menu
      label={t('prove.saveReport')}
      trigger={
        <Button icon={FileText} isDisabled={report.isBusy}>
          {t('prove.saveReport')}
        </Button>
      }
      entries={[
        { id: 'html', label: t('prove.reportPage'), icon: FileText, onSelect: () => report.save('html') },
        { id: 'json', label: t('prove.reportData'), icon: Braces, onSelect: () => report.save('json') },
      ]}
    />
  );
}
