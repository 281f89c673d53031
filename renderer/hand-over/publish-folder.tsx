// A folder of a file in the form that model hubs expect, and the command of the hub's own tool that uploads it. Nothing is sent from here.
import { FolderUp, TriangleAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { repositorySchema } from '../../electron/contract/api/exports.ts';
import { Button } from '../kit/button.tsx';
import { classNames } from '../kit/class-names.ts';
import { FormDialog } from '../kit/dialog.tsx';
import { ErrorPanel } from '../kit/error-panel.tsx';
import kit from '../kit/primitives.module.css';
import { TextField } from '../kit/text-field.tsx';
import { useCallMutation } from '../state/calls.ts';
import { CommandLine } from './command-line.tsx';
import styles from './hand-over.module.css';

type PublishFolderProps = { readonly exportId: number };

export function PublishFolder({ exportId }: PublishFolderProps): ReactNode {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const publish = useCallMutation('exports.publish', { onSuccess: () => setOpen(false) });
  const made = publish.data;
  return (
    <section className={classNames(kit.stack2, styles.part)} aria-label={t('export.publish.title')}>
      <h3>{t('export.publish.title')}</h3>
      <div className={kit.cluster}>
        <Button icon={FolderUp} isDisabled={publish.isPending} onPress={() => setOpen(true)}>
          {t('export.publish.make')}…
        </Button>
      </div>
      {isOpen && (
        <PublishDialog
          isBusy={publish.isPending}
          error={publish.error && <ErrorPanel error={publish.error.toData()} />}
          onClose={() => {
            setOpen(false);
            publish.reset();
          }}
          onSubmit={(repository, baseModel) =>
            publish.mutate({ subject: { kind: 'export', exportId }, target: null, repository, baseModel })
          }
        />
      )}
      <div role="status" className={classNames(kit.stack2, styles.outcome)}>
        {made !== undefined && (
          <>
            <p className={styles.note}>
              {t('export.publish.made')} <span className={styles.path}>{made.displayPath}</span>
            </p>
            <p className={classNames(kit.dim, styles.note)}>{made.files.join(' · ')}</p>
            {made.gaps.map((gap) => (
              <p key={gap} className={kit.warning}>
                <TriangleAlert size={16} aria-hidden />
                <span>{t(`findings.publishGap.${gap}`)}</span>
              </p>
            ))}
            <CommandLine label={t('export.publish.upload')} text={made.command} />
          </>
        )}
      </div>
    </section>
  );
}

type PublishDialogProps = {
  readonly isBusy: boolean;
  readonly error: ReactNode;
  readonly onClose: () => void;
  /** null: not stated. */
  readonly onSubmit: (repository: string | null, baseModel: string | null) => void;
};

function PublishDialog({ isBusy, error, onClose, onSubmit }: PublishDialogProps): ReactNode {
  const { t } = useTranslation();
  const [repository, setRepository] = useState('');
  const [baseModel, setBaseModel] = useState('');
  const isName = (text: string): boolean => text === '' || repositorySchema.safeParse(text).success;
  const field = (label: string, value: string, onChange: (text: string) => void) => ({
    label,
    value,
    onChange: (text: string) => onChange(text.trim()),
    placeholder: 'owner/name',
    error: isName(value) ? undefined : t('export.publish.noName'),
    spellCheck: 'false' as const,
  });
  return (
    <FormDialog
      title={t('export.publish.title')}
      onClose={onClose}
      action={t('export.publish.make')}
      isReady={isName(repository) && isName(baseModel) && !isBusy}
      onSubmit={() => onSubmit(repository || null, baseModel || null)}
    >
      <div className={kit.stack4}>
        <p className={kit.dim}>{t('export.publish.text')}</p>
        <TextField {...field(t('export.publish.repository'), repository, setRepository)} autoFocus />
        <TextField {...field(t('export.publish.baseModel'), baseModel, setBaseModel)} />
        {error}
      </div>
    </FormDialog>
  );
}
