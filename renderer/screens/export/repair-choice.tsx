// Whether the written file is repaired after cutting, and what that takes.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExportPlan } from '../../../electron/contract/api/exports.ts';
import type { WinnowError } from '../../../electron/contract/errors.ts';
import type { RepairCost } from '../../../electron/contract/repair.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { Switch } from '../../kit/switch.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useCall } from '../../state/calls.ts';
import { REPAIR_AS_CHOSEN } from '../../state/export-options.ts';
import { changePlanOptions, usePlannedFile } from '../../state/plans.ts';
import styles from './export.module.css';

type RepairChoiceProps = { readonly selectionId: number; readonly planned: ExportPlan | undefined };

export function RepairChoice({ selectionId, planned }: RepairChoiceProps): ReactNode {
  const { t } = useTranslation();
  const isWanted = usePlannedFile(selectionId).options.repair !== null;
  return (
    <div className={styles.repair}>
      <Switch
        isSelected={isWanted}
        onChange={(wanted) => changePlanOptions(selectionId, { repair: wanted ? REPAIR_AS_CHOSEN : null })}
        note={t('export.repair.note')}
      >
        {t('export.repair.switch')}
      </Switch>
      {isWanted && <Cost selectionId={selectionId} planned={planned} />}
    </div>
  );
}

/** Returns what the repair of the planned file takes; asks nothing if no repair is wanted. */
export function useRepairCost(
  selectionId: number,
  planned: ExportPlan | undefined,
): { readonly cost: RepairCost | undefined; readonly error: WinnowError | null } {
  const { repair, quantise } = usePlannedFile(selectionId).options;
  const isWanted = repair !== null && planned !== undefined;
  const params = {
    selectionId,
    repair: REPAIR_AS_CHOSEN,
    bytes: planned?.prunedBytes ?? 0,
    quantType: quantise?.type ?? null,
  };
  const { data, error } = useCall('exports.repairCost', params, { enabled: isWanted });
  return { cost: data, error: isWanted ? error : null };
}

function Cost({ selectionId, planned }: RepairChoiceProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { cost, error } = useRepairCost(selectionId, planned);
  if (error !== null) return <ErrorPanel error={error.toData()} />;
  if (cost === undefined) return <p className={kit.dim}>{t('export.repair.busy')}</p>;
  const { demos, seconds, scratchBytes, moreBytes } = cost;
  return (
    <p className={kit.dim}>
      {t('export.repair.demos', {
        fitted: format.count(demos.fitted),
        judging: format.count(demos.judging),
      })}{' '}
      {t('export.repair.cost', {
        time: format.duration(1000 * Math.max(1, seconds)),
        scratch: format.bytes(scratchBytes),
        memory: format.bytes(moreBytes),
      })}
    </p>
  );
}
