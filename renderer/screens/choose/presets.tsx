// Counts to begin with: each says what others published of it, and what this model measured.
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { useFormat } from '../../kit/use-format.ts';
import { WithTooltip } from '../../kit/tooltip.tsx';
import { useRatioFormat } from '../../measures/use-ratio-format.ts';
import { bridge } from '../../state/bridge.ts';
import { changeDraft, type Draft } from './draft.ts';
import styles from './presets.module.css';
import { usePresets, type Presets as Offers } from './use-presets.ts';

type PresetsProps = { readonly draft: Draft; readonly runs: readonly Run[]; readonly run: Run };

export function Presets({ draft, runs, run }: PresetsProps): ReactNode {
  const { t } = useTranslation();
  const { shared, machine, isLoading } = usePresets(draft, runs);
  const offers = [...shared, { id: 'machine' as const, ...machine }];
  const total = run.nExpert;
  return (
    <ToggleButtonGroup
      aria-label={t('choose.presets.title')}
      selectionMode="single"
      selectedKeys={offers.flatMap(({ id, isChosen }) => (isChosen ? [id] : [])).slice(0, 1)}
      onSelectionChange={(keys) => {
        const count = offers.find(({ id }) => keys.has(id))?.keep ?? null;
        if (count !== null) changeDraft({ keep: { kind: 'count', count } });
      }}
      className={styles.presets ?? ''}
    >
      {shared.map(({ id, ...offer }) => (
        <Preset key={id} id={id} {...{ offer, total }} hint={t(`choose.presets.${id}.source`)}>
          {offer.keep === null && !isLoading ? t('choose.presets.impossible') : t(`choose.presets.${id}.published`)}
        </Preset>
      ))}
      <Preset id="machine" offer={machine} total={total} hint={t(bridge().host === 'served' ? 'choose.presets.machine.sourceServed' : 'choose.presets.machine.source')}>
        {isLoading ? '' : <Room fit={machine.fit} />}
      </Preset>
    </ToggleButtonGroup>
  ); // prettier-ignore
}

type PresetProps = {
  readonly id: Offers['shared'][number]['id'] | 'machine';
  readonly offer: Omit<Offers['shared'][number], 'id'>;
  readonly total: number;
  /** Where the line below comes from. */
  readonly hint: string;
  readonly children: ReactNode;
};

function Preset({ id, offer: { keep, bytes, measured, isChosen }, total, hint, children }: PresetProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const ratio = useRatioFormat();
  return (
    <WithTooltip text={hint}>
      <ToggleButton id={id} isDisabled={keep === null} className={styles.preset ?? ''}>
        <span className={styles.name}>
          {t(`choose.presets.${id}.name`)}
          {isChosen && <Check size={13} strokeWidth={2.5} aria-hidden />}
        </span>
        <span className={styles.count}>
          {keep === null
            ? ' '
            : [t('choose.keptOf', { keep, total }), ...(bytes === null ? [] : [format.bytes(bytes)])].join(' · ')}
        </span>
        <span>{children}</span>
        <span>
          {keep === null
            ? ' '
            : measured === null
              ? t('choose.presets.notMeasured')
              : t('choose.presets.measured', { ratio: ratio.interval(measured) })}
        </span>
      </ToggleButton>
    </WithTooltip>
  );
}

/** What the model is to fit, or why nothing is offered. */
function Room({ fit }: { readonly fit: Offers['machine']['fit'] }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  if (fit === null) return t('choose.noModel');
  if (fit.fits === 'none') return t('choose.presets.machine.none');
  if (fit.fits === 'all')
    return t(fit.place === 'vram' ? 'choose.presets.machine.allVram' : 'choose.presets.machine.all');
  const room = format.bytes(fit.roomBytes);
  return fit.place === 'vram'
    ? t('choose.presets.machine.vram', { room })
    : t('choose.presets.machine.memory', { room });
}
