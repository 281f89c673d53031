// A cell in words and numbers, for the readout and screen readers.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../kit/use-format.ts';
import { FORBIDDEN, KEPT, PINNED, UNSCORED, type HeatmapModel } from './model.ts';
import type { Cell } from './types.ts';

export function useCellText(model: HeatmapModel): (cell: Cell) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return useMemo(() => {
    const { flags, shares, scores, columnAt, kept, nExpert, moeLayers } = model;
    return ({ layer, expert }) => {
      const at = layer * nExpert + expert;
      const has = (flag: number): boolean => (flags[at]! & flag) !== 0;
      return [
        t('heatmap.cell.place', { block: moeLayers[layer], expert }),
        has(UNSCORED)
          ? t('heatmap.state.unscored')
          : t('heatmap.cell.numbers', {
              score: format.score(scores[at]!),
              share: format.share(shares[at]!),
              rank: String(columnAt[at]! + 1),
              total: nExpert,
            }),
        ...(kept === null ? [] : [t(has(KEPT) ? 'heatmap.state.kept' : 'heatmap.state.dropped')]),
        ...(has(PINNED) ? [t('heatmap.state.pinned')] : []),
        ...(has(FORBIDDEN) ? [t('heatmap.state.forbidden')] : []),
      ].join(t('heatmap.cell.separator'));
    };
  }, [t, format, model]);
}
