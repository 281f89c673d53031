// The model of what the caller passes. Scores that come in while a model runs are taken over ten times a second at most.
import { useMemo } from 'react';
import { analyse, depict, mark, type HeatmapModel } from './model.ts';
import type { HeatmapData, HeatmapSelection, HeatmapView } from './types.ts';
import { useThrottled } from './use-throttled.ts';

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
  // Another model's selection does not fit on these scores.
  const isSameShape = throttled.nLayers === nLayers && throttled.nExpert === nExpert;
  const data = isSameShape ? throttled : latest;
  const analysis = useMemo(() => analyse(data), [data]);
  const picture = useMemo(() => depict(analysis, { scale, order, mode }), [analysis, scale, order, mode]);
  const marks = useMemo(() => mark(analysis, picture, { kept, pins, drops }), [analysis, picture, kept, pins, drops]);
  return useMemo(() => ({ ...analysis, ...picture, ...marks }), [analysis, picture, marks]);
}
