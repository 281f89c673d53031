// A panel that opens from a button, for pickers and options.
import type { ReactElement, ReactNode } from 'react';
import { Dialog, DialogTrigger, Popover as AriaPopover, type PopoverProps as AriaProps } from 'react-aria-components';
import { classNames } from './class-names.ts';
import styles from './floating.module.css';
import kit from './primitives.module.css';

type PopoverProps = {
  readonly label: string;
  /** A button of the kit. */
  readonly trigger: ReactElement;
  /** Receives a function that closes the panel. */
  readonly children: (close: () => void) => ReactNode;
  readonly placement?: NonNullable<AriaProps['placement']>;
};

export function Popover({ label, trigger, children, placement = 'bottom start' }: PopoverProps): ReactNode {
  return (
    <DialogTrigger>
      {trigger}
      <AriaPopover placement={placement} offset={4} className={classNames(kit.stack, kit.raised, styles.popover)}>
        <Dialog aria-label={label} className={styles.dialog ?? ''}>
          {({ close }) => children(close)}
        </Dialog>
      </AriaPopover>
    </DialogTrigger>
  );
}
