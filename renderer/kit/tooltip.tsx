// Explanations that appear on hover and on focus.
import type { ReactElement, ReactNode } from 'react';
import { Tooltip as AriaTooltip, TooltipTrigger } from 'react-aria-components';
import { classNames } from './class-names.ts';
import kit from './primitives.module.css';
import styles from './tooltip.module.css';

const DELAY_MS = 400;

type WithTooltipProps = {
  readonly text: ReactNode;
  /** A component of the kit that can take the focus. */
  readonly children: ReactElement;
};

export function WithTooltip({ text, children }: WithTooltipProps): ReactNode {
  return (
    <TooltipTrigger delay={DELAY_MS} closeDelay={0}>
      {children}
      <AriaTooltip className={classNames(kit.raised, styles.tooltip)} offset={4}>
        {text}
      </AriaTooltip>
    </TooltipTrigger>
  );
}
