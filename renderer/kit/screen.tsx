// The layout of every screen: what it is, its one primary button at the same place, its content.
import type { ReactNode } from 'react';
import styles from './screen.module.css';

type ScreenProps = {
  readonly title: string;
  /** One sentence: what is seen here now. */
  readonly lead?: ReactNode;
  /** The primary button, then lesser ones. */
  readonly action?: ReactNode;
  readonly children: ReactNode;
};

export function Screen({ title, lead, action, children }: ScreenProps): ReactNode {
  return (
    <section className={styles.screen} aria-label={title}>
      <header className={styles.head}>
        <div className={styles.titles}>
          <h1>{title}</h1>
          {lead !== undefined && <p className={styles.lead}>{lead}</p>}
        </div>
        {action !== undefined && <div className={styles.action}>{action}</div>}
      </header>
      <div className={styles.body}>{children}</div>
    </section>
  );
}
