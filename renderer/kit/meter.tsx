// A share of a whole as a static bar.
import type { ReactNode } from 'react';
import { Meter as AriaMeter } from 'react-aria-components';
import { classNames } from './class-names.ts';
import kit from './primitives.module.css';
import styles from './progress-bar.module.css';

type MeterProps = {
  readonly label: string;
  /** A share of 1; larger values fill the bar. */
  readonly value: number;
  /** The value in words: "93.4%". */
  readonly text: string;
};

export function Meter({ label, value, text }: MeterProps): ReactNode {
  const share = Math.min(1, Math.max(0, value));
  return (
    <AriaMeter
      aria-label={label}
      value={share}
      minValue={0}
      maxValue={1}
      valueLabel={text}
      className={classNames(kit.stack1, styles.progress)}
    >
      <div className={classNames(kit.note, styles.head)}>
        <span>{label}</span>
        <span>{text}</span>
      </div>
      <div className={styles.track}>
        <div className={styles.fill} style={{ width: `${share * 100}%` }} />
      </div>
    </AriaMeter>
  );
}
