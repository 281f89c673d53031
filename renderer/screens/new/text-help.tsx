// The way to add a text if there is nothing to measure on.
import { FilePlus2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ErrorData } from '../../../electron/contract/errors.ts';
import { Button } from '../../kit/button.tsx';
import { go } from '../../state/navigation.ts';

const OF_DEMOS: readonly ErrorData['code'][] = ['TEXT_TOO_SHORT', 'DEMOS_EMPTY', 'CALIBRATION_OVERLAP'];

export function needsTexts({ code }: ErrorData): boolean {
  return OF_DEMOS.includes(code);
}

export function TextHelp({ error }: { readonly error: ErrorData }): ReactNode {
  const { t } = useTranslation();
  if (!needsTexts(error)) return null;
  return (
    <Button size="small" icon={FilePlus2} onPress={() => go('demos')}>
      {t('fit.goDemos')}
    </Button>
  );
}
