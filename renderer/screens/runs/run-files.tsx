// The files that were written of choices from runs, each ready to use in a chat program.
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Export } from '../../../electron/contract/api/exports.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { OpenIn } from '../../hand-over/open-in.tsx';
import { Button } from '../../kit/button.tsx';
import { Bytes } from '../../kit/bytes.tsx';
import { classNames } from '../../kit/class-names.ts';
import { MiddleCut } from '../../kit/middle-cut.tsx';
import kit from '../../kit/primitives.module.css';
import { useCall } from '../../state/calls.ts';
import styles from './runs.module.css';

/** @param chosen the runs whose files are shown; empty: the files of all runs, and those of choices that came from no run */
export function RunFiles({ chosen }: { readonly chosen: readonly Run[] }): ReactNode {
  const { t } = useTranslation();
  const files = useCall('exports.list', {}).data ?? [];
  const selections = useCall('selections.list', { modelId: null }).data ?? [];
  const runsOf = ({ selectionId }: Export): readonly number[] =>
    selections.find(({ id }) => id === selectionId)?.request?.runIds ?? [];
  const isShown = (file: Export): boolean =>
    file.state === 'done' &&
    file.modelId !== null &&
    (chosen.length === 0 || chosen.some(({ id }) => runsOf(file).includes(id)));
  const shown = files.filter(isShown);
  if (shown.length === 0) return null;
  return (
    <section className={classNames(kit.stack2, styles.choices)} aria-label={t('runs.files')}>
      <h2>{t('runs.files')}</h2>
      <ul>
        {shown.map((file) => (
          <RunFile key={file.id} file={file} name={selections.find(({ id }) => id === file.selectionId)?.name ?? ''} />
        ))}
      </ul>
    </section>
  );
}

/** @param name of its selection; empty: the selection has gone */
function RunFile({ file, name }: { readonly file: Export; readonly name: string }): ReactNode {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const ref = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isOpen) ref.current?.scrollIntoView({ block: 'nearest' });
  }, [isOpen]);
  return (
    <li ref={ref} className={styles.file}>
      <div className={styles.fileLine}>
        <MiddleCut text={file.displayPath} />
        <span className={kit.dim}>{name}</span>
        <span className={kit.dim}>{file.bytes !== null && <Bytes value={file.bytes} />}</span>
        <Button
          size="small"
          icon={isOpen ? ChevronDown : ChevronRight}
          aria-expanded={isOpen}
          aria-label={t('runs.openFileIn', { name: file.displayPath })}
          onPress={() => setOpen(!isOpen)}
        >
          {t('runs.openIn')}
        </Button>
      </div>
      {isOpen && <OpenIn exportId={file.id} />}
    </li>
  );
}
