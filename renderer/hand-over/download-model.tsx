// Served pages only: a written model is on the server, and is downloaded to this computer from here.
import { Download } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ServerFiles } from '../../electron/contract/bridge.ts';
import { Button } from '../kit/button.tsx';
import { useFormat } from '../kit/use-format.ts';
import { bridge } from '../state/bridge.ts';
import { callEngine } from '../state/calls.ts';
import { reportFailure } from '../state/report-failure.ts';

type DownloadModelProps = { readonly exportId: number; readonly bytes: number };

/** Renders nothing on the desktop, where the file is already on this computer. */
export function DownloadModel({ exportId, bytes }: DownloadModelProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { server } = bridge();
  if (server === undefined) return null;
  return (
    <Button icon={Download} onPress={() => void downloadModel(server, exportId).catch(reportFailure)}>
      {t('export.download', { size: format.bytes(bytes) })}
    </Button>
  );
}

/** Downloads all parts of the model. */
export async function downloadModel(server: ServerFiles, exportId: number): Promise<void> {
  await server.download(await callEngine('exports.download', { exportId }));
}
