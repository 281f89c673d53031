// A written file in one row.
import { ChevronDown, EllipsisVertical, FileText, MessagesSquare, SlidersHorizontal } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Export } from '../../../electron/contract/api/exports.ts';
import { lossText } from '../../../electron/contract/fit-texts.ts';
import type { PublishedInterval } from '../../../electron/contract/interval.ts';
import { DownloadModel } from '../../hand-over/download-model.tsx';
import { OpenMenu, OpenOutcome } from '../../hand-over/open-in.tsx';
import { saveReport } from '../../hand-over/save-report.ts';
import { Button } from '../../kit/button.tsx';
import { Bytes } from '../../kit/bytes.tsx';
import { fileName } from '../../kit/file-name.ts';
import { IconButton } from '../../kit/icon-button.tsx';
import { Menu } from '../../kit/menu.tsx';
import kit from '../../kit/primitives.module.css';
import { useLocale } from '../../kit/translate.ts';
import { useFormat } from '../../kit/use-format.ts';
import { useCall } from '../../state/calls.ts';
import { fileChoice } from '../../state/choosing.ts';
import { go } from '../../state/navigation.ts';
import { reportFailure } from '../../state/report-failure.ts';
import { choose } from '../../state/trail.ts';
import { goTry } from '../../state/try-request.ts';
import { useFileLosses } from './file-losses.ts';
import styles from './files.module.css';

export function FileRow({ file }: { readonly file: Export }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const losses = useFileLosses(file);
  const { displayPath, bytes, startedMs, sourceName, modelId } = file;
  const name = fileName(displayPath);
  return (
    <tr>
      <th scope="row" title={displayPath} className={styles.name}>
        {name}
      </th>
      <td className={styles.size}>{bytes !== null && <Bytes value={bytes} />}</td>
      <td>{losses !== undefined && <Loss ratio={losses.inside} />}</td>
      <td>{losses !== undefined && <Loss ratio={losses.outside} />}</td>
      <td>
        {format.when(startedMs)}
        <span className={styles.source}>{t('files.of', { model: sourceName })}</span>
      </td>
      <td>
        {modelId === null ? (
          <span className={kit.caution}>{t('files.gone')}</span>
        ) : (
          <Actions file={file} name={name} />
        )}
        <OpenOutcome exportId={file.id} />
      </td>
    </tr>
  );
}

function Loss({ ratio }: { readonly ratio: PublishedInterval | null }): ReactNode {
  const { t } = useTranslation();
  const locale = useLocale();
  return ratio === null ? <span className={kit.dim}>{t('files.notMeasured')}</span> : lossText(ratio, locale);
}

function Actions({ file, name }: { readonly file: Export; readonly name: string }): ReactNode {
  const { t, i18n } = useTranslation();
  const selections = useCall('selections.list', { modelId: null }).data ?? [];
  const { sourceModelId, selectionId } = file;
  const take = (): void =>
    choose({ ...(sourceModelId !== null && { modelId: sourceModelId }), ...fileChoice(file, selections) });
  const selection = selections.find(({ id }) => id === selectionId);
  return (
    <div className={styles.actions}>
      <Button
        size="small"
        icon={MessagesSquare}
        onPress={() => {
          take();
          goTry();
        }}
      >
        {t('fit.tryFile')}
      </Button>
      <OpenMenu
        exportId={file.id}
        trigger={
          <Button size="small" icon={ChevronDown}>
            {t('fit.openIn')}
          </Button>
        }
      />
      <DownloadModel exportId={file.id} bytes={file.bytes ?? 0} />
      <Menu
        label={t('files.moreOf', { name })}
        trigger={<IconButton icon={EllipsisVertical} size="small" label={t('files.moreOf', { name })} />}
        entries={[
          {
            id: 'report',
            label: t('prove.saveReport'),
            icon: FileText,
            disabledReason: selection === undefined ? t('files.noChoice') : null,
            onSelect: () => {
              if (selection !== undefined) saveReport(selection, file.id, i18n.language, t).catch(reportFailure);
            },
          },
          {
            id: 'hand',
            label: t('files.byHand'),
            icon: SlidersHorizontal,
            disabledReason: selection === undefined ? t('files.noChoice') : null,
            onSelect: () => {
              take();
              go('choose');
            },
          },
        ]}
      />
    </div>
  );
}
