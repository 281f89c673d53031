// The memory that the model needs, compared with the free memory of this machine: the full model above, the pruned one below.
import { Check, Minus, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { MemoryFit } from '../../electron/contract/api/library.ts';
import { classNames } from '../kit/class-names.ts';
import kit from '../kit/primitives.module.css';
import { useFormat } from '../kit/use-format.ts';
import { memoryScale, needBytes, type MemoryNeed, type MemoryScale } from './memory-scale.ts';
import styles from './memory-chart.module.css';

const PARTS = ['weights', 'kv', 'compute'] as const;

function partBytes(need: MemoryNeed): Readonly<Record<(typeof PARTS)[number], number>> {
  return { weights: need.weightsBytes, kv: need.kvBytes, compute: need.computeBytes };
}

type MemoryChartProps = {
  readonly fit: MemoryFit;
  /** Label of the pruned model, such as "32 of 64 experts". */
  readonly prunedLabel: string;
};

export function MemoryChart({ fit, prunedLabel }: MemoryChartProps): ReactNode {
  const { t } = useTranslation();
  const scale = memoryScale(fit);
  return (
    <div className={styles.place}>
      <div className={styles.chart}>
        <Need label={t('models.memory.full')} need={fit.full} verdict={fit.verdict} scale={scale} />
        {fit.pruned !== null && fit.prunedVerdict !== null && (
          <Need label={prunedLabel} need={fit.pruned} of={fit.full} verdict={fit.prunedVerdict} scale={scale} />
        )}
        <Beside fit={fit} />
        <Legend fit={fit} />
      </div>
    </div>
  );
}

/** What the full and the pruned model need in the same way. */
function Beside({ fit: { ctx, full, kvIsEstimated } }: { readonly fit: MemoryFit }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const kv = format.bytes(full.kvBytes);
  return (
    <p className={classNames(kit.lead, styles.beside)}>
      {t('models.memory.beside', {
        ctx,
        kv: kvIsEstimated ? t('models.memory.atMost', { size: kv }) : kv,
        compute: format.bytes(full.computeBytes),
      })}
    </p>
  );
}

type NeedProps = {
  readonly label: string;
  readonly need: MemoryNeed;
  /** The need to compare it with. */
  readonly of?: MemoryNeed;
  readonly verdict: MemoryFit['verdict'];
  readonly scale: MemoryScale;
};

function Need({ label, need, of, verdict, scale }: NeedProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const bytes = partBytes(need);
  const total = needBytes(need);
  const percent = (of: number): string => `${(of / scale.maxBytes) * 100}%`;
  const parts = PARTS.map((part) => t(`models.memory.sized.${part}`, { size: format.bytes(bytes[part]) }));
  return (
    <>
      <span className={styles.label}>{label}</span>
      <span className={styles.total}>
        <span title={format.bytesExact(need.weightsBytes)}>{parts[0]}</span>
        {of !== undefined && of.weightsBytes > need.weightsBytes && (
          <span className={styles.saved}>
            {t('models.memory.saved', { share: format.percentWhole(1 - need.weightsBytes / of.weightsBytes) })}
          </span>
        )}
      </span>
      <div className={styles.track} role="img" aria-label={`${label}: ${format.list(parts)}`}>
        {scale.zones.map(({ id, from, to }) => (
          <span
            key={id}
            className={classNames(styles.zone, styles[id])}
            style={{ left: percent(from), width: percent(to - from) }}
          />
        ))}
        <span className={styles.need} style={{ width: percent(total) }}>
          {PARTS.map((part) => (
            <span
              key={part}
              className={classNames(styles.part, styles[part])}
              style={{ flexGrow: bytes[part] }}
              title={t(`models.memory.sized.${part}`, { size: format.bytes(bytes[part]) })}
            />
          ))}
        </span>
        {total > scale.limitBytes && (
          <span
            className={styles.over}
            style={{ left: percent(scale.limitBytes), width: percent(total - scale.limitBytes) }}
          />
        )}
      </div>
      <Verdict verdict={verdict} isEasy={total < scale.limitBytes * EASY_SHARE} />
    </>
  );
}

/** A bar below this share of the free memory is hard to see. */
const EASY_SHARE = 0.05;

const VERDICT_ICONS = { gpu: Check, mixed: Minus, ram: Check, tight: TriangleAlert, disk: TriangleAlert } as const;

type VerdictProps = { readonly verdict: MemoryFit['verdict']; readonly isEasy: boolean };

function Verdict({ verdict, isEasy }: VerdictProps): ReactNode {
  const { t } = useTranslation();
  const Icon = VERDICT_ICONS[verdict];
  const isCaution = verdict === 'tight' || verdict === 'disk';
  const isFitting = verdict === 'gpu' || verdict === 'ram';
  return (
    <span className={classNames(styles.verdict, isCaution && styles.caution)}>
      <Icon size={14} aria-hidden />
      <span>{t(isEasy && isFitting ? `models.memory.easily.${verdict}` : `models.memory.verdict.${verdict}`)}</span>
    </span>
  );
}

function Legend({ fit: { ram, vram } }: { readonly fit: MemoryFit }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const free = { ...(vram !== null && { vram }), ram };
  return (
    <ul className={classNames(kit.chips, kit.note, styles.legend)}>
      {PARTS.map((part) => (
        <li key={part}>
          <span className={classNames(styles.swatch, styles[part])} />
          {t(`models.memory.part.${part}`)}
        </li>
      ))}
      {(['vram', 'ram'] as const).flatMap((zone) => {
        const memory = free[zone];
        return memory === undefined ? (
          []
        ) : (
          <li key={zone}>
            <span className={classNames(styles.swatch, styles.zone, styles[zone])} />
            {t(`models.memory.free.${zone}`, {
              free: format.bytes(memory.freeBytes),
              total: format.bytes(memory.totalBytes),
            })}
          </li>
        );
      })}
    </ul>
  );
}
