import { ChevronDown } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, ComboBox as AriaComboBox, Group, Input, Popover } from 'react-aria-components';
import { ChoiceList, type Choice } from './choice-list.tsx';
import { classNames } from './class-names.ts';
import { FieldFrame, fieldClass, type FieldTexts } from './field.tsx';
import fieldStyles from './field.module.css';
import styles from './floating.module.css';

type ComboBoxProps<Id extends string> = FieldTexts & {
  readonly choices: readonly Choice<Id>[];
  readonly value: Id | null;
  readonly onChange: (id: Id | null) => void;
  readonly placeholder?: string;
  readonly isDisabled?: boolean;
};

/** One of many known things, found by typing. */
export function ComboBox<Id extends string>({
  label,
  isLabelHidden,
  description,
  error,
  choices,
  value,
  onChange,
  placeholder = '',
  isDisabled = false,
}: ComboBoxProps<Id>): ReactNode {
  return (
    <AriaComboBox
      defaultItems={choices}
      value={value}
      onChange={(key) => onChange(choices.find(({ id }) => id === key)?.id ?? null)}
      isDisabled={isDisabled}
      isInvalid={Boolean(error)}
      menuTrigger="focus"
      allowsEmptyCollection
      className={fieldClass(isLabelHidden)}
    >
      <FieldFrame label={label} description={description} error={error}>
        <Group className={fieldStyles.box ?? ''}>
          <Input placeholder={placeholder} className={fieldStyles.input ?? ''} />
          <Button className={fieldStyles.step ?? ''}>
            <ChevronDown size={14} aria-hidden />
          </Button>
        </Group>
      </FieldFrame>
      <Popover offset={4} className={classNames(styles.popover, styles.matchTrigger)}>
        <ChoiceList<Id> />
      </Popover>
    </AriaComboBox>
  );
}
