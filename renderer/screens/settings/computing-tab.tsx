// Where models run, and how much is computed at once.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Settings } from '../../../electron/contract/api/app.ts';
import { ALL_EXPERT_LAYERS, type Placement } from '../../../electron/contract/requests.ts';
import { Advanced } from '../../experts/advanced.tsx';
import { classNames } from '../../kit/class-names.ts';
import { NumberField } from '../../kit/number-field.tsx';
import kit from '../../kit/primitives.module.css';
import { Segmented } from '../../kit/segmented.tsx';
import { Select } from '../../kit/select.tsx';
import { useTranslate } from '../../kit/translate.ts';
import { useCall } from '../../state/calls.ts';
import { useChangeSettings } from '../../state/settings.ts';
import { Machines } from './machines.tsx';
import { SettingsError } from './settings-error.tsx';
import styles from './settings.module.css';

const GB = 1e9;

const KINDS = ['cuda', 'metal', 'vulkan'] as const;
/** The initial value of the field when layers are no longer chosen automatically. */
const FIRST_LAYERS = 16;
/** The same for tokens that are computed together. */
const FIRST_UBATCH = 2048;

type TabProps = { readonly settings: Settings };

export function ComputingTab({ settings }: TabProps): ReactNode {
  return (
    <div className={kit.stack5}>
      <div className={classNames(kit.stack5, styles.form)}>
        <PlacementFields settings={settings} />
        <AmountFields settings={settings} />
      </div>
      <Machines />
    </div>
  );
}

function PlacementFields({ settings }: TabProps): ReactNode {
  const { t } = useTranslation();
  const change = useChangeSettings();
  const cores = useCall('app.info', {}).data?.cores;
  const { placement } = settings;
  const place = (part: Partial<Placement>): void => change.mutate({ placement: { ...placement, ...part } });
  return (
    <>
      <GpuChoice value={placement.gpu} onChange={(gpu) => place({ gpu })} />
      {placement.gpu !== 'off' && (
        <>
          <AutoOrNumber
            label={t('settings.gpuLayers.label')}
            firstNumber={FIRST_LAYERS}
            number={{ minValue: 0, maxValue: 999 }}
            value={placement.gpuLayers}
            onChange={(gpuLayers) => place({ gpuLayers })}
          />
          <CpuExperts value={placement.cpuExpertLayers} onChange={(cpuExpertLayers) => place({ cpuExpertLayers })} />
        </>
      )}
      <MemoryLimit placement={placement} onChange={(limited) => change.mutate({ placement: limited })} />
      <NumberField
        label={t('settings.threads.label')}
        description={cores === undefined ? '' : t('settings.threads.note', { count: cores })}
        minValue={1}
        {...(cores !== undefined && { maxValue: cores })}
        value={placement.threads}
        onChange={(threads) => place({ threads })}
      />
      <SettingsError error={change.error} />
    </>
  );
}

function AmountFields({ settings }: TabProps): ReactNode {
  const { t } = useTranslation();
  const change = useChangeSettings();
  return (
    <>
      <NumberField
        label={t('settings.maxTokens.label')}
        description={t('settings.maxTokens.note')}
        unit={t('settings.tokens')}
        minValue={0}
        step={256}
        value={settings.maxTokens}
        onChange={(maxTokens) => change.mutate({ maxTokens })}
      />
      <Advanced>
        <div>
          <AutoOrNumber
            label={t('settings.ubatch.label')}
            firstNumber={FIRST_UBATCH}
            number={{ minValue: 32, maxValue: 1 << 16, step: 32, unit: t('settings.tokens') }}
            value={settings.nUbatch}
            onChange={(nUbatch) => change.mutate({ nUbatch })}
          />
          <p className={kit.lead}>{t('settings.ubatch.note')}</p>
        </div>
      </Advanced>
      <SettingsError error={change.error} />
    </>
  );
}

type GpuChoiceProps = { readonly value: Placement['gpu']; readonly onChange: (gpu: Placement['gpu']) => void };

/** Selects the kind of GPU; kinds that are not installed here cannot be chosen. */
function GpuChoice({ value, onChange }: GpuChoiceProps): ReactNode {
  const { t } = useTranslation();
  const translate = useTranslate();
  const doctor = useCall('app.doctor', {});
  const installed = doctor.data?.gpuBackends;
  const kinds = KINDS.map((id) => {
    const isMissing = installed !== undefined && !installed.includes(id);
    return {
      id,
      label: t(`settings.gpu.${id}`),
      isDisabled: isMissing,
      ...(isMissing && { note: t('settings.gpu.missing') }),
    };
  });
  return (
    <div className={kit.stack2}>
      <Select
        label={t('settings.gpu.label')}
        choices={[
          { id: 'auto', label: t('settings.gpu.auto'), note: t('settings.gpu.autoNote') },
          { id: 'off', label: t('settings.gpu.off'), note: t('settings.gpu.offNote') },
          ...kinds,
        ]}
        value={value}
        onChange={onChange}
      />
      {doctor.data?.gpuProblems.map(({ kind, why }) => (
        <p key={kind} className={kit.lead}>
          {kind}: {translate(why)}
        </p>
      ))}
      <SettingsError error={doctor.error} />
    </div>
  );
}

type MemoryLimitProps = { readonly placement: Placement; readonly onChange: (placement: Placement) => void };

/** The limit in gigabytes; automatic: there is no limit. */
function MemoryLimit({ placement: { memoryLimit, ...placement }, onChange }: MemoryLimitProps): ReactNode {
  const { t } = useTranslation();
  const total = useCall('app.info', {}).data?.memoryTotal ?? Infinity;
  const most = Math.max(1, Math.floor(total / GB));
  return (
    <div>
      <AutoOrNumber
        label={t('settings.memoryLimit.label')}
        auto={t('settings.memoryLimit.auto')}
        firstNumber={most}
        number={{ minValue: 1, maxValue: most, step: 1, unit: t('settings.memoryLimit.unit') }}
        value={memoryLimit === undefined ? 'auto' : Math.max(1, Math.round(memoryLimit / GB))}
        onChange={(size) => onChange(size === 'auto' ? placement : { ...placement, memoryLimit: size * GB })}
      />
      <p className={kit.lead}>{t('settings.memoryLimit.note')}</p>
    </div>
  );
}

type AutoOrNumberProps = {
  readonly label: string;
  /** What is chosen automatically; absent: as many as fit. */
  readonly auto?: string;
  /** The initial number. */
  readonly firstNumber: number;
  readonly number: {
    readonly minValue: number;
    readonly maxValue: number;
    readonly step?: number;
    readonly unit?: string;
  };
  readonly value: number | 'auto';
  readonly onChange: (value: number | 'auto') => void;
};

function AutoOrNumber({ label, auto, firstNumber, number, value, onChange }: AutoOrNumberProps): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={styles.row}>
      <Segmented
        label={label}
        segments={[
          { id: 'auto', label: auto ?? t('settings.auto') },
          { id: 'fixed', label: t('settings.fixed') },
        ]}
        value={value === 'auto' ? 'auto' : 'fixed'}
        onChange={(mode) => onChange(mode === 'auto' ? 'auto' : firstNumber)}
      />
      {value !== 'auto' && <NumberField label={label} isLabelHidden {...number} value={value} onChange={onChange} />}
    </div>
  );
}

type CpuExpertsProps = {
  readonly value: Placement['cpuExpertLayers'];
  readonly onChange: (layers: Placement['cpuExpertLayers']) => void;
};

function CpuExperts({ value, onChange }: CpuExpertsProps): ReactNode {
  const { t } = useTranslation();
  const mode = value === 'auto' ? 'auto' : value >= ALL_EXPERT_LAYERS ? 'all' : 'fixed';
  const layersByMode = { auto: 'auto', all: ALL_EXPERT_LAYERS, fixed: FIRST_LAYERS } as const;
  return (
    <>
      <Select
        label={t('settings.cpuExperts.label')}
        choices={[
          { id: 'auto', label: t('settings.cpuExperts.auto'), note: t('settings.cpuExperts.note') },
          { id: 'all', label: t('settings.cpuExperts.all'), note: t('settings.cpuExperts.allNote') },
          { id: 'fixed', label: t('settings.cpuExperts.fixed') },
        ]}
        value={mode}
        onChange={(chosen) => onChange(layersByMode[chosen])}
      />
      {mode === 'fixed' && value !== 'auto' && (
        <NumberField
          label={t('settings.cpuExperts.layers')}
          minValue={0}
          maxValue={ALL_EXPERT_LAYERS - 1}
          value={value}
          onChange={onChange}
        />
      )}
    </>
  );
}
