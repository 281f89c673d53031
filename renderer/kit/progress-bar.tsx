import type { ReactNode } from 'react';
import { ProgressBar as AriaProgressBar } from 'react-aria-components';
import { classNames } from './class-names.ts';
import kit from './primitives.module.css';
import styles from './progress-bar.module.css';

type ProgressBarProps = {
  readonly label: string;
  readonly isLabelHidden?: boolean;
  /** A share of 1; null: not known. */
  readonly value: number | null;
  /** Content at the right end, such as "4 min left". */
  readonly detail?: ReactNode;
};

export function ProgressBar({ label, isLabelHidden = false, value, detail }: ProgressBarProps): ReactNode {
  const isKnown = value !== null;
  return (
    <AriaProgressBar
      aria-label={label}
      {...(isKnown ? { value, minValue: 0, maxValue: 1 } : { isIndeterminate: true })}
      className={classNames(kit.stack1, styles.progress)}
    >
      {({ percentage }) => (
        <>
          {!(isLabelHidden && detail === undefined) && (
            <div className={classNames(kit.note, styles.head)}>
              <span>{!isLabelHidden && label}</span>
              <span>{detail}</span>
            </div>
          )}
          <div className={styles.track}>
            <div
              className={classNames(styles.fill, !isKnown && styles.unknown)}
              style={isKnown ? { width: `${percentage ?? 0}%` } : {}}
            />
          </div>
        </>
      )}
    </AriaProgressBar>
  );
}
