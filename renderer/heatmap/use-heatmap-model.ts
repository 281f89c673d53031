// The model made from the caller's data. Scores that come in while a model runs are adopted at most ten times a second.
import { useMemo, useEffect, useRef, useState } from 'react';
import { analyse, depict, mark, type HeatmapModel } from './model.ts';
import type { HeatmapData, HeatmapSelection, HeatmapView } from './types.ts';

const REPAINT_MS = 100;

export function useHeatmapModel({
  scores,
  other,
  nLayers,
  nExpert,
  moeLayers,
  kept,
  pins,
  drops,
  scale,
  order,
  mode,
}: HeatmapData & HeatmapSelection & HeatmapView): HeatmapModel {
  const latest = useMemo(
    () => ({ scores, other, nLayers, nExpert, moeLayers }),
    [scores, other, nLayers, nExpert, moeLayers],
  );
  const throttled = useThrottled<HeatmapData>(latest, REPAINT_MS);
  // Another model's selection does not fit these scores.
  const isSameShape = throttled.nLayers === nLayers && throttled.nExpert === nExpert;
  const data = isSameShape ? throttled : latest;
  const analysis = useMemo(() => analyse(data), [data]);
  const picture = useMemo(() => depict(analysis, { scale, order, mode }), [analysis, scale, order, mode]);
  const marks = useMemo(() => mark(analysis, picture, { kept, pins, drops }), [analysis, picture, kept, pins, drops]);
  return useMemo(() => ({ ...analysis, ...picture, ...marks }), [analysis, picture, marks]);
}

/**
 * Returns the value with at most one change per interval: the first change at once, then the latest one when the
 * interval is over.
 * @param intervalMs milliseconds
 */
function useThrottled<T>(value: T, intervalMs: number): T {
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
