// What a run's scores depend on besides its demos, in words.
import { useTranslation } from 'react-i18next';
import { repackSchema } from '../../electron/contract/repack.ts';
import type { Run } from '../../electron/contract/api/runs.ts';

/** Settings with a name for people; any other is shown by its key. */
const NAMED = [
  'llama',
  'mask',
  'maxTokens',
  'nUbatch',
  'nSlice',
  'kvType',
  'stop_confidence',
  'stop_criterion',
  'stop_keep',
  'stop_share',
  'stop_tokens',
  'threads',
  'version',
  'placement_devices',
  'placement_gpuLayers',
  'placement_cpuExpertLayers',
  'placement_repack',
  'placement_useExtraBuffers',
  'placement_expertsOnCpu',
] as const;

export function useRunSettings(): (settings: Run['settings']) => Readonly<Record<string, string>> {
  const { t } = useTranslation();
  const nameOf = (key: string): string => {
    const known = NAMED.find((name) => name === key.replace('.', '_'));
    return known === undefined ? key : t(`runs.settings.${known}`);
  };
  const textOf = (key: string, value: string): string => {
    if (value === '') return t('runs.nothingSet');
    if (value === 'true' || value === 'false') return t(`runs.isSet.${value}`);
    if (key === 'placement.repack') return t(`runs.repack.${repackSchema.parse(value)}`);
    return key === 'maxTokens' && value === '0' ? t('runs.noLimit') : value;
  };
  return (settings) =>
    Object.fromEntries(Object.entries(settings).map(([key, value]) => [nameOf(key), textOf(key, value)]));
}
