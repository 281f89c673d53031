// The engine cannot start, or has died: what happened, what is safe, what to do, and the way back.
import { RotateCw } from 'lucide-react';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ErrorData } from '../../electron/contract/errors.ts';
import { Button } from '../kit/button.tsx';
import { classNames } from '../kit/class-names.ts';
import { ErrorPanel } from '../kit/error-panel.tsx';
import kit from '../kit/primitives.module.css';
import { bridge } from '../state/bridge.ts';
import styles from './fatal-screen.module.css';

/** Codes of errors of the database that kept the engine from starting. */
const DATABASE_CODES: ReadonlySet<ErrorData['code']> = new Set(['STORE', 'TARGET_UNWRITABLE', 'NO_SPACE']);

export function FatalScreen({ error }: { readonly error: ErrorData }): ReactNode {
  const { t } = useTranslation();
  if (error.code === 'CONNECTION_LOST') {
    return error.details?.reason === 'stranger' ? (
      <FatalPage title={t('frame.fatal.stranger')}>
        <ErrorPanel error={error} safe={t('frame.fatal.engineSafe')} todo={t('frame.fatal.strangerTodo')} />
      </FatalPage>
    ) : (
      <FatalPage title={t('frame.fatal.connection')}>
        <ErrorPanel error={error} />
      </FatalPage>
    );
  }
  const cause = DATABASE_CODES.has(error.code) ? 'database' : 'engine';
  const shown = error.details?.reason === 'silent' ? 'silent' : cause;
  return (
    <FatalPage title={t(`frame.fatal.${shown}`)}>
      <ErrorPanel
        error={error}
        isTitled={false}
        safe={t(`frame.fatal.${cause}Safe`)}
        todo={t(`frame.fatal.${shown}Todo`)}
      >
        <RestartButton />
      </ErrorPanel>
    </FatalPage>
  );
}

function FatalPage({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  return (
    <main className={classNames(kit.stack4, styles.fatal)}>
      <div className={classNames(kit.stack3, styles.inner)}>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}

function RestartButton(): ReactNode {
  const { t } = useTranslation();
  const restart = useMutation({ mutationFn: () => bridge().restartEngine() });
  return (
    <Button
      variant="primary"
      icon={RotateCw}
      disabledReason={restart.isPending ? t('frame.fatal.restarting') : null}
      onPress={() => restart.mutate()}
    >
      {t('frame.fatal.restart')}
    </Button>
  );
}
