// The button. A screen has one primary button; a disabled button says why beside it.
import type { LucideIcon } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components';
import styles from './button.module.css';
import { classNames } from './class-names.ts';
import kit from './primitives.module.css';

type ButtonProps = Omit<AriaButtonProps, 'className' | 'style' | 'children' | 'isDisabled'> & {
  readonly children: ReactNode;
  /** `plain`: an outline. `quiet`: text only. */
  readonly variant?: 'plain' | 'primary' | 'quiet';
  readonly size?: 'normal' | 'small';
  readonly icon?: LucideIcon | undefined;
  /** Disables the button, and is shown beside it. */
  readonly disabledReason?: string | null | undefined;
  /** Only where something beside the button already says why. */
  readonly isDisabled?: boolean;
};

export function Button({
  children,
  variant = 'plain',
  size = 'normal',
  icon: Icon,
  disabledReason,
  isDisabled = false,
  ...rest
}: ButtonProps): ReactNode {
  const reasonId = useId();
  const button = (
    <AriaButton
      {...rest}
      {...(disabledReason && { 'aria-describedby': reasonId })}
      isDisabled={isDisabled || Boolean(disabledReason)}
      className={classNames(styles.button, variant !== 'plain' && styles[variant], size === 'small' && styles.small)}
    >
      {Icon && <Icon size={variant === 'primary' ? 16 : 15} strokeWidth={1.75} aria-hidden />}
      {children}
    </AriaButton>
  );
  if (!disabledReason) return button;
  return (
    <span className={classNames(kit.inline, styles.wrap)}>
      {button}
      <span id={reasonId} className={classNames(kit.note, styles.reason)}>
        {disabledReason}
      </span>
    </span>
  );
}
