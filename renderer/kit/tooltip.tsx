// Explanations that appear on hover and on focus.
import type { ReactElement, ReactNode } from 'react';
import { Focusable, Tooltip as AriaTooltip, TooltipTrigger } from 'react-aria-components';
import styles from './tooltip.module.css';

const DELAY_MS = 400;

type WithTooltipProps = {
  readonly text: ReactNode;
  /** A component of the kit that can be focused; see `Explained` for anything else. */
  readonly children: ReactElement;
};

export function WithTooltip({ text, children }: WithTooltipProps): ReactNode {
  return (
    <TooltipTrigger delay={DELAY_MS} closeDelay={0}>
      {children}
      <AriaTooltip className={styles.tooltip ?? ''} offset={4}>
        {text}
      </AriaTooltip>
    </TooltipTrigger>
  );
}

type ExplainedProps = {
  /** What stands there, such as "9.4 GB". */
  readonly children: ReactNode;
  /** What hovering and focusing tell, such as the exact bytes. */
  readonly text: string;
};

/** Plain text that tells more on hover and focus. */
export function Explained({ children, text }: ExplainedProps): ReactNode {
  return (
    <WithTooltip text={text}>
      <Focusable>
        <span role="note" tabIndex={0} className={styles.exact}>
          {children}
        </span>
      </Focusable>
    </WithTooltip>
  );
}
