// A file that was written earlier and is chosen now: it can go to other programs, and to others, as well.
import type { ReactNode } from 'react';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { useTrailExport } from '../../state/trail-items.ts';
import { OpenIn } from '../../hand-over/open-in.tsx';
import { ShareFile } from '../../hand-over/share-file.tsx';
import styles from './export.module.css';

/** @param shownId of the file that stands above already */
export function EarlierFile({ shownId }: { readonly shownId: number | null }): ReactNode {
  const file = useTrailExport();
  if (file?.state !== 'done' || file.modelId === null || file.id === shownId) return null;
  return (
    <section key={file.id} className={classNames(kit.stack3, styles.earlier)} aria-label={file.displayPath}>
      <h2 className={styles.path}>{file.displayPath}</h2>
      <OpenIn exportId={file.id} />
      <ShareFile exportId={file.id} isCalibrated={file.calibrated !== null} />
    </section>
  );
}
