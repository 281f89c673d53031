// An empty library: how to add models.
import { Boxes, FolderPlus, Play, RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { chooseFiles } from '../../files/hand-over.ts';
import { Button } from '../../kit/button.tsx';
import { EmptyState } from '../../kit/empty-state.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { bridge } from '../../state/bridge.ts';
import { openSample } from '../../state/first-run.ts';
import { GetModel } from './get-model.tsx';
import type { Scan } from './scan.ts';
import { ServerFolders } from './server-folders.tsx';
import styles from './models.module.css';

export function NoModels({ scan }: { readonly scan: Scan }): ReactNode {
  const { t } = useTranslation();
  const isDesktop = bridge().host === 'desktop';
  return (
    <>
      {scan.error !== null && <ErrorPanel error={scan.error.toData()} />}
      <EmptyState
        icon={Boxes}
        title={scan.isScanning ? t('models.scanning') : t('models.emptyTitle')}
        text={isDesktop ? t('models.emptyText') : t('models.emptyServed')}
      >
        <Button variant="primary" icon={Boxes} onPress={() => void chooseFiles('model')}>
          {t('models.open')}
        </Button>
        <Button icon={FolderPlus} onPress={() => void chooseFiles('folder')}>
          {t('models.addFolder')}
        </Button>
        <GetModel />
        <Button icon={RefreshCw} isDisabled={scan.isScanning} onPress={scan.start}>
          {t('models.lookAgain')}
        </Button>
        <Button icon={Play} onPress={() => void openSample()}>
          {t('models.sample')}
        </Button>
      </EmptyState>
      {!isDesktop && (
        <div className={styles.emptyFolders}>
          <ServerFolders />
        </div>
      )}
    </>
  );
}
