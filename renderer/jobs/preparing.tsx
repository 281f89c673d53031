// The first minute from a checkout: what is happening, how long it takes, and that nobody has to wait for it.
import { Hammer } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import kit from '../kit/primitives.module.css';
import { ProgressBar } from '../kit/progress-bar.tsx';
import { useCall } from '../state/calls.ts';
import { buildShare } from './build-share.ts';
import styles from './preparing.module.css';

/** Renders nothing if llama.cpp is there, as in a released app. */
export function Preparing(): ReactNode {
  const { t } = useTranslation();
  const native = useCall('app.info', {}).data?.native;
  // before the first line of the build, it may turn out to be there
  if (native?.state !== 'building' || native.line === '') return null;
  return (
    <section className={classNames(kit.notice, kit.framed, styles.preparing)} aria-label={t('frame.native.title')}>
      <Hammer size={18} strokeWidth={1.75} aria-hidden className={kit.accent} />
      <div className={classNames(kit.stack2, kit.fill)}>
        <h2>{t('frame.native.title')}</h2>
        <p className={kit.lead}>{t('frame.native.text')}</p>
        <ProgressBar label={t('frame.native.title')} isLabelHidden value={buildShare(native.line)} />
        <p className={classNames(kit.note, kit.ellipsis)}>{native.line}</p>
      </div>
    </section>
  );
}
