// What Winnow is, what it never does, and whose work it contains.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import licence from '../../../LICENSE?raw';
import notices from '../../../THIRD_PARTY_NOTICES.md?raw';
import { classNames } from '../../kit/class-names.ts';
import facts from '../../kit/facts.module.css';
import kit from '../../kit/primitives.module.css';
import { useCall } from '../../state/calls.ts';
import styles from './settings.module.css';

export function AboutTab(): ReactNode {
  const { t } = useTranslation();
  const info = useCall('app.info', {}).data;
  return (
    <div className={classNames(kit.stack5, styles.page)}>
      <p>{t('settings.about.what')}</p>
      {info && (
        <dl className={classNames(facts.grid, styles.facts)}>
          <dt>{t('settings.about.version')}</dt>
          <dd>{info.version}</dd>
          <dt>llama.cpp</dt>
          <dd>{info.llama}</dd>
          <dt>{t('settings.about.home')}</dt>
          <dd>{info.home}</dd>
        </dl>
      )}
      <section className={kit.stack2}>
        <h2>{t('settings.about.privacy')}</h2>
        <p className={kit.lead}>{t('settings.about.privacyText')}</p>
      </section>
      <section className={kit.stack2}>
        <h2>{t('settings.about.method')}</h2>
        <p className={kit.lead}>{t('settings.about.methodText')}</p>
      </section>
      <section className={kit.stack2}>
        <h2>{t('settings.about.licences')}</h2>
        <pre tabIndex={0} className={styles.licence}>{`${licence}\n\n${notices}`}</pre>
      </section>
    </div>
  );
}
