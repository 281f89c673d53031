// Which rows of a long table are rendered: the visible ones, a few around them, and the one with the focus.
import { defaultRangeExtractor, useVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import type { RefObject } from 'react';

type RowWindow = {
  readonly count: number;
  /** Height of a row in pixels. */
  readonly rowHeight: number;
  /** This row stays in the document; otherwise scrolling would lose the focus. */
  readonly activeIndex: number;
  readonly scroller: RefObject<HTMLDivElement | null>;
};

export function useRowWindow({
  count,
  rowHeight,
  activeIndex,
  scroller,
}: RowWindow): Virtualizer<HTMLDivElement, Element> {
  // oxlint-disable-next-line react/incompatible-library -- nothing that it returns is memoised
  return useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    rangeExtractor: (range) => {
      const indices = defaultRangeExtractor(range);
      return indices.includes(activeIndex) || activeIndex >= count ? indices : [...indices, activeIndex];
    },
  });
}
