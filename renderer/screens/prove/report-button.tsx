// The selection with all its measurements, as a page to share.
import { FileText } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import { errorToData, type ErrorData } from '../../../electron/contract/errors.ts';
import { saveReport } from '../../hand-over/save-report.ts';
import { Button } from '../../kit/button.tsx';
import { isFromChoice } from '../../state/choosing.ts';
import { useTrailExport } from '../../state/trail-items.ts';

type Report = {
  readonly save: () => void;
  readonly isBusy: boolean;
  readonly error: ErrorData | null;
};

export function useReport(selection: Selection): Report {
  const { t, i18n } = useTranslation();
  const file = useTrailExport();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorData | null>(null);
  const exportId = file !== null && isFromChoice(file, selection) ? file.id : null;
  return {
    save: () => {
      setBusy(true);
      setError(null);
      saveReport(selection, exportId, i18n.language, t)
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
    <Button icon={FileText} isDisabled={report.isBusy} onPress={report.save}>
      {t('prove.saveReport')}
    </Button>
  );
}
