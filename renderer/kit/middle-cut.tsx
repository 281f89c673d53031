// A name that is cut in its middle if room is short: the end of a file name tells as much as its beginning.
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import styles from './middle-cut.module.css';

/** Enough for an end such as "-16e-Q4_K_M.gguf". */
const END_CHARS = 16;

type MiddleCutProps = {
  readonly text: string;
  /** The whole name of the focused row is shown elsewhere. */
  readonly isToldBeside?: boolean;
};

/** The whole name appears on hover and, in a table, over the row with the keyboard focus. */
export function MiddleCut({ text, isToldBeside = false }: MiddleCutProps): ReactNode {
  const at = Math.max(0, text.length - END_CHARS);
  return (
    <span className={styles.cut} title={text} data-beginning={text.slice(0, at)} data-end={text.slice(at)}>
      <span className={classNames(styles.whole, !isToldBeside && styles.shown)}>{text}</span>
    </span>
  );
}
