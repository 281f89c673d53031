// Served pages only: where models have to be on the server to be found.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { SkeletonRows } from '../../kit/skeleton.tsx';
import { useTranslate } from '../../kit/translate.ts';
import { useCall } from '../../state/calls.ts';
import styles from './models.module.css';

export function ServerFolders(): ReactNode {
  const { t } = useTranslation();
  const translate = useTranslate();
  const folders = useCall('library.folders', {});
  if (folders.error !== null) return <ErrorPanel error={folders.error.toData()} />;
  if (folders.data === undefined) return <SkeletonRows rows={3} />;
  return (
    <div className={classNames(kit.stack2, styles.folders)}>
      <p>{t(folders.data.length > 0 ? 'models.serverFolders' : 'models.serverNoFolders')}</p>
      <ul>
        {folders.data.map(({ displayPath, models, problem }) => (
          <li key={displayPath} className={styles.folder}>
            <code className={kit.quoted}>{displayPath}</code>
            <span className={kit.dim}>{t('models.found', { count: models })}</span>
            {problem !== null && (
              <span className={classNames(kit.small, kit.caution, styles.problem)}>{translate(problem)}</span>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
