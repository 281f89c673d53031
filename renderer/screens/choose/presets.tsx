// Numbers to start with: for each, what others published, beside what was measured with this model.
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import type { MachineFit } from '../../../electron/contract/api/selections.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { Term } from '../../kit/term.tsx';
import { WithTooltip } from '../../kit/tooltip.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useRatioFormat } from '../../measures/use-ratio-format.ts';
import { changeDraft } from './change-draft.ts';
import type { Draft } from './draft.ts';
import styles from './presets.module.css';
import { usePresets, type Offer, type Presets as Offers } from './use-presets.ts';

type ReasonKey = 'choose.noModel' | `choose.presets.machine.${'none' | 'all' | 'allVram'}`;

type PresetsProps = {
  readonly draft: Draft;
  readonly runs: readonly Run[];
  readonly run: Run;
  /** If the choice is impossible, no preset is marked. */
  readonly isPossible: boolean;
};

export function Presets({ draft, runs, run, isPossible }: PresetsProps): ReactNode {
  const { t } = useTranslation();
  const { shared, machine, isLoading } = usePresets(draft, runs);
  const sourceText = useSourceText();
  const offers = [...shared, { id: 'machine' as const, ...machine }];
  return (
    <div className={styles.place}>
      <div className={styles.rows}>
        <span>{t('choose.presets.title')}</span>
        <span />
        <Term name="published">{t('choose.presets.published')}</Term>
        <Term name="ratio">{t('choose.presets.measured')}</Term>
      </div>
      <ToggleButtonGroup
        aria-label={t('choose.presets.title')}
        selectionMode="single"
        selectedKeys={offers.flatMap(({ id, isChosen }) => (isPossible && isChosen ? [id] : [])).slice(0, 1)}
        onSelectionChange={(keys) => {
          const count = offers.find(({ id }) => keys.has(id))?.keep ?? null;
          if (count !== null) changeDraft({ keep: { kind: 'count', count } });
        }}
        className={styles.presets ?? ''}
      >
        {shared.map(({ id, ...offer }) => (
          <Preset
            key={id}
            id={id}
            offer={offer}
            total={run.nExpert}
            reason={isLoading ? '' : t('choose.presets.impossible')}
            published={t(`choose.presets.${id}.band`)}
            source={t(`choose.presets.${id}.source`)}
          />
        ))}
        <Preset
          id="machine"
          offer={machine}
          total={run.nExpert}
          reason={isLoading ? '' : t(reasonOf(machine.fit))}
          published=""
          source={sourceText(machine.fit)}
        />
      </ToggleButtonGroup>
    </div>
  );
}

type PresetProps = {
  readonly id: Offers['shared'][number]['id'] | 'machine';
  readonly offer: Offer;
  readonly total: number;
  /** The reason why it cannot be chosen. */
  readonly reason: string;
  readonly published: string;
  /** The source of the number. */
  readonly source: string;
};

function Preset({ id, offer, total, reason, published, source }: PresetProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const ratio = useRatioFormat();
  const { keep, bytes, measured, isChosen } = offer;
  const name = t(`choose.presets.${id}.name`);
  const size =
    keep === null
      ? reason
      : [t('choose.keptOf', { keep, total }), ...(bytes === null ? [] : [format.bytes(bytes)])].join(' · ');
  const figure = keep === null ? '' : measured === null ? t('choose.presets.notMeasured') : ratio.interval(measured);
  const said = [
    name,
    size,
    published && `${t('choose.presets.published')}: ${published}`,
    figure && `${t('choose.presets.measured')}: ${figure}`,
  ];
  return (
    <WithTooltip text={source}>
      <ToggleButton
        id={id}
        isDisabled={keep === null}
        aria-label={said.filter(Boolean).join(', ')}
        className={styles.preset ?? ''}
      >
        <span className={styles.name}>
          {name}
          {isChosen && <Check size={13} strokeWidth={2.5} aria-hidden />}
        </span>
        <span className={styles.size}>{size}</span>
        <span>{published}</span>
        <span>{figure}</span>
      </ToggleButton>
    </WithTooltip>
  );
}

/** Why there is no offer for this machine. */
function reasonOf(fit: MachineFit | null): ReasonKey {
  if (fit === null) return 'choose.noModel';
  if (fit.fits === 'none') return 'choose.presets.machine.none';
  return fit.place === 'vram' ? 'choose.presets.machine.allVram' : 'choose.presets.machine.all';
}

/** Returns a function that says what the model should fit into. */
function useSourceText(): (fit: MachineFit | null) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (fit) => {
    if (fit === null) return t('choose.noModel');
    const { ctx } = fit;
    const room = format.bytes(fit.roomBytes);
    if (fit.place === 'vram') return t('choose.presets.machine.vram', { room, ctx });
    return t('choose.presets.machine.memory', { room, ctx });
  };
}
