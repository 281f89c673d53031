// A button with only an icon; its name is its tooltip.
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components';
import styles from './button.module.css';
import { classNames } from './class-names.ts';
import { WithTooltip } from './tooltip.tsx';

type IconButtonProps = Omit<AriaButtonProps, 'className' | 'style' | 'children' | 'aria-label'> & {
  readonly icon: LucideIcon;
  readonly label: string;
  /** Shown with the label, such as "Ctrl+B". */
  readonly keys?: string | undefined;
  readonly variant?: 'quiet' | 'plain';
  readonly size?: 'normal' | 'small';
};

export function IconButton({
  icon: Icon,
  label,
  keys,
  variant = 'quiet',
  size = 'normal',
  ...rest
}: IconButtonProps): ReactNode {
  return (
    <WithTooltip text={keys === undefined ? label : `${label} (${keys})`}>
      <AriaButton
        {...rest}
        aria-label={label}
        className={classNames(
          styles.button,
          styles.icon,
          variant === 'quiet' && styles.quiet,
          size === 'small' && styles.small,
        )}
      >
        <Icon size={size === 'small' ? 14 : 16} strokeWidth={1.75} aria-hidden />
      </AriaButton>
    </WithTooltip>
  );
}
