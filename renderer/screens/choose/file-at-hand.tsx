// The file of the current choice, or the one that the choice was changed from.
import { MessagesSquare, Undo2 } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Export } from '../../../electron/contract/api/exports.ts';
import { fileName } from '../../kit/file-name.ts';
import { Button } from '../../kit/button.tsx';
import { Bytes } from '../../kit/bytes.tsx';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { useFormat } from '../../kit/use-format.ts';
import { useCall } from '../../state/calls.ts';
import { selectionChoice } from '../../state/choosing.ts';
import { useTrailSelection } from '../../state/trail-items.ts';
import { choose } from '../../state/trail.ts';
import { goTry } from '../../state/try-request.ts';
import { useWorkingChoice } from '../../state/working-choice.ts';
import { changedFrom } from './changed-from.ts';
import styles from './choose.module.css';
import type { Undoing } from './undoing.ts';

type FileAtHandProps = {
  /** The file of the stored choice itself; null: it has not been written. */
  readonly written: Export | null;
  readonly history: Undoing['history'];
};

/** Memoised, since each change of the number of experts renders the screen again. */
export const FileAtHand = memo(function FileAtHand({ written, history }: FileAtHandProps): ReactNode {
  const selection = useTrailSelection();
  const isUnsaved = useWorkingChoice((working) => working.isUnsaved);
  const exports = useCall('exports.list', {}).data;
  if (selection === null) return null;
  if (written !== null && !isUnsaved) return <OfFile file={written} />;
  const before =
    written !== null
      ? { state: selection, file: written }
      : changedFrom(selection.id, history?.states ?? [], exports ?? []);
  return before && <ChangedFrom {...before} isUnsaved={isUnsaved} />;
});

function OfFile({ file }: { readonly file: Export }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { startedMs, seconds, bytes } = file;
  return (
    <div className={classNames(kit.cluster, styles.file)} role="status">
      <p>
        {t('choose.file.is', {
          name: fileName(file.displayPath),
          when: format.when(startedMs + 1000 * (seconds ?? 0)),
        })}{' '}
        {bytes !== null && <Bytes value={bytes} />}
      </p>
      <Button size="small" icon={MessagesSquare} onPress={goTry}>
        {t('choose.file.try')}
      </Button>
    </div>
  );
}

type ChangedFromProps = NonNullable<ReturnType<typeof changedFrom>> & { readonly isUnsaved: boolean };

function ChangedFrom({ state, file, isUnsaved }: ChangedFromProps): ReactNode {
  const { t } = useTranslation();
  const searches = useCall('fit.list', {}).data ?? [];
  const isBest = searches.some(({ found }) => found?.file?.exportId === file.id);
  const name = fileName(file.displayPath);
  return (
    <div className={classNames(kit.cluster, styles.file)} role="status">
      <p>{t(isBest ? 'choose.file.changedBest' : 'choose.file.changed', { name })}</p>
      <Button
        size="small"
        icon={Undo2}
        isDisabled={isUnsaved}
        onPress={() => choose({ ...selectionChoice(state), exportId: file.id })}
      >
        {t('choose.file.back')}
      </Button>
    </div>
  );
}
