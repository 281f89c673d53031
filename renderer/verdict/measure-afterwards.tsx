// Whether a file is measured once it is written: one setting, wherever it is shown.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Checkbox } from '../kit/checkbox.tsx';
import { useChangeSettings, useSettings } from '../state/settings.ts';

export function MeasureAfterwards(): ReactNode {
  const { t } = useTranslation();
  const isSelected = useSettings()?.measureExports ?? true;
  const change = useChangeSettings();
  return (
    <Checkbox
      isSelected={isSelected}
      onChange={(measureExports) => change.mutate({ measureExports })}
      note={t('verdict.measureAfterwardsNote')}
    >
      {t('verdict.measureAfterwards')}
    </Checkbox>
  );
}
