// What a variant does worse than the full model, in one sentence.
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../kit/use-format.ts';
import type { SideName } from '../comparison.ts';
import type { Worse } from './worse.ts';

/** "In domain its answers are worse than the full model’s: loops 45% (full model 5%)." */
export function useWorseText(): (side: SideName, worse: readonly Worse[]) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (side, worse) => {
    const faults = worse.map(({ check, share, full }) =>
      t(`generation.fault.${check}`, { share: format.percentWhole(share), full: format.percentWhole(full) }),
    );
    return t(`generation.worseThanFull.${side}`, { faults: format.list(faults) });
  };
}
