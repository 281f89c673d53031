// Keys as they are labelled on this machine's keyboard.
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { keyNames } from './key-names.ts';
import styles from './key-cap.module.css';
import kit from './primitives.module.css';

/** @param props.keys as in the action registry: "Mod+K", "Shift+?" */
export function KeyCap({ keys }: { readonly keys: string }): ReactNode {
  return (
    <span className={styles.keys}>
      {keyNames(keys).map((name) => (
        <kbd key={name} className={classNames(kit.tiny, styles.key)}>
          {name}
        </kbd>
      ))}
    </span>
  );
}
