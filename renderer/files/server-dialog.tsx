// The file dialog of the served mode: the system's dialog would show files of the wrong computer.
import type { ReactNode } from 'react';
import { FolderCheck, FolderPlus, Upload } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { FolderPurpose } from '../../electron/contract/bridge.ts';
import { Button } from '../kit/button.tsx';
import { classNames } from '../kit/class-names.ts';
import { Dialog } from '../kit/dialog.tsx';
import kit from '../kit/primitives.module.css';
import { reportFailure } from '../state/report-failure.ts';
import styles from './server-dialog.module.css';
import { FolderView, usePlace } from './folder-view.tsx';
import { useServerQuestion, type ServerAnswer, type ServerCalls } from './server-question.ts';
import { TargetDialog } from './target-dialog.tsx';

/** The dialog. To be rendered once, in the frame. */
export function ServerDialog(): ReactNode {
  const current = useServerQuestion((state) => state.current);
  if (current === null) return null;
  const { question, folders } = current.question;
  const dialog = { folders, answer: current.answer };
  if (question.kind === 'target') return <TargetDialog question={question} {...dialog} />;
  return question.kind === 'models' ? (
    <ModelsDialog {...dialog} />
  ) : (
    <FolderDialog purpose={question.kind} {...dialog} />
  );
}

type DialogProps = {
  readonly folders: ServerCalls;
  readonly answer: (answer: ServerAnswer | null) => void;
};

function ModelsDialog({ folders, answer }: DialogProps): ReactNode {
  const { t } = useTranslation();
  const place = usePlace(folders, 'read');
  const upload = async (): Promise<void> => {
    const grants = await folders.uploadModels();
    if (grants.length > 0) answer({ kind: 'uploaded', grants });
  };
  return (
    <Dialog
      title={t('frame.server.models')}
      isOpen
      onClose={() => answer(null)}
      footer={
        <>
          <Button icon={Upload} onPress={() => void upload().catch(reportFailure)}>
            {t('frame.server.upload')}
          </Button>
          <Button onPress={() => answer(null)}>{t('kit.cancel')}</Button>
        </>
      }
    >
      <p className={classNames(kit.lead, styles.note)}>{t('frame.server.modelsNote')}</p>
      <FolderView place={place} onFile={(id) => answer({ kind: 'taken', ids: [id] })} />
    </Dialog>
  );
}

type FolderDialogProps = DialogProps & { readonly purpose: FolderPurpose };

function FolderDialog({ purpose, folders, answer }: FolderDialogProps): ReactNode {
  const { t } = useTranslation();
  const place = usePlace(folders, 'read');
  const here = place.shown?.path.at(-1);
  return (
    <Dialog
      title={t(`frame.server.${purpose}.title`)}
      isOpen
      onClose={() => answer(null)}
      footer={
        <>
          <Button onPress={() => answer(null)}>{t('kit.cancel')}</Button>
          <Button
            variant="primary"
            icon={purpose === 'folder' ? FolderPlus : FolderCheck}
            isDisabled={here === undefined}
            onPress={() => here !== undefined && answer({ kind: 'taken', ids: [here.id] })}
          >
            {here === undefined
              ? t(`frame.server.${purpose}.none`)
              : t(`frame.server.${purpose}.take`, { folder: here.name })}
          </Button>
        </>
      }
    >
      <p className={classNames(kit.lead, styles.note)}>{t(`frame.server.${purpose}.note`)}</p>
      <FolderView place={place} />
    </Dialog>
  );
}
