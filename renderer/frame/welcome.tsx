// The first run: two ways on, and the models for which the second is most worthwhile.
import { Boxes, FileDown, Play } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import mark from '../../resources/icons/icon.svg?no-inline';
import { Button } from '../kit/button.tsx';
import { classNames } from '../kit/class-names.ts';
import { ErrorPanel } from '../kit/error-panel.tsx';
import kit from '../kit/primitives.module.css';
import { chooseFiles } from '../files/hand-over.ts';
import { Preparing } from '../jobs/preparing.tsx';
import { bridge } from '../state/bridge.ts';
import { useCall, useCallMutation } from '../state/calls.ts';
import { leaveWelcome, takeSample, useWelcome } from '../state/first-run.ts';
import { GetModel } from '../screens/new/get-model.tsx';
import styles from './welcome.module.css';

export function Welcome(): ReactNode {
  const { t } = useTranslation();
  const isDesktop = bridge().host === 'desktop';
  const count = useCall('library.list', {}).data?.filter(({ state }) => state === 'ready').length ?? 0;
  // what is known about this machine waits for the build, too
  const isBuilding = useCall('app.info', {}).data?.native.state === 'building';
  const sample = useCallMutation('sample.open', {
    onMutate: () => useWelcome.setState({ isOpeningSample: true }),
    onError: () => useWelcome.setState({ isOpeningSample: false }),
    onSuccess: takeSample,
  });
  return (
    <div className={classNames(kit.stack5, styles.welcome)}>
      <div className={classNames(kit.stack2, styles.words)}>
        <img src={mark} alt="" width={48} height={48} className={styles.mark} />
        <h1 className={styles.title}>{t('frame.welcome.title')}</h1>
        <p className={styles.lead}>{t('frame.welcome.lead')}</p>
      </div>
      <Preparing />
      <div className={styles.ways}>
        <div className={classNames(kit.stack3, kit.framed, styles.way)}>
          <Play size={28} strokeWidth={1.25} aria-hidden className={kit.accent} />
          <p className={styles.text}>{t('frame.welcome.sampleText')}</p>
          <Button variant="primary" isDisabled={sample.isPending} onPress={() => sample.mutate({})}>
            {t('frame.welcome.sample')}
          </Button>
          {isBuilding && sample.isPending && (
            <p role="status" className={kit.note}>
              {t('frame.welcome.sampleWaits')}
            </p>
          )}
        </div>
        <div className={classNames(kit.stack3, kit.framed, styles.way, styles.drop)}>
          <FileDown size={28} strokeWidth={1.25} aria-hidden className={kit.accent} />
          <p className={styles.text}>{t(isDesktop ? 'frame.welcome.dropText' : 'frame.welcome.dropTextServed')}</p>
          <div className={kit.cluster}>
            <Button onPress={() => void chooseFiles('model')}>
              {t(isDesktop ? 'frame.welcome.choose' : 'frame.welcome.chooseServed')}
            </Button>
            <GetModel onBegun={leaveWelcome} />
          </div>
        </div>
      </div>
      {count > 0 && (
        <Button variant="quiet" icon={Boxes} onPress={leaveWelcome}>
          {t(isDesktop ? 'frame.welcome.found' : 'frame.welcome.foundServed', { count })}
        </Button>
      )}
      {sample.error && (
        <div className={styles.error}>
          <ErrorPanel error={sample.error.toData()} />
        </div>
      )}
    </div>
  );
}

/** Whether nothing has been chosen or made yet, so that the library would mean nothing to the user. */
export function useIsFirstRun(): boolean {
  const { isLeft, isOpeningSample } = useWelcome();
  const runs = useCall('runs.list', {}).data;
  const domains = useCall('domains.list', {}).data;
  const added = useCall('library.list', {}).data?.some(({ origin }) => ADDED_BY_HAND.has(origin));
  const isNew = runs?.length === 0 && domains?.length === 0 && added === false;
  return !isLeft && (isNew || isOpeningSample);
}

const ADDED_BY_HAND: ReadonlySet<string> = new Set(['file', 'sample', 'export', 'folder']);
