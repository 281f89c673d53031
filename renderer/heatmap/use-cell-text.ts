// A cell in words, for screen readers and for the state in readout and table.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../kit/use-format.ts';
import type { CellDetails } from './cell-details.ts';
import { useShareFormat } from './use-heatmap-texts.ts';

export type CellText = {
  /** A state such as "kept · pinned"; empty while nothing is chosen or marked. */
  readonly state: (details: CellDetails) => string;
  /** A whole sentence. */
  readonly sentence: (details: CellDetails, nExpert: number) => string;
};

export function useCellText(): CellText {
  const { t } = useTranslation();
  const format = useFormat();
  const shares = useShareFormat();
  return useMemo(() => {
    const states = ({ numbers, isKept, isPinned, isForbidden }: CellDetails): string[] => [
      ...(numbers === null ? [t('heatmap.state.unscored')] : []),
      ...(isKept === null ? [] : [isKept ? t('heatmap.state.kept') : t('heatmap.state.dropped')]),
      ...(isPinned ? [t('heatmap.state.pinned')] : []),
      ...(isForbidden ? [t('heatmap.state.forbidden')] : []),
    ];
    return {
      state: (details) => states(details).join(' · '),
      sentence: (details, nExpert) => {
        const place = t('heatmap.cell.place', { block: details.block, expert: details.expert });
        if (details.numbers === null) return [place, ...states(details)].join(t('heatmap.cell.separator'));
        const { score, share, rank } = details.numbers;
        const values = { score: format.score(score), share: shares.share(share), rank, total: nExpert };
        return [place, t('heatmap.cell.numbers', values), ...states(details)].join(t('heatmap.cell.separator'));
      },
    };
  }, [t, format, shares]);
}
