// Served pages only: the written file is on the server. The file and what belongs to it are downloaded to this computer from here.
import { Download } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Export } from '../../../electron/contract/api/exports.ts';
import type { SavePurpose, ServerFiles } from '../../../electron/contract/bridge.ts';
import { downloadModel, DownloadModel } from '../../hand-over/download-model.tsx';
import { Button } from '../../kit/button.tsx';
import { asFileName, fileName } from '../../kit/file-name.ts';
import { IconButton } from '../../kit/icon-button.tsx';
import { Menu, type MenuEntry } from '../../kit/menu.tsx';
import { bridge } from '../../state/bridge.ts';
import { callEngine } from '../../state/calls.ts';
import { reportFailure } from '../../state/report-failure.ts';

type FileProps = { readonly file: Export };

/** Downloads for the file that was just written. */
export function Downloads({ file }: FileProps): ReactNode {
  const { t, i18n } = useTranslation();
  const { server } = bridge();
  if (server === undefined) return null;
  const { id: exportId, selectionId, bytes } = file;
  const subject = { kind: 'export', exportId } as const;
  const stem = fileName(file.displayPath).replace(/\.gguf$/, '');
  const entry = (
    what: 'report' | 'card' | 'choice' | 'modelfile',
    name: string,
    write: (target: string) => Promise<unknown>,
  ): MenuEntry => ({
    id: what,
    label: t(`export.with.${what}`),
    onSelect: () => void downloadWritten(server, what, name, write).catch(reportFailure),
  });
  return (
    <>
      <DownloadModel exportId={exportId} bytes={bytes ?? 0} />
      <Menu
        label={t('export.downloadWith')}
        trigger={<Button icon={Download}>{t('export.downloadWith')}</Button>}
        entries={[
          entry('card', `${stem}.README.md`, (target) =>
            callEngine('exports.card', { subject, form: 'card', target, overwrite: true }),
          ),
          entry('modelfile', `${stem}.Modelfile`, (target) => callEngine('programs.modelfile', { exportId, target })),
          ...(selectionId === null
            ? []
            : [
                entry('report', `${stem}-report.html`, (target) =>
                  callEngine('exports.card', {
                    subject: { kind: 'selection', selectionId, exportId },
                    form: 'report',
                    language: i18n.language,
                    target,
                    overwrite: true,
                  }),
                ),
                entry('choice', `${stem}.choice.json`, (target) =>
                  callEngine('exports.choice', { subject, form: 'choice', target, overwrite: true }),
                ),
              ]),
        ]}
      />
    </>
  );
}

/** Downloads a file of the list. */
export function DownloadButton({ file }: FileProps): ReactNode {
  const { t } = useTranslation();
  const { server } = bridge();
  if (server === undefined || file.modelId === null) return null;
  return (
    <IconButton
      icon={Download}
      size="small"
      label={t('export.downloadOf', { name: fileName(file.displayPath) })}
      onPress={() => void downloadModel(server, file.id).catch(reportFailure)}
    />
  );
}

async function downloadWritten(
  server: ServerFiles,
  purpose: SavePurpose,
  name: string,
  write: (target: string) => Promise<unknown>,
): Promise<void> {
  const target = await server.downloadTarget(purpose, asFileName(name));
  await write(target.id);
  await server.download(target);
}
