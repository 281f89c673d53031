// An empty place: what will be here, and the one next step.
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import styles from './empty-state.module.css';
import kit from './primitives.module.css';

type EmptyStateProps = {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly text: ReactNode;
  /** Buttons. */
  readonly children?: ReactNode;
};

export function EmptyState({ icon: Icon, title, text, children }: EmptyStateProps): ReactNode {
  return (
    <div className={classNames(kit.stack3, styles.empty)}>
      <Icon size={32} strokeWidth={1.25} aria-hidden className={styles.icon} />
      <h2 className={styles.title}>{title}</h2>
      <p className={styles.text}>{text}</p>
      {children !== undefined && <div className={classNames(kit.chips, styles.actions)}>{children}</div>}
    </div>
  );
}
