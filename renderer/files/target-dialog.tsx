// Asks where to write a file: to download it, or into a folder that the server allows, under a free name.
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { SAVE_EXTENSIONS, TO_DOWNLOAD } from '../../electron/contract/bridge.ts';
import { freeFileName, hasExtension, isFileName } from '../../electron/contract/file-names.ts';
import { Button } from '../kit/button.tsx';
import { FormDialog } from '../kit/dialog.tsx';
import kit from '../kit/primitives.module.css';
import { RadioList } from '../kit/radio-list.tsx';
import { TextField } from '../kit/text-field.tsx';
import { FolderView, usePlace } from './folder-view.tsx';
import type { ServerAnswer, ServerCalls, ServerQuestion } from './server-question.ts';

type TargetDialogProps = {
  readonly question: Extract<ServerQuestion, { kind: 'target' }>;
  readonly folders: ServerCalls;
  readonly answer: (answer: ServerAnswer | null) => void;
};

export function TargetDialog({ question: { purpose, suggestedName }, folders, answer }: TargetDialogProps): ReactNode {
  const { t } = useTranslation();
  const place = usePlace(folders, 'write');
  const canDownload = purpose !== 'model';
  const [isDownload, setDownload] = useState(canDownload);
  const [typed, setTyped] = useState<string | null>(null);
  const names = new Set(isDownload ? [] : place.shown?.files.map(({ name }) => name));
  const isTaken = (other: string): boolean => names.has(other);
  const name = typed ?? freeFileName(suggestedName, isTaken);
  const here = isDownload ? TO_DOWNLOAD : place.shown?.path.at(-1)?.id;
  const isName = isFileName(name) && hasExtension(name, SAVE_EXTENSIONS[purpose]);
  return (
    <FormDialog
      title={t('frame.server.target')}
      action={t(isDownload ? 'frame.server.download' : 'frame.server.here')}
      isReady={isName && here !== undefined}
      onSubmit={() => here !== undefined && answer({ kind: 'target', name, folder: here })}
      onClose={() => answer(null)}
    >
      <div className={kit.stack3}>
        {canDownload && (
          <RadioList
            autoFocus
            label={t('frame.server.where')}
            options={[
              { id: TO_DOWNLOAD, label: t('frame.server.toDownload') },
              { id: 'folder', label: t('frame.server.toFolder') },
            ]}
            value={isDownload ? TO_DOWNLOAD : 'folder'}
            onChange={(id) => setDownload(id === TO_DOWNLOAD)}
          />
        )}
        <TextField
          label={t('frame.server.name')}
          value={name}
          onChange={setTyped}
          autoFocus={!canDownload}
          error={isName ? null : t('frame.server.noName', { ending: SAVE_EXTENSIONS[purpose].join(', .') })}
          description={
            names.has(name)
              ? t(purpose === 'model' ? 'frame.server.asks' : 'frame.server.renames', {
                  name: freeFileName(name, isTaken),
                })
              : undefined
          }
        />
        {names.has(name) && (
          <div>
            <Button size="small" onPress={() => setTyped(freeFileName(name, isTaken))}>
              {t('frame.server.useFree', { name: freeFileName(name, isTaken) })}
            </Button>
          </div>
        )}
        {!isDownload && <FolderView place={place} />}
      </div>
    </FormDialog>
  );
}
