// The one deed of the view, with its size.
import { ListChecks } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../kit/button.tsx';
import { useFormat } from '../../../kit/use-format.ts';
import type { Checking } from './use-checking.ts';

export function CheckButton({ checking }: { readonly checking: Checking }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { models, prompts, seconds, reason, isBusy } = checking;
  const size = {
    models: t('prove.models', { count: models }),
    prompts: t('generation.ofPrompts', { count: prompts }),
  };
  return (
    <Button
      variant="primary"
      icon={ListChecks}
      disabledReason={isBusy ? null : reason}
      isDisabled={isBusy}
      onPress={checking.start}
    >
      {seconds === null || prompts === 0
        ? t('generation.check', size)
        : t('generation.checkFor', { ...size, time: format.duration(1000 * seconds) })}
    </Button>
  );
}
