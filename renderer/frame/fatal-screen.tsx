// The engine cannot start, or died: what happened, what is safe, what to do, and the way back.
import { RotateCw } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ErrorData } from '../../electron/contract/errors.ts';
import { Button } from '../kit/button.tsx';
import { ErrorPanel } from '../kit/error-panel.tsx';
import { bridge } from '../state/bridge.ts';
import styles from './fatal-screen.module.css';

export function FatalScreen({ error }: { readonly error: ErrorData }): ReactNode {
  const { t } = useTranslation();
  const [isRestarting, setRestarting] = useState(false);
  const restart = async (): Promise<void> => {
    setRestarting(true);
    try {
      await bridge().restartEngine();
    } finally {
      setRestarting(false);
    }
  };
  const isDatabase = error.code === 'STORE' || error.code === 'TARGET_UNWRITABLE';
  return (
    <main className={styles.fatal}>
      <div className={styles.inner}>
        <h1>{t(isDatabase ? 'frame.fatal.database' : 'frame.fatal.engine')}</h1>
        <ErrorPanel
          error={error}
          safe={t(isDatabase ? 'frame.fatal.databaseSafe' : 'frame.fatal.engineSafe')}
          todo={t(isDatabase ? 'frame.fatal.databaseTodo' : 'frame.fatal.engineTodo')}
        >
          <Button variant="primary" icon={RotateCw} isDisabled={isRestarting} onPress={() => void restart()}>
            {isRestarting ? t('frame.fatal.restarting') : t('frame.fatal.restart')}
          </Button>
        </ErrorPanel>
      </div>
    </main>
  );
}
