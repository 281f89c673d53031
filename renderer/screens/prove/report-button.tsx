// The report, to read or as data.
import { Braces, FileText } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/button.tsx';
import { Menu } from '../../kit/menu.tsx';
import type { Report } from './use-report.ts';

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
