import { useEffect, useRef, useState } from 'react';

/**
 * The value, at most once an interval: the first change at once, the latest of several when the interval is over.
 * @param intervalMs milliseconds
 */
export function useThrottled<T>(value: T, intervalMs: number): T {
  const [shown, setShown] = useState(value);
  const nextMs = useRef(0);
  useEffect(() => {
    if (value === shown) return;
    const timer = setTimeout(
      () => {
        nextMs.current = performance.now() + intervalMs;
        setShown(value);
      },
      Math.max(nextMs.current - performance.now(), 0),
    );
    return () => clearTimeout(timer);
  }, [value, shown, intervalMs]);
  return shown;
}
