// The columns of the table, which show the same as the readout of a cell.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../kit/use-format.ts';
import type { CellDetails } from './cell-details.ts';
import type { HeatmapModel } from './model.ts';
import { useCellText } from './use-cell-text.ts';
import { useShareFormat } from './use-heatmap-texts.ts';

export type TableColumn = {
  readonly id: string;
  readonly name: string;
  /** Smallest width in CSS pixels. */
  readonly width: number;
  /** Left-aligned, and takes the remaining room. */
  readonly isText?: boolean;
  readonly textOf: (details: CellDetails) => string;
};

export function useTableColumns({ other }: HeatmapModel, hasDescription: boolean): readonly TableColumn[] {
  const { t } = useTranslation();
  const format = useFormat();
  const shares = useShareFormat();
  const { state } = useCellText();
  const hasOther = other !== null;
  return useMemo(() => {
    const column = (id: string, name: string, width: number, textOf: TableColumn['textOf']): TableColumn => {
      return { id, name, width, textOf };
    };
    const { count, score } = format;
    const { share } = shares;
    return [
      column('layer', t('heatmap.readout.layer'), 44, ({ block }) => String(block)),
      column('expert', t('heatmap.readout.expert'), 80, ({ expert }) => String(expert)),
      { ...column('state', t('heatmap.readout.state'), 120, state), isText: true },
      column('score', t('heatmap.readout.score'), 80, ({ numbers }) => known(numbers?.score, score)),
      column('share', t('heatmap.readout.share'), 76, ({ numbers }) => known(numbers?.share, share)),
      column('rank', t('heatmap.readout.rank'), 52, ({ numbers }) => known(numbers?.rank, String)),
      ...(hasOther
        ? [
            column('otherShare', t('heatmap.readout.otherShare'), 88, ({ other }) => known(other?.share, share)),
            column('otherRank', t('heatmap.readout.otherRank'), 88, ({ other }) => known(other?.rank, String)),
          ]
        : []),
      ...(hasDescription
        ? [
            column('count', t('heatmap.readout.count'), 80, ({ description }) => known(description?.count, count)),
            column('gate', t('heatmap.readout.meanGate'), 84, ({ description }) => known(description?.meanGate, score)),
            column('norm', t('heatmap.readout.meanNorm'), 84, ({ description }) => known(description?.meanNorm, score)),
          ]
        : []),
    ];
  }, [t, format, shares, state, hasOther, hasDescription]);
}

function known(value: number | null | undefined, text: (value: number) => string): string {
  return value === null || value === undefined ? '–' : text(value);
}
