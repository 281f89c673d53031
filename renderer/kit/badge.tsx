// A short mark beside a name, such as an origin or a state. The word carries the meaning; the colour only helps.
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import styles from './badge.module.css';
import { classNames } from './class-names.ts';
import kit from './primitives.module.css';

type BadgeProps = {
  readonly children: ReactNode;
  readonly tone?: 'plain' | 'accent' | 'caution' | 'danger';
  readonly icon?: LucideIcon;
};

export function Badge({ children, tone = 'plain', icon: Icon }: BadgeProps): ReactNode {
  return (
    <span className={classNames(kit.note, kit.inline, styles.badge, tone !== 'plain' && styles[tone])}>
      {Icon && <Icon size={12} strokeWidth={2} aria-hidden />}
      {children}
    </span>
  );
}
