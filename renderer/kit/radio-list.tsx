import type { ReactNode } from 'react';
import { Label, RadioButton, RadioField, RadioGroup, Text } from 'react-aria-components';
import { classNames } from './class-names.ts';
import fieldStyles from './field.module.css';
import { fieldClass } from './field.tsx';
import kit from './primitives.module.css';
import styles from './radio-list.module.css';

type Option<Id extends string> = {
  readonly id: Id;
  readonly label: ReactNode;
  /** An explanation of the choice. */
  readonly note?: ReactNode;
  /** Further content, shown once it is chosen. */
  readonly more?: ReactNode;
};

type RadioListProps<Id extends string> = {
  readonly label: string;
  readonly options: readonly Option<Id>[];
  readonly value: Id;
  readonly onChange: (id: Id) => void;
  readonly autoFocus?: boolean;
};

/** A choice between a few options that need a sentence each. */
export function RadioList<Id extends string>({
  label,
  options,
  value,
  onChange,
  autoFocus = false,
}: RadioListProps<Id>): ReactNode {
  return (
    <RadioGroup
      value={value}
      onChange={(id) => {
        const chosen = options.find((option) => option.id === id);
        if (chosen) onChange(chosen.id);
      }}
      className={fieldClass(false)}
    >
      <Label className={classNames(kit.note, fieldStyles.label)}>{label}</Label>
      <div className={kit.stack3}>
        {options.map(({ id, label: name, note, more }) => (
          <div key={id}>
            <RadioField
              value={id}
              autoFocus={autoFocus && id === value}
              className={classNames(kit.stack, styles.option)}
            >
              <RadioButton className={styles.button ?? ''}>
                <span className={styles.mark} />
                <span>{name}</span>
              </RadioButton>
              {note !== undefined && (
                <Text slot="description" className={classNames(kit.note, styles.note)}>
                  {note}
                </Text>
              )}
            </RadioField>
            {id === value && more !== undefined && <div className={styles.more}>{more}</div>}
          </div>
        ))}
      </div>
    </RadioGroup>
  );
}
