// What demos look like, for users who have none yet.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import kit from '../kit/primitives.module.css';
import { demoExamples } from './demo-examples.ts';
import styles from './examples-of-demos.module.css';

export function ExamplesOfDemos(): ReactNode {
  const { t } = useTranslation();
  const examples = demoExamples({
    request: t('demos.examples.request'),
    reply: t('demos.examples.reply'),
    letter: t('demos.examples.letter'),
  });
  return (
    <section className={classNames(kit.stack3, styles.examples)} aria-label={t('demos.examples.title')}>
      <h3>{t('demos.examples.title')}</h3>
      <div className={styles.columns}>
        {examples.map(({ id, fileName, content }) => (
          <figure key={id} className={classNames(kit.stack1, styles.example)}>
            <figcaption>
              {t(`demos.examples.kind.${id}`)} <span className={kit.note}>{fileName}</span>
            </figcaption>
            <pre className={classNames(kit.framed, kit.quoted, styles.content)}>{content}</pre>
          </figure>
        ))}
      </div>
    </section>
  );
}
