import { useEffect, useState } from 'react';

/** Returns the value once it has stopped changing, so that the engine is not asked at every step of a held arrow key. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
