// A walk through the folders that the server allows.
import { useQuery } from '@tanstack/react-query';
import { ChevronRight, File, Folder, Server } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Place, PlaceAccess } from '../../electron/contract/bridge.ts';
import { errorToData } from '../../electron/contract/errors.ts';
import { Button } from '../kit/button.tsx';
import { Bytes } from '../kit/bytes.tsx';
import { classNames } from '../kit/class-names.ts';
import { ErrorPanel } from '../kit/error-panel.tsx';
import kit from '../kit/primitives.module.css';
import { SkeletonRows } from '../kit/skeleton.tsx';
import styles from './server-dialog.module.css';
import type { ServerCalls } from './server-question.ts';

export type ShownPlace = {
  /** undefined: not loaded yet. */
  readonly shown: Place | undefined;
  readonly error: unknown;
  /** @param folder null: the allowed folders */
  readonly open: (folder: string | null) => void;
};

/** Returns the folder that is shown: at first the default folder for writing, or the list of allowed folders. */
export function usePlace({ list }: ServerCalls, access: PlaceAccess): ShownPlace {
  const [folder, open] = useState<string | null | undefined>(undefined);
  const { data: shown, error } = useQuery({
    queryKey: ['server folders', access, folder],
    queryFn: async () => {
      const place = await list(access, folder ?? null);
      const [first] = place.folders;
      const isTop = folder === undefined && place.path.length === 0;
      return isTop && access === 'write' && first !== undefined ? list(access, first.id) : place;
    },
    gcTime: 0,
  });
  return { shown, error, open };
}

type FolderViewProps = {
  readonly place: ShownPlace;
  /** Without it, files are shown only because their names are taken. */
  readonly onFile?: (id: string) => void;
};

export function FolderView({ place: { shown, error, open }, onFile }: FolderViewProps): ReactNode {
  const { t } = useTranslation();
  const list = useRef<HTMLUListElement>(null);
  const hasMoved = useRef(false);
  useEffect(() => {
    // the button that was pressed no longer exists
    if (hasMoved.current) list.current?.focus();
    hasMoved.current = false;
  }, [shown]);
  const move = (folder: string | null): void => {
    hasMoved.current = true;
    open(folder);
  };
  if (error !== null) {
    return (
      <ErrorPanel error={errorToData(error)}>
        <Button onPress={() => open(null)}>{t('frame.server.back')}</Button>
      </ErrorPanel>
    );
  }
  if (shown === undefined) return <SkeletonRows rows={4} />;
  const { path, folders, files, isCut } = shown;
  const shownFiles = onFile === undefined ? [] : files;
  return (
    <div className={kit.stack2}>
      <nav className={classNames(kit.row, styles.path)} aria-label={t('frame.server.path')}>
        <Button size="small" variant="quiet" icon={Server} isDisabled={path.length === 0} onPress={() => move(null)}>
          {t('frame.server.top')}
        </Button>
        {path.map(({ id, name }, index) => (
          <span key={id} className={styles.step}>
            <ChevronRight size={14} aria-hidden />
            {index === path.length - 1 ? (
              <strong aria-current="location">{name}</strong>
            ) : (
              <Button size="small" variant="quiet" onPress={() => move(id)}>
                {name}
              </Button>
            )}
          </span>
        ))}
      </nav>
      <ul
        ref={list}
        tabIndex={-1}
        className={classNames(kit.framed, styles.entries)}
        aria-label={t('frame.server.content')}
      >
        {folders.map(({ id, name }) => (
          <li key={id}>
            <Button size="small" variant="quiet" icon={Folder} onPress={() => move(id)}>
              {name}
            </Button>
          </li>
        ))}
        {shownFiles.map(({ id, name, bytes }) => (
          <li key={id}>
            <Button size="small" variant="quiet" icon={File} onPress={() => onFile?.(id)}>
              {name}
            </Button>
            <span className={styles.bytes}>
              <Bytes value={bytes} />
            </span>
          </li>
        ))}
        {folders.length + shownFiles.length === 0 && (
          <li className={classNames(kit.lead, styles.note)}>
            {t(onFile === undefined ? 'frame.server.noFolders' : 'frame.server.nothing')}
          </li>
        )}
      </ul>
      {isCut && <p className={classNames(kit.lead, styles.note)}>{t('frame.server.cut')}</p>}
    </div>
  );
}
