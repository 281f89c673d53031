// The layout of every screen: its title, its one primary button in a fixed place, and its content.
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import kit from './primitives.module.css';
import styles from './screen.module.css';

type ScreenProps = {
  readonly title: string;
  /** One sentence on what can be seen here now. */
  readonly lead?: ReactNode;
  /** The primary button, followed by lesser ones. */
  readonly action?: ReactNode;
  readonly children: ReactNode;
};

export function Screen({ title, lead, action, children }: ScreenProps): ReactNode {
  return (
    <section className={classNames(kit.stack, styles.screen)} aria-label={title}>
      <header className={classNames(kit.ends, styles.head)}>
        <div className={styles.titles}>
          <h1>{title}</h1>
          {lead !== undefined && <p className={kit.lead}>{lead}</p>}
        </div>
        {action !== undefined && <div className={classNames(kit.cluster, styles.action)}>{action}</div>}
      </header>
      <div className={classNames(kit.stack4, kit.scroll, styles.body)}>{children}</div>
    </section>
  );
}
