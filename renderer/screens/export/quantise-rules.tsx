// Separate types for parts of the model.
import { useId, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import {
  TENSOR_TYPES,
  type QuantiseOptions,
  type QuantRules,
  type TensorType,
} from '../../../electron/contract/quantise.ts';
import { NumberField } from '../../kit/number-field.tsx';
import { Select } from '../../kit/select.tsx';
import { changePlanOptions } from '../../state/plans.ts';
import styles from './export.module.css';

const PARTS = ['attention', 'sharedExperts', 'embeddings', 'output'] as const;
const ENDS = ['firstLayers', 'lastLayers'] as const;
const AS_TYPE = 'as-type';
/** The initial number of layers at an end. */
const FEW_LAYERS = 2;

type QuantiseRulesProps = { readonly selectionId: number; readonly quantise: QuantiseOptions };

export function QuantiseRules({ selectionId, quantise }: QuantiseRulesProps): ReactNode {
  const { t } = useTranslation();
  const id = useId();
  const { rules } = quantise;
  const set = <Part extends keyof QuantRules>(part: Part, value: QuantRules[Part] | null): void => {
    const { [part]: _, ...others } = rules;
    changePlanOptions(selectionId, {
      quantise: { ...quantise, rules: value === null ? others : { ...others, [part]: value } },
    });
  };
  const count = Object.keys(rules).length;
  return (
    <details className={styles.rules}>
      <summary id={id}>{count === 0 ? t('export.rules') : t('export.rulesSet', { count })}</summary>
      <div role="group" aria-labelledby={id} className={styles.parts}>
        {PARTS.map((part) => (
          <TypeOfPart
            key={part}
            label={t(`export.part.${part}`)}
            type={rules[part] ?? null}
            onChange={(type) => set(part, type)}
          />
        ))}
        {ENDS.map((end) => {
          const rule = rules[end];
          return (
            <div key={end} className={styles.end}>
              <TypeOfPart
                label={t(`export.part.${end}`)}
                type={rule?.type ?? null}
                onChange={(type) => set(end, type && { count: rule?.count ?? FEW_LAYERS, type })}
              />
              {rule && (
                <NumberField
                  label={t('export.layerCount')}
                  value={rule.count}
                  minValue={1}
                  onChange={(layers) => set(end, { ...rule, count: layers })}
                />
              )}
            </div>
          );
        })}
      </div>
    </details>
  );
}

type TypeOfPartProps = {
  readonly label: string;
  /** null: the type that the file's own type gives this part. */
  readonly type: TensorType | null;
  readonly onChange: (type: TensorType | null) => void;
};

function TypeOfPart({ label, type, onChange }: TypeOfPartProps): ReactNode {
  const { t } = useTranslation();
  return (
    <Select<TensorType | typeof AS_TYPE>
      label={label}
      choices={[{ id: AS_TYPE, label: t('export.asType') }, ...TENSOR_TYPES.map((name) => ({ id: name, label: name }))]}
      value={type ?? AS_TYPE}
      onChange={(id) => onChange(id === AS_TYPE ? null : id)}
    />
  );
}
