// What comes after the proof: a written file is tried, a choice without one is written.
import { FileOutput, MessagesSquare } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../kit/button.tsx';
import { go } from '../../../state/navigation.ts';
import { useTrailExport } from '../../../state/trail-items.ts';
import { goTry } from '../../../state/try-request.ts';

export function NextStep(): ReactNode {
  const { t } = useTranslation();
  const file = useTrailExport();
  const isWritten = file?.state === 'done' && file.modelId !== null;
  return isWritten ? (
    <Button variant="primary" icon={MessagesSquare} onPress={goTry}>
      {t('prove.goTry')}
    </Button>
  ) : (
    <Button variant="primary" icon={FileOutput} onPress={() => go('export')}>
      {t('prove.goExport')}
    </Button>
  );
}
