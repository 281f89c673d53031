// The current width of an element, for drawings whose text must not be scaled.
import { useEffect, useState, type RefCallback } from 'react';

/** @returns a ref for the element, and its width in CSS pixels, which is 0 until it is known */
export function useWidth(): [RefCallback<HTMLElement>, number] {
  const [element, setElement] = useState<HTMLElement | null>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (element === null) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(entry?.contentRect.width ?? 0));
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return [setElement, width];
}
