// Masks in the reference implementation's format, in and out.
import { ChevronDown } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Plan } from '../../../electron/contract/api/plans.ts';
import { errorToData, type ErrorData } from '../../../electron/contract/errors.ts';
import { Button } from '../../kit/button.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { asFileName } from '../../kit/file-name.ts';
import { Menu } from '../../kit/menu.tsx';
import { showToast } from '../../kit/toast.tsx';
import { bridge } from '../../state/bridge.ts';
import { callEngine } from '../../state/calls.ts';
import { go } from '../../state/navigation.ts';
import { choose } from '../../state/trail.ts';

type MaskButtonsProps = { readonly modelId: string | null; readonly savePlan: () => Promise<Plan> };

export function MaskButtons({ modelId, savePlan }: MaskButtonsProps): ReactNode {
  const { t } = useTranslation();
  const [error, setError] = useState<ErrorData | null>(null);
  const perform = (deed: () => Promise<void>): void => {
    deed().catch((reason: unknown) => setError(errorToData(reason)));
  };
  const saveMask = async (): Promise<void> => {
    const plan = await savePlan();
    const target = await bridge().pickTarget('mask', asFileName(`${plan.name}-mask.json`));
    if (target === null) return;
    await callEngine('plans.exportMask', { planId: plan.id, target: target.id });
    showToast(t('kit.saved', { name: target.name }));
  };
  const openMask = async (id: string): Promise<void> => {
    const [grant] = await bridge().pickFiles('mask');
    if (grant === undefined) return;
    const plan = await callEngine('plans.importMask', { modelId: id, grant: grant.id });
    choose({ planId: plan.id });
    go('export');
  };
  return (
    <>
      <Menu
        label={t('choose.mask')}
        trigger={<Button icon={ChevronDown}>{t('choose.mask')}</Button>}
        entries={[
          { id: 'save', label: t('choose.saveMask'), onSelect: () => perform(saveMask) },
          {
            id: 'open',
            label: t('choose.openMask'),
            disabledReason: modelId === null ? t('choose.noModel') : null,
            onSelect: () => {
              if (modelId !== null) perform(() => openMask(modelId));
            },
          },
        ]}
      />
      <Dialog title={t('choose.mask')} isOpen={error !== null} onClose={() => setError(null)}>
        {error !== null && <ErrorPanel error={error} />}
      </Dialog>
    </>
  );
}
