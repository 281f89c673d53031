// Actions on the choice as a stored selection: naming and deleting it, and its files.
import { ChevronDown } from 'lucide-react';
import { memo, useState, type ReactNode } from 'react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import { errorFromData, errorToData, type ErrorData } from '../../../electron/contract/errors.ts';
import { reportOutcome } from '../../files/file-results.ts';
import { writeFile } from '../../files/write-file.ts';
import { Button } from '../../kit/button.tsx';
import { Dialog, FormDialog } from '../../kit/dialog.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { asFileName } from '../../kit/file-name.ts';
import { Menu } from '../../kit/menu.tsx';
import { TextField } from '../../kit/text-field.tsx';
import { showToast } from '../../kit/toast.tsx';
import { bridge } from '../../state/bridge.ts';
import { callEngine } from '../../state/calls.ts';
import { deleteWithUndo } from '../../state/delete-with-undo.ts';
import { go } from '../../state/navigation.ts';
import { useTrailSelection } from '../../state/trail-items.ts';
import { choose, useTrail } from '../../state/trail.ts';
import { keepChoice, useWorkingChoice } from '../../state/working-choice.ts';

/** The same limit as in the contract. */
const NAME_LENGTH = 120;

export const SelectionMenu = memo(function SelectionMenu({ modelId }: { readonly modelId: string | null }): ReactNode {
  const { t } = useTranslation();
  const [error, setError] = useState<ErrorData | null>(null);
  const [isNaming, setNaming] = useState(false);
  const selection = useTrailSelection();
  const perform = (action: () => Promise<void>): void => {
    action().catch((reason: unknown) => setError(errorToData(reason)));
  };
  const name = async (text: string): Promise<void> => {
    const { id } = await storedSelection();
    await callEngine('selections.rename', { selectionId: id, name: text });
  };
  return (
    <>
      <Menu
        label={t('choose.selection')}
        trigger={<Button icon={ChevronDown}>{t('choose.selection')}</Button>}
        entries={[
          { id: 'name', label: t('choose.nameSelection'), onSelect: () => setNaming(true) },
          {
            id: 'delete',
            label: t('choose.deleteSelection'),
            onSelect: () => {
              if (selection !== null)
                perform(() => deleteSelection(selection.id, t('choose.selectionDeleted', { name: selection.name })));
            },
          },
          { id: 'save', label: t('choose.saveChoice'), onSelect: () => perform(() => saveChoice(t)) },
          {
            id: 'open',
            label: t('choose.openChoice'),
            disabledReason: modelId === null ? t('choose.noModel') : null,
            onSelect: () => {
              if (modelId !== null) perform(() => openChoice(modelId));
            },
          },
        ]}
      />
      {isNaming && (
        <NameDialog
          name={selection?.isNamed ? selection.name : ''}
          onName={(text) => perform(() => name(text))}
          onClose={() => setNaming(false)}
        />
      )}
      <Dialog title={t('choose.selection')} isOpen={error !== null} onClose={() => setError(null)}>
        {error !== null && <ErrorPanel error={error} />}
      </Dialog>
    </>
  );
});

/** Returns the choice as it is now. @throws WinnowError as storing does */
async function storedSelection(): Promise<Selection> {
  await keepChoice();
  const { error } = useWorkingChoice.getState();
  const { selectionId } = useTrail.getState();
  if (error !== null) throw errorFromData(error);
  return callEngine('selections.get', { selectionId: selectionId ?? 0 });
}

async function deleteSelection(selectionId: number, done: string): Promise<void> {
  await deleteWithUndo(() => callEngine('selections.delete', { selectionId }), done);
}

async function saveChoice(t: TFunction): Promise<void> {
  const selection = await storedSelection();
  const target = await writeFile('choice', asFileName(`${selection.name}.choice.json`), (target) =>
    callEngine('exports.choice', {
      subject: { kind: 'selection', selectionId: selection.id, exportId: null },
      form: 'choice',
      target,
      overwrite: true,
    }),
  );
  if (target === null) return;
  showToast(t('kit.saved', { name: target.name }));
}

async function openChoice(modelId: string): Promise<void> {
  const [grant] = await bridge().pickFiles('choice');
  if (grant === undefined) return;
  const { id: selectionId, said } = await callEngine('selections.importChoice', { modelId, grant: grant.id });
  choose({ selectionId });
  reportOutcome('choice', { name: grant.name, error: null, said });
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
    onName(trimmed);
    onClose();
  };
  return (
    <FormDialog
      title={t('choose.selectionName')}
      action={t('choose.setName')}
      isReady={trimmed !== ''}
      onSubmit={finish}
      onClose={onClose}
    >
      <TextField
        label={t('choose.selectionName')}
        isLabelHidden
        value={text}
        onChange={setText}
        maxLength={NAME_LENGTH}
        autoFocus
      />
    </FormDialog>
  );
}
