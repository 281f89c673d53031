// Folders that are searched for models. Nothing in them is changed.
import { FolderPlus, RefreshCw, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallResult } from '../../../electron/contract/api.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { IconButton } from '../../kit/icon-button.tsx';
import kit from '../../kit/primitives.module.css';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { useTranslate } from '../../kit/translate.ts';
import { bridge } from '../../state/bridge.ts';
import { useCall, useCallMutation } from '../../state/calls.ts';
import { reportFailure } from '../../state/report-failure.ts';
import { SettingsError } from './settings-error.tsx';
import styles from './settings.module.css';

type Folder = CallResult<'library.folders'>[number];

export function Folders(): ReactNode {
  const { t } = useTranslation();
  const folders = useCall('library.folders', {});
  const scan = useCallMutation('library.scan');
  const add = useCallMutation('library.addFolder');
  const pick = async (): Promise<void> => {
    const [grant] = await bridge().pickFiles('folder');
    if (grant) add.mutate({ grant: grant.id });
  };
  return (
    <section className={classNames(kit.stack3, styles.page)} aria-label={t('settings.folders.title')}>
      <h2>{t('settings.folders.title')}</h2>
      <div className={kit.ends}>
        <p className={kit.lead}>
          {t(bridge().host === 'desktop' ? 'settings.folders.note' : 'settings.folders.servedNote')}
        </p>
        <div className={styles.row}>
          <Button icon={RefreshCw} isDisabled={scan.isPending} onPress={() => scan.mutate({})}>
            {scan.isPending ? t('settings.folders.scanning') : t('settings.folders.scan')}
          </Button>
          <Button icon={FolderPlus} onPress={() => void pick().catch(reportFailure)}>
            {t('settings.folders.add')}
          </Button>
        </div>
      </div>
      {folders.isPending && <SkeletonRows rows={4} />}
      {folders.error && <ErrorPanel error={folders.error.toData()} />}
      {folders.data && (
        <ul className={styles.list}>
          {folders.data.map((folder) => (
            <FolderRow key={folder.displayPath} folder={folder} />
          ))}
        </ul>
      )}
      {folders.data?.length === 0 && <p>{t('settings.folders.none')}</p>}
      <SettingsError error={scan.error ?? add.error} />
    </section>
  );
}

function FolderRow({ folder }: { readonly folder: Folder }): ReactNode {
  const { t } = useTranslation();
  const translate = useTranslate();
  const remove = useCallMutation('library.removeFolder', { onError: reportFailure });
  const { displayPath, models, problem, removable } = folder;
  return (
    <li className={styles.item}>
      <span className={kit.quoted}>{displayPath}</span>
      <span className={styles.figure}>{t('settings.folders.models', { count: models })}</span>
      {removable ? (
        <IconButton
          icon={Trash2}
          size="small"
          label={t('settings.folders.remove', { folder: displayPath })}
          isDisabled={remove.isPending}
          onPress={() => remove.mutate({ displayPath })}
        />
      ) : (
        <span className={styles.figure}>{t('settings.folders.known')}</span>
      )}
      {problem !== null && (
        <span className={classNames(kit.small, kit.caution, styles.problem)}>{translate(problem)}</span>
      )}
    </li>
  );
}
