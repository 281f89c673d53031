// The expert that is selected in the picture: how much it counts in its layer, and whether it is always or never kept.
import { ArrowLeft, Ban, Pin } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SelectionResult } from '../../../electron/contract/api/selections.ts';
import type { Cell, HeatmapScores } from '../../heatmap/types.ts';
import { layerShares } from '../../heatmap/model.ts';
import { Inspector } from '../../inspector/inspector.tsx';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { useFormat } from '../../kit/use-format.ts';
import { toggleMark } from './change-draft.ts';
import styles from './choose.module.css';
import { cellMark, type Draft } from './draft.ts';

type ExpertInspectorProps = {
  readonly draft: Draft;
  readonly result: SelectionResult | undefined;
  readonly data: HeatmapScores;
  readonly cell: Cell;
  readonly onBack: () => void;
};

export function ExpertInspector({ draft, result, data, cell, onBack }: ExpertInspectorProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { scores, nExpert, moeLayers } = data;
  const row = scores.subarray(cell.layer * nExpert, (cell.layer + 1) * nExpert);
  const share = layerShares(row, data)[cell.expert] ?? NaN;
  const rank = 1 + row.filter((score) => score > (row[cell.expert] ?? NaN)).length;
  const mark = cellMark(draft, cell);
  const superExpert = result?.superExperts.find(({ layer, expert }) => layer === cell.layer && expert === cell.expert);
  return (
    <Inspector title={t('experts.title', { expert: cell.expert, block: moeLayers[cell.layer] })}>
      <div className={classNames(kit.stack3, styles.expert)}>
        {!Number.isNaN(share) && (
          <p>{t('experts.shareRank', { share: format.percent(share), rank, total: nExpert })}</p>
        )}
        <div className={kit.chips}>
          <Button size="small" icon={Pin} onPress={() => toggleMark('pins', cell)}>
            {t(mark === 'pins' ? 'choose.unpin' : 'choose.pin')}
          </Button>
          <Button size="small" icon={Ban} onPress={() => toggleMark('drops', cell)}>
            {t(mark === 'drops' ? 'choose.allow' : 'choose.drop')}
          </Button>
        </div>
        {superExpert?.isPinned && (
          <p>
            {t('choose.superExpert', { norm: format.count(superExpert.norm), times: format.count(superExpert.times) })}
          </p>
        )}
        <Button size="small" variant="quiet" icon={ArrowLeft} onPress={onBack}>
          {t('choose.backToChoice')}
        </Button>
      </div>
    </Inspector>
  );
}
