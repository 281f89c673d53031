// A cell in words and numbers, for the readout, screen readers and the table.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../kit/use-format.ts';
import { FORBIDDEN, KEPT, PINNED, UNSCORED, type HeatmapModel } from './model.ts';
import type { Cell } from './types.ts';

export type CellText = {
  readonly score: (cell: Cell) => string;
  /** The share of the layer's score. */
  readonly share: (cell: Cell) => string;
  readonly rank: (cell: Cell) => string;
  /** A state such as "kept · pinned"; empty while nothing is chosen or marked. */
  readonly state: (cell: Cell) => string;
  /** All of it. */
  readonly sentence: (cell: Cell) => string;
};

export function useCellText({ flags, shares, scores, ranks, kept, nExpert, moeLayers }: HeatmapModel): CellText {
  const { t } = useTranslation();
  const format = useFormat();
  return useMemo(() => {
    const at = ({ layer, expert }: Cell): number => layer * nExpert + expert;
    const known = (cell: Cell, text: (index: number) => string): string =>
      (flags[at(cell)]! & UNSCORED) === 0 ? text(at(cell)) : '–';
    const states = (cell: Cell): string[] => {
      const flag = flags[at(cell)]!;
      return [
        ...((flag & UNSCORED) === 0 ? [] : [t('heatmap.state.unscored')]),
        ...(kept === null ? [] : [(flag & KEPT) === 0 ? t('heatmap.state.dropped') : t('heatmap.state.kept')]),
        ...((flag & PINNED) === 0 ? [] : [t('heatmap.state.pinned')]),
        ...((flag & FORBIDDEN) === 0 ? [] : [t('heatmap.state.forbidden')]),
      ];
    };
    const score = (cell: Cell): string => known(cell, (index) => format.score(scores[index]!));
    const share = (cell: Cell): string => known(cell, (index) => format.share(shares[index]!));
    const rank = (cell: Cell): string => known(cell, (index) => String(ranks[index]));
    return {
      score,
      share,
      rank,
      state: (cell) => states(cell).join(' · '),
      sentence: (cell) =>
        [
          t('heatmap.cell.place', { block: moeLayers[cell.layer], expert: cell.expert }),
          ...((flags[at(cell)]! & UNSCORED) === 0
            ? [t('heatmap.cell.numbers', { score: score(cell), share: share(cell), rank: rank(cell), total: nExpert })]
            : []),
          ...states(cell),
        ].join(t('heatmap.cell.separator')),
    };
  }, [t, format, flags, shares, scores, ranks, kept, nExpert, moeLayers]);
}
