// The width that an element has been given, for drawings whose text must not be scaled.
import { useEffect, useState, type RefCallback } from 'react';

/** @returns a ref for the element, and its width in CSS pixels; 0 before it is known */
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
