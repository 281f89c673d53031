// What can be done with the choice as a stored plan: naming and deleting it, and masks in the reference
// implementation's format, in and out.
import { ChevronDown } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { errorToData, type ErrorData } from '../../../electron/contract/errors.ts';
import { Button } from '../../kit/button.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { asFileName } from '../../kit/file-name.ts';
import { Menu } from '../../kit/menu.tsx';
import { TextField } from '../../kit/text-field.tsx';
import { showToast } from '../../kit/toast.tsx';
import { bridge } from '../../state/bridge.ts';
import { callEngine } from '../../state/calls.ts';
import { deleteWithUndo } from '../../state/delete-with-undo.ts';
import { go } from '../../state/navigation.ts';
import { choose } from '../../state/trail.ts';
import type { SavedPlan } from './saved-plan.ts';

/** As the contract has it. */
const NAME_LENGTH = 120;

type PlanMenuProps = { readonly modelId: string | null; readonly saved: SavedPlan };

export function PlanMenu({ modelId, saved }: PlanMenuProps): ReactNode {
  const { t } = useTranslation();
  const [error, setError] = useState<ErrorData | null>(null);
  const [isNaming, setNaming] = useState(false);
  const { plan } = saved;
  const perform = (action: () => Promise<void>): void => {
    action().catch((reason: unknown) => setError(errorToData(reason)));
  };
  const name = async (text: string): Promise<void> => {
    await callEngine('plans.rename', { planId: (await saved.save()).id, name: text });
  };
  return (
    <>
      <Menu
        label={t('choose.plan')}
        trigger={<Button icon={ChevronDown}>{t('choose.plan')}</Button>}
        entries={[
          { id: 'name', label: t('choose.namePlan'), onSelect: () => setNaming(true) },
          {
            id: 'delete',
            label: t('choose.deletePlan'),
            disabledReason: plan === undefined ? t('choose.notSaved') : null,
            onSelect: () => {
              if (plan !== undefined) perform(() => deletePlan(plan.id, t('choose.planDeleted', { name: plan.name })));
            },
          },
          { id: 'save', label: t('choose.saveMask'), onSelect: () => perform(() => saveMask(saved, t)) },
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
      {isNaming && (
        <NameDialog
          name={plan?.name ?? ''}
          onName={(text) => perform(() => name(text))}
          onClose={() => setNaming(false)}
        />
      )}
      <Dialog title={t('choose.plan')} isOpen={error !== null} onClose={() => setError(null)}>
        {error !== null && <ErrorPanel error={error} />}
      </Dialog>
    </>
  );
}

async function deletePlan(planId: number, done: string): Promise<void> {
  await deleteWithUndo(() => callEngine('plans.delete', { planId }), done);
}

async function saveMask({ save }: SavedPlan, t: TFunction): Promise<void> {
  const plan = await save();
  const target = await bridge().pickTarget('mask', asFileName(`${plan.name}-mask.json`));
  if (target === null) return;
  await callEngine('plans.exportMask', { planId: plan.id, target: target.id });
  showToast(t('kit.saved', { name: target.name }));
}

async function openMask(modelId: string): Promise<void> {
  const [grant] = await bridge().pickFiles('mask');
  if (grant === undefined) return;
  const plan = await callEngine('plans.importMask', { modelId, grant: grant.id });
  choose({ planId: plan.id });
  go('export');
}

type NameDialogProps = {
  readonly name: string;
  readonly onName: (name: string) => void;
  readonly onClose: () => void;
};

function NameDialog({ name, onName, onClose }: NameDialogProps): ReactNode {
  const { t } = useTranslation();
  const [text, setText] = useState(name);
  const trimmed = text.trim();
  const finish = (): void => {
    if (trimmed !== '') onName(trimmed);
    onClose();
  };
  return (
    <Dialog
      title={t('choose.planName')}
      isOpen
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>{t('kit.cancel')}</Button>
          <Button variant="primary" isDisabled={trimmed === ''} onPress={finish}>
            {t('choose.setName')}
          </Button>
        </>
      }
    >
      <TextField
        label={t('choose.planName')}
        isLabelHidden
        value={text}
        onChange={setText}
        maxLength={NAME_LENGTH}
        autoFocus
        onKeyDown={({ key }) => {
          if (key === 'Enter') finish();
        }}
      />
    </Dialog>
  );
}
