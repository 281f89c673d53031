// Deeds for what is under the pointer, at that place.
import { useState, type ReactNode } from 'react';
import { Popover } from 'react-aria-components';
import styles from './floating.module.css';
import { MenuList, type MenuEntry } from './menu.tsx';

type ContextMenuProps = {
  readonly label: string;
  /** A point of the window in CSS pixels; null: closed. */
  readonly at: { readonly x: number; readonly y: number } | null;
  readonly entries: readonly MenuEntry[];
  readonly onClose: () => void;
};

export function ContextMenu({ label, at, entries, onClose }: ContextMenuProps): ReactNode {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  if (at === null) return null;
  return (
    <>
      <span ref={setAnchor} aria-hidden style={{ position: 'fixed', left: at.x, top: at.y }} />
      <Popover
        key={`${at.x} ${at.y}`}
        triggerRef={{ current: anchor }}
        isOpen={anchor !== null}
        onOpenChange={(isOpen) => {
          if (!isOpen) onClose();
        }}
        placement="bottom start"
        offset={2}
        className={styles.popover ?? ''}
      >
        <MenuList label={label} entries={entries} />
      </Popover>
    </>
  );
}
