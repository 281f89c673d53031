// Whether the pruned model fits this machine, compared with the full one.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SelectionResult } from '../../../electron/contract/api/selections.ts';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import kit from '../../kit/primitives.module.css';
import { Skeleton } from '../../kit/skeleton.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useSettled } from '../../kit/use-settled.ts';
import { MemoryChart } from '../../memory/memory-chart.tsx';
import { useCall } from '../../state/calls.ts';
import { useFilePlan } from '../../state/planned-file.ts';
import { useContextLength } from '../../state/settings.ts';
import { useTrailSelection } from '../../state/trail-items.ts';
import styles from './choose.module.css';
import type { Draft } from './draft.ts';

/** While a slider is dragged, the question is only asked when it rests. */
const SETTLED_MS = 100;

type MemoryProps = {
  readonly modelId: string;
  readonly draft: Draft;
  readonly result: SelectionResult | undefined;
};

export function Memory({ modelId, draft, result }: MemoryProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const settingsCtx = useContextLength();
  const ctx = draft.keep.kind === 'fit' ? draft.keep.ctx : settingsCtx;
  const keep = useSettled(result?.keep ?? null, SETTLED_MS);
  const { data, error } = useCall('library.memory', { modelId, ctx, keep }, { keepPrevious: true });
  // a file in another type needs less than its experts alone suggest
  const written = useFilePlan(useTrailSelection(), false).written;
  const ofFile = written !== null && written.quantType !== null ? written : null;
  const own = useCall(
    'library.memory',
    { modelId: ofFile?.modelId ?? modelId, ctx, keep: null },
    { enabled: ofFile !== null, keepPrevious: true },
  ).data;
  const isOwn = ofFile !== null && own !== undefined;
  const title = t('choose.memoryHere');
  return (
    <section className={classNames(kit.stack2, styles.part)} aria-label={title}>
      <h3>{title}</h3>
      {error !== null && <ErrorPanel error={error.toData()} />}
      {data === undefined && error === null && <Skeleton height={160} />}
      {data !== undefined && (
        <MemoryChart
          fit={isOwn ? { ...data, pruned: own.full, prunedVerdict: own.verdict } : data}
          prunedLabel={
            isOwn
              ? t('choose.prunedAs', { keep, total: result?.nExpert, type: ofFile.quantType })
              : t('choose.prunedLabel', { keep, total: result?.nExpert })
          }
        />
      )}
      {data?.vram && result !== undefined && result.fusedCounts.length > 0 && (
        <p className={styles.dim}>{t('choose.fused', { counts: format.list(result.fusedCounts.map(String)) })}</p>
      )}
    </section>
  );
}
