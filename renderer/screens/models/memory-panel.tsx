// Whether the model fits into this machine's memory, judged by its header alone; the pruned model for an adjustable share of experts.
import { memo, useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Settings } from '../../../electron/contract/api/app.ts';
import type { ModelEntry } from '../../../electron/contract/api/library.ts';
import { classNames } from '../../kit/class-names.ts';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { NumberField } from '../../kit/number-field.tsx';
import kit from '../../kit/primitives.module.css';
import { Skeleton } from '../../kit/skeleton.tsx';
import { Slider } from '../../kit/slider.tsx';
import { Term } from '../../kit/term.tsx';
import { callKey, queryClient, useCall } from '../../state/calls.ts';
import { useChangeSettings, useSettings, useSettingsPart } from '../../state/settings.ts';
import { MemoryChart } from '../../memory/memory-chart.tsx';
import styles from './memory-panel.module.css';
import { useSettled } from '../../kit/use-settled.ts';

const SETTLED_MS = 150;
const MIN_CTX = 256;
const MOST_CTX = 1 << 24;

export const MemoryPanel = memo(function MemoryPanel({ model }: { readonly model: ModelEntry | null }): ReactNode {
  const { t } = useTranslation();
  // the same share for every model, so that models can be compared
  const [keptShare, setKeptShare] = useState(0.5);
  const settled = useSettled(model, SETTLED_MS);
  const nExpert = settled?.details?.nExpert ?? 0;
  const keep = settled?.state === 'ready' ? Math.max(1, Math.round(keptShare * nExpert)) : null;
  const title = t('models.memory.title');
  return (
    <section className={classNames(kit.stack3, kit.lineAbove, styles.panel)} aria-label={title}>
      <div className={classNames(kit.chips, styles.head)}>
        <h2>{title}</h2>
        <ContextField most={settled?.details?.contextLength ?? null} />
        {keep !== null && (
          <div className={styles.keep}>
            <Slider
              label={t('models.memory.kept', { total: nExpert })}
              value={keep}
              minValue={1}
              maxValue={nExpert}
              marks={[nExpert / 4, nExpert / 2, (3 * nExpert) / 4]}
              onChange={(experts) => setKeptShare(experts / nExpert)}
            />
          </div>
        )}
      </div>
      {settled === null || settled.details === null ? (
        <p className={kit.dim}>{t(settled === null ? 'models.memory.none' : 'models.memory.unknown')}</p>
      ) : (
        <Fit modelId={settled.id} keep={keep} prunedLabel={t('models.memory.pruned', { keep, total: nExpert })} />
      )}
    </section>
  );
});

const ctxOf = ({ ctx }: Settings): number => ctx;

/**
 * The context length of the settings, which all estimates and chats share.
 * @param most of the model; null: none is chosen, or its header does not say
 */
function ContextField({ most }: { readonly most: number | null }): ReactNode {
  const { t } = useTranslation();
  const ctx = useSettingsPart(ctxOf);
  const change = useChangeSettings();
  if (ctx === undefined) return null;
  return (
    <div className={styles.context}>
      <NumberField
        label={<Term name="context">{t('models.memory.context')}</Term>}
        unit={t('models.tokens')}
        minValue={MIN_CTX}
        maxValue={Math.max(MIN_CTX, most ?? MOST_CTX)}
        step={MIN_CTX}
        value={Math.min(ctx, most ?? MOST_CTX)}
        onChange={(value) => change.mutate({ ctx: value })}
      />
    </div>
  );
}

type FitProps = { readonly modelId: string; readonly keep: number | null; readonly prunedLabel: string };

function Fit({ modelId, keep, prunedLabel }: FitProps): ReactNode {
  const ctx = useSettings()?.ctx ?? MIN_CTX;
  const { data, error } = useCall('library.memory', { modelId, ctx, keep }, { keepPrevious: true });
  // the free memory is different from when the screen was last shown
  useEffect(() => void queryClient.invalidateQueries({ queryKey: callKey('library.memory') }), []);
  if (error !== null) return <ErrorPanel error={error.toData()} />;
  return data === undefined ? <Skeleton height={84} /> : <MemoryChart fit={data} prunedLabel={prunedLabel} />;
}
