import { Minus, Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import {
  Button,
  Group,
  Input,
  NumberField as AriaNumberField,
  type NumberFieldProps as AriaProps,
} from 'react-aria-components';
import { classNames } from './class-names.ts';
import { FieldFrame, fieldClass, type FieldTexts } from './field.tsx';
import styles from './field.module.css';
import kit from './primitives.module.css';

type NumberFieldProps = Omit<AriaProps, 'className' | 'style' | 'children' | 'isInvalid' | 'onChange'> &
  FieldTexts & {
    /** What the number counts, such as "tokens"; shown after it. */
    readonly unit?: string;
    /** Called with numbers only: an emptied field keeps its last value. */
    readonly onChange: (value: number) => void;
  };

export function NumberField({
  label,
  isLabelHidden,
  description,
  error,
  unit,
  onChange,
  ...rest
}: NumberFieldProps): ReactNode {
  return (
    <AriaNumberField
      {...rest}
      onChange={(value) => {
        if (!Number.isNaN(value)) onChange(value);
      }}
      isInvalid={Boolean(error)}
      className={fieldClass(isLabelHidden)}
    >
      <FieldFrame label={label} description={description} error={error}>
        <Group className={classNames(kit.row, styles.box)}>
          <Input className={classNames(kit.fill, styles.input)} />
          {unit !== undefined && <span className={classNames(kit.note, styles.unit)}>{unit}</span>}
          <Button slot="decrement" className={styles.step ?? ''}>
            <Minus size={12} aria-hidden />
          </Button>
          <Button slot="increment" className={styles.step ?? ''}>
            <Plus size={12} aria-hidden />
          </Button>
        </Group>
      </FieldFrame>
    </AriaNumberField>
  );
}
