// Measures what is missing, and says how long that takes.
import { ScanSearch } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../kit/button.tsx';
import { useFormat } from '../../../kit/use-format.ts';
import type { MeasuringState } from '../use-measuring.ts';
import type { Criteria } from './use-criteria.ts';

type CompareButtonProps = { readonly criteria: Criteria | null; readonly measuring: MeasuringState };

export function CompareButton({ criteria, measuring }: CompareButtonProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const isComplete = criteria?.missing.length === 0;
  const seconds = isComplete || measuring.texts === 0 ? null : (criteria?.seconds ?? null);
  const reason =
    criteria === null
      ? t('prove.criteria.reasonMask')
      : isComplete
        ? t('prove.criteria.reasonComplete')
        : measuring.reason;
  return (
    <Button
      variant="primary"
      icon={ScanSearch}
      disabledReason={measuring.isBusy ? null : reason}
      isDisabled={measuring.isBusy}
      onPress={measuring.start}
    >
      {seconds === null
        ? t('prove.criteria.compare')
        : t('prove.criteria.compareFor', { time: format.duration(1000 * seconds) })}
    </Button>
  );
}
