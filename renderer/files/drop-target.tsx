// The whole window takes files. While they are dragged, the overlay says what will become of each; a browser keeps their
// names to itself until they are let go, so the kind of some is told by rule.
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import { bridge } from '../state/bridge.ts';
import { useNavigation } from '../state/navigation.ts';
import { useTrailDomain } from '../state/trail-items.ts';
import styles from './drop-target.module.css';
import { FILE_ICONS } from './file-icons.ts';
import { kindOfName, kindOfType, setNameOf, type FileKind } from './file-kinds.ts';
import { handOverFiles } from './hand-over.ts';

type Dragged = {
  /** null while the browser does not tell. */
  readonly name: string | null;
  readonly kind: FileKind;
};

/** More are counted, not listed. */
const LISTED = 8;

function draggedFiles(transfer: DataTransfer, asTexts: boolean): Dragged[] {
  return [...transfer.items]
    .filter(({ kind }) => kind === 'file')
    .map((item) => {
      const name = item.getAsFile()?.name ?? null;
      return { name, kind: name === null ? kindOfType(item.type, asTexts) : kindOfName(name, asTexts) };
    });
}

function hasFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes('Files') ?? false;
}

/** @returns what is dragged over the window now; null: nothing */
function useDraggedFiles(asTexts: boolean): readonly Dragged[] | null {
  const [dragged, setDragged] = useState<readonly Dragged[] | null>(null);
  useEffect(() => {
    const enter = (event: DragEvent): void => {
      if (!hasFiles(event) || event.dataTransfer === null) return;
      event.preventDefault();
      setDragged(draggedFiles(event.dataTransfer, asTexts));
    };
    const over = (event: DragEvent): void => {
      if (!hasFiles(event) || event.dataTransfer === null) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
    };
    const leave = (event: DragEvent): void => {
      // Between elements of the page there is always a next one.
      if (event.relatedTarget === null) setDragged(null);
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event) || event.dataTransfer === null) return;
      event.preventDefault();
      setDragged(null);
      void handOverFiles([...event.dataTransfer.files], asTexts);
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

/** Once, in the frame. */
export function DropTarget(): ReactNode {
  const { t } = useTranslation();
  // Where models are measured, a file of texts is one to measure with.
  const asTexts = useNavigation(({ screen }) => screen === 'prove');
  const domain = useTrailDomain();
  const dragged = useDraggedFiles(asTexts);
  if (dragged === null) return null;
  const firstDemos = dragged.find(({ kind }) => kind === 'demos')?.name;
  const whatWillHappen = (kind: FileKind): string => {
    if (bridge().host === 'served') {
      if (kind === 'model') return t('frame.drop.upload');
      if (kind === 'undecided') return t('frame.drop.uploadUndecided');
    }
    const isForDomain = kind === 'demos' || kind === 'texts';
    if (isForDomain && domain !== null) return t(`frame.drop.into.${kind}`, { domain: domain.name });
    if (kind === 'demos' && firstDemos) return t('frame.drop.intoNew', { domain: setNameOf(firstDemos) });
    return t(`frame.drop.will.${kind}`);
  };
  const rest = dragged.length - LISTED;
  return (
    <div className={styles.overlay} role="status">
      <div className={styles.panel}>
        <h2 className={styles.title}>{t('frame.drop.title', { count: dragged.length })}</h2>
        <ul className={styles.list}>
          {dragged.slice(0, LISTED).map(({ name, kind }, index) => {
            const Icon = FILE_ICONS[kind];
            return (
              <li key={index} className={classNames(styles.file, kind === 'declined' && styles.declined)}>
                <Icon size={16} strokeWidth={1.75} aria-hidden className={styles.icon} />
                <span className={styles.name}>{name ?? t('frame.drop.unnamed', { number: index + 1 })}</span>
                <span className={styles.what}>{whatWillHappen(kind)}</span>
              </li>
            );
          })}
        </ul>
        {rest > 0 && <p className={styles.what}>{t('frame.drop.more', { count: rest })}</p>}
      </div>
    </div>
  );
}
