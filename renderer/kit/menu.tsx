// Actions in a menu behind one button.
import type { LucideIcon } from 'lucide-react';
import type { ReactElement, ReactNode } from 'react';
import { Menu as AriaMenu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { classNames } from './class-names.ts';
import styles from './floating.module.css';
import kit from './primitives.module.css';

export type MenuEntry = {
  readonly id: string;
  readonly label: string;
  readonly icon?: LucideIcon;
  readonly isDangerous?: boolean;
  /** Disables the entry, and is shown below it. */
  readonly disabledReason?: string | null;
  readonly onSelect: () => void;
};

type MenuProps = {
  readonly label: string;
  /** A button of the kit. */
  readonly trigger: ReactElement;
  readonly entries: readonly MenuEntry[];
};

export function Menu({ label, trigger, entries }: MenuProps): ReactNode {
  return (
    <MenuTrigger>
      {trigger}
      <Popover offset={4} className={classNames(kit.stack, kit.raised, styles.popover)}>
        <MenuList label={label} entries={entries} />
      </Popover>
    </MenuTrigger>
  );
}

function MenuList({ label, entries }: Omit<MenuProps, 'trigger'>): ReactNode {
  return (
    <AriaMenu aria-label={label} className={styles.list ?? ''}>
      {entries.map(({ id, label: text, icon: Icon, isDangerous = false, disabledReason, onSelect }) => (
        <MenuItem
          key={id}
          id={id}
          textValue={text}
          isDisabled={Boolean(disabledReason)}
          onAction={onSelect}
          className={classNames(kit.row2, styles.item, isDangerous && kit.danger)}
        >
          {Icon && <Icon size={14} strokeWidth={1.75} aria-hidden />}
          <span className={kit.fill}>
            {text}
            {disabledReason && <span className={classNames(kit.note, styles.itemNote)}>{disabledReason}</span>}
          </span>
        </MenuItem>
      ))}
    </AriaMenu>
  );
}
