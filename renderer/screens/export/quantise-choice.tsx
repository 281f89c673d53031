// The type that the file is quantised to: none, or one of llama.cpp's.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExportPlan } from '../../../electron/contract/api/exports.ts';
import { QUANT_TYPES, type QuantType } from '../../../electron/contract/quantise.ts';
import { Select } from '../../kit/select.tsx';
import { Switch } from '../../kit/switch.tsx';
import { changePlanOptions, usePlannedFile } from '../../state/plans.ts';
import styles from './export.module.css';

/** The types of most published files, largest first; the advanced settings show all others. */
const USUAL: readonly QuantType[] = ['Q8_0', 'Q6_K', 'Q5_K_M', 'Q4_K_M', 'IQ4_XS', 'Q3_K_M', 'Q2_K'];
const AS_IS = 'as-is';

type QuantiseChoiceProps = {
  readonly selectionId: number;
  /** Type of the source, as its header says. */
  readonly sourceType: string;
  readonly planned: ExportPlan | undefined;
  readonly isAdvanced: boolean;
};

export function QuantiseChoice({ selectionId, sourceType, planned, isAdvanced }: QuantiseChoiceProps): ReactNode {
  const { t } = useTranslation();
  const { quantise, repair } = usePlannedFile(selectionId).options;
  const types = QUANT_TYPES.filter(({ name }) => isAdvanced || USUAL.includes(name) || name === quantise?.type);
  const isRefused = planned?.problems.some(({ code }) => code === 'ALREADY_QUANTISED') ?? false;
  return (
    <div className={styles.quantise}>
      <Select<QuantType | typeof AS_IS>
        label={t('export.type')}
        description={t(
          quantise !== null
            ? 'export.typeNote'
            : repair === null
              ? 'export.typeAsIsNote'
              : 'export.repair.typeAsIsNote',
        )}
        choices={[
          { id: AS_IS, label: t('export.typeAsIs', { type: sourceType }) },
          ...types.map(({ name, bits }) => ({ id: name, label: name, note: t('export.bits', { bits }) })),
        ]}
        value={quantise?.type ?? AS_IS}
        onChange={(type) =>
          changePlanOptions(selectionId, {
            quantise: type === AS_IS ? null : { rules: {}, allowRequantize: false, ...quantise, type },
          })
        }
      />
      {quantise !== null && (isRefused || quantise.allowRequantize) && (
        <Switch
          isSelected={quantise.allowRequantize}
          onChange={(allowRequantize) => changePlanOptions(selectionId, { quantise: { ...quantise, allowRequantize } })}
          note={t('export.requantizeNote')}
        >
          {t('export.requantize')}
        </Switch>
      )}
    </div>
  );
}
