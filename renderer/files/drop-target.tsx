// The whole window accepts files. While files are dragged, the overlay says what will become of each; a browser hides
// their names until they are dropped, so some kinds are judged by type.
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import kit from '../kit/primitives.module.css';
import { bridge } from '../state/bridge.ts';
import { useNavigation } from '../state/navigation.ts';
import { useTrailDomain } from '../state/trail-items.ts';
import styles from './drop-target.module.css';
import { FILE_ICONS } from './file-icons.ts';
import { kindOfName, kindOfType, mayHoldChoice, type NamedKind } from './file-kinds.ts';
import { handOverFiles } from './hand-over.ts';
import { suggestName } from './set-names.ts';

type DraggedFile = {
  /** null: the browser does not reveal it. */
  readonly name: string | null;
  /** A MIME type, or "". */
  readonly type: string;
};

type Dragged = {
  readonly files: readonly DraggedFile[];
  /** The files are over a place that keeps held-out texts. */
  readonly isOverTexts: boolean;
};

/** Files beyond this number are counted, not listed. */
const LISTED = 8;

function draggedFiles(transfer: DataTransfer): DraggedFile[] {
  return [...transfer.items]
    .filter(({ kind }) => kind === 'file')
    .map((item) => ({ name: item.getAsFile()?.name ?? null, type: item.type }));
}

function folderName(item: DataTransferItem): string | null {
  const entry = item.kind === 'file' ? item.webkitGetAsEntry() : null;
  return entry?.isDirectory === true ? entry.name : null;
}

function hasFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes('Files') ?? false;
}

function isOverTexts({ target }: DragEvent): boolean {
  return target instanceof Element && target.closest('[data-drop="texts"]') !== null;
}

/** @returns the files that are being dragged over the window; null: there are none */
function useDraggedFiles(asTexts: boolean): Dragged | null {
  const [dragged, setDragged] = useState<Dragged | null>(null);
  useEffect(() => {
    document.documentElement.toggleAttribute('data-dragged', dragged !== null);
  }, [dragged]);
  useEffect(() => {
    const enter = (event: DragEvent): void => {
      if (!hasFiles(event) || event.dataTransfer === null) return;
      event.preventDefault();
      setDragged({ files: draggedFiles(event.dataTransfer), isOverTexts: isOverTexts(event) });
    };
    const over = (event: DragEvent): void => {
      if (!hasFiles(event) || event.dataTransfer === null) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
    };
    const leave = (event: DragEvent): void => {
      // Between two elements of the page, there is always a next one.
      if (event.relatedTarget === null) setDragged(null);
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event) || event.dataTransfer === null) return;
      event.preventDefault();
      setDragged(null);
      const { files, items } = event.dataTransfer;
      const folders = new Set([...items].flatMap((item) => folderName(item) ?? []));
      void handOverFiles([...files], asTexts || isOverTexts(event), folders);
    };
    const listeners = { dragenter: enter, dragover: over, dragleave: leave, drop } as const;
    for (const [name, listener] of Object.entries(listeners)) {
      window.addEventListener(name as keyof typeof listeners, listener);
    }
    return () => {
      for (const [name, listener] of Object.entries(listeners)) {
        window.removeEventListener(name as keyof typeof listeners, listener);
      }
    };
  }, [asTexts]);
  return dragged;
}

/** The overlay. To be rendered once, in the frame. */
export function DropTarget(): ReactNode {
  const { t } = useTranslation();
  // On the screen that measures models, a file of texts is one to measure on.
  const asTexts = useNavigation(({ screen }) => screen === 'prove');
  const domain = useTrailDomain();
  const dragged = useDraggedFiles(asTexts);
  if (dragged === null) return null;
  const isForTexts = asTexts || dragged.isOverTexts;
  const files = dragged.files.map(({ name, type }) => ({
    name,
    kind: name === null ? kindOfType(type, isForTexts) : kindOfName(name, isForTexts),
  }));
  const newSet = suggestName(files.flatMap(({ name, kind }) => (name !== null && kind === 'demos' ? [name] : [])));
  const whatWillHappen = (kind: NamedKind, name: string | null): string => {
    if (bridge().host === 'served') {
      if (kind === 'model') return t('frame.drop.upload');
      if (kind === 'undecided') return t('frame.drop.uploadUndecided');
    }
    if (kind === 'demos' && name !== null && mayHoldChoice(name)) return t('frame.drop.json');
    const isForDomain = kind === 'demos' || kind === 'texts';
    if (isForDomain && domain !== null) return t(`frame.drop.into.${kind}`, { domain: domain.name });
    if (kind === 'demos' && newSet !== '') return t('frame.drop.intoNew', { domain: newSet });
    return t(`frame.drop.will.${kind}`);
  };
  const rest = files.length - LISTED;
  return (
    <div className={classNames(kit.scrim, styles.overlay)} role="status">
      <div className={classNames(kit.stack3, styles.panel)}>
        <h2 className={styles.title}>{t('frame.drop.title', { count: files.length })}</h2>
        <ul className={kit.stack2}>
          {files.slice(0, LISTED).map(({ name, kind }, index) => {
            const Icon = FILE_ICONS[kind];
            return (
              <li key={index} className={classNames(styles.file, kind === 'declined' && styles.declined)}>
                <Icon size={16} strokeWidth={1.75} aria-hidden className={styles.icon} />
                <span className={classNames(kit.ellipsis, styles.name)}>
                  {name ?? t('frame.drop.unnamed', { number: index + 1 })}
                </span>
                <span className={styles.what}>{whatWillHappen(kind, name)}</span>
              </li>
            );
          })}
        </ul>
        {rest > 0 && <p className={styles.what}>{t('frame.drop.more', { count: rest })}</p>}
      </div>
    </div>
  );
}
