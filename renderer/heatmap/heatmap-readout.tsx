// The numbers of the cell under the crosshair, each in its own place so that nothing jumps.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import kit from '../kit/primitives.module.css';
import { useFormat } from '../kit/use-format.ts';
import type { CellDetails } from './cell-details.ts';
import styles from './heatmap.module.css';
import type { HeatmapModel } from './model.ts';
import { useCellText } from './use-cell-text.ts';
import { useShareFormat } from './use-heatmap-texts.ts';

type ReadoutProps = {
  readonly model: HeatmapModel;
  /** null: there is no crosshair. */
  readonly details: CellDetails | null;
  /** There are places for count, gate and norm. */
  readonly hasDescription: boolean;
  readonly busy: boolean;
};

export function HeatmapReadout({ model, details, hasDescription, busy }: ReadoutProps): ReactNode {
  return (
    <div className={styles.readoutBox}>
      <Fields model={model} details={details} hasDescription={hasDescription} />
      {details === null && <Idle model={model} busy={busy} />}
    </div>
  );
}

/** A summary of the picture in one line, and how to learn more. */
function Idle({ model, busy }: Pick<ReadoutProps, 'model' | 'busy'>): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { nLayers, nExpert, moeLayers } = model.data;
  const worst = model.kept?.worst ?? null;
  const share = worst === null ? 0 : (model.kept?.retained[worst] ?? 0);
  return (
    <p className={classNames(kit.stack, styles.idle)}>
      <span>
        {t('heatmap.summary.size', { layers: nLayers, experts: nExpert })}
        {worst !== null && t('heatmap.summary.worst', { block: moeLayers[worst], share: format.percent(share) })}
      </span>
      <span className={kit.dim}>{busy ? t('heatmap.hint.busy') : t('heatmap.hint.idle')}</span>
    </p>
  );
}

function Fields({ model, details, hasDescription }: Omit<ReadoutProps, 'busy'>): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const shares = useShareFormat();
  const { state } = useCellText();
  const numbers = details?.numbers;
  const other = details?.other;
  const description = details?.description;
  const rankOf = (rank: number): string => t('heatmap.readout.rankOf', { rank, total: model.data.nExpert });
  return (
    <dl className={classNames(kit.chips, styles.readout)} aria-hidden data-idle={details === null ? '' : undefined}>
      <Field name={t('heatmap.readout.layer')} value={known(details?.block, String)} size="short" />
      <Field name={t('heatmap.readout.expert')} value={known(details?.expert, String)} size="word" />
      <Field name={t('heatmap.readout.state')} value={details && state(details)} size="long" />
      <Field name={t('heatmap.readout.score')} value={known(numbers?.score, format.score)} />
      <Field name={t('heatmap.readout.share')} value={known(numbers?.share, shares.share)} />
      <Field name={t('heatmap.readout.rank')} value={known(numbers?.rank, rankOf)} />
      {model.other !== null && (
        <>
          <Field name={t('heatmap.readout.otherShare')} value={known(other?.share, shares.share)} />
          <Field name={t('heatmap.readout.otherRank')} value={known(other?.rank, rankOf)} />
        </>
      )}
      {hasDescription && (
        <>
          <Field name={t('heatmap.readout.count')} value={known(description?.count, format.count)} />
          <Field name={t('heatmap.readout.meanGate')} value={known(description?.meanGate, format.score)} />
          <Field name={t('heatmap.readout.meanNorm')} value={known(description?.meanNorm, format.score)} />
        </>
      )}
    </dl>
  );
}

function known(value: number | null | undefined, format: (value: number) => string): string | null {
  return value === null || value === undefined ? null : format(value);
}

type FieldProps = {
  readonly name: string;
  /** null: not known. */
  readonly value: string | null;
  readonly size?: 'short' | 'word' | 'long';
};

function Field({ name, value, size }: FieldProps): ReactNode {
  return (
    <div className={styles.field} data-size={size}>
      <dt>{name}</dt>
      <dd>{value ?? '–'}</dd>
    </div>
  );
}
