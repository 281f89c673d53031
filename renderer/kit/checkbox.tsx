import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { CheckboxButton, CheckboxField, Text } from 'react-aria-components';
import { classNames } from './class-names.ts';
import kit from './primitives.module.css';
import styles from './switch.module.css';

type CheckboxProps = {
  readonly children: ReactNode;
  readonly note?: ReactNode;
  readonly isSelected: boolean;
  readonly onChange: (isSelected: boolean) => void;
  readonly isDisabled?: boolean;
};

export function Checkbox({ children, note, isSelected, onChange, isDisabled = false }: CheckboxProps): ReactNode {
  return (
    <CheckboxField
      isSelected={isSelected}
      onChange={onChange}
      isDisabled={isDisabled}
      className={classNames(kit.stack, styles.field)}
    >
      <CheckboxButton className={styles.checkbox ?? ''}>
        <span className={styles.box}>{isSelected && <Check size={12} strokeWidth={3} aria-hidden />}</span>
        <span>{children}</span>
      </CheckboxButton>
      {note !== undefined && (
        <Text slot="description" className={classNames(kit.note, styles.checkboxNote)}>
          {note}
        </Text>
      )}
    </CheckboxField>
  );
}
