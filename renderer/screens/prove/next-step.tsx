// The step after the proof: a written file can be tried, a choice without one can be written, and one with losses in
// its own domain gets more experts.
import { FileOutput, MessagesSquare, SlidersHorizontal } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/button.tsx';
import { go } from '../../state/navigation.ts';
import { useTrailExport, useTrailSelection } from '../../state/trail-items.ts';
import { goTry } from '../../state/try-request.ts';
import { useVerdict } from '../../verdict/use-verdict.ts';

export function NextStep(): ReactNode {
  const { t } = useTranslation();
  const file = useTrailExport();
  const verdict = useVerdict(useTrailSelection());
  const isWritten = file?.state === 'done' && file.modelId !== null;
  if (verdict?.inside?.grade === 'red') {
    return (
      <Button variant="primary" icon={SlidersHorizontal} onPress={() => go('choose')}>
        {t('prove.goKeepMore')}
      </Button>
    );
  }
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
