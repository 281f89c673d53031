// A screen, once its scripts are loaded: most already are, since the page loads them when it is idle.
import { RotateCw } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ScreenId } from '../../electron/contract/commands.ts';
import { errorToData, type ErrorData } from '../../electron/contract/errors.ts';
import { Button } from '../kit/button.tsx';
import { ErrorPanel } from '../kit/error-panel.tsx';
import { readScreen, findScreen } from '../screens/registry.ts';
import styles from './frame.module.css';

/** Needs the screen's id as its key. */
export function ScreenParts({ id }: { readonly id: ScreenId }): ReactNode {
  const { t } = useTranslation();
  const [Screen, setScreen] = useState(() => findScreen(id));
  const [error, setError] = useState<ErrorData | null>(null);
  useEffect(() => {
    if (Screen !== null) return;
    readScreen(id).then(
      (read) => setScreen(() => read),
      (failure: unknown) => setError(errorToData(failure)),
    );
  }, [id, Screen]);
  if (Screen !== null) return <Screen />;
  if (error === null) return null;
  // browsers differ in whether they retry scripts that failed to load: a reload retries in all of them
  return (
    <div className={styles.broken}>
      <ErrorPanel error={error} todo={t('frame.scripts.todo')}>
        <Button icon={RotateCw} onPress={() => location.reload()}>
          {t('frame.scripts.reload')}
        </Button>
      </ErrorPanel>
    </div>
  );
}
