import { ChevronDown } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, Popover, Select as AriaSelect, SelectValue } from 'react-aria-components';
import { ChoiceList, type Choice } from './choice-list.tsx';
import { classNames } from './class-names.ts';
import { FieldFrame, fieldClass, type FieldTexts } from './field.tsx';
import fieldStyles from './field.module.css';
import styles from './floating.module.css';
import kit from './primitives.module.css';

type SelectProps<Id extends string> = FieldTexts & {
  readonly choices: readonly Choice<Id>[];
  readonly value: Id | null;
  readonly onChange: (id: Id) => void;
  readonly placeholder?: string;
  readonly isDisabled?: boolean;
};

/** A choice between a few known options. */
export function Select<Id extends string>({
  label,
  isLabelHidden,
  description,
  error,
  choices,
  value,
  onChange,
  placeholder = '',
  isDisabled = false,
}: SelectProps<Id>): ReactNode {
  return (
    <AriaSelect
      value={value}
      onChange={(key) => {
        const chosen = choices.find(({ id }) => id === key);
        if (chosen) onChange(chosen.id);
      }}
      placeholder={placeholder}
      isDisabled={isDisabled}
      isInvalid={Boolean(error)}
      className={fieldClass(isLabelHidden)}
    >
      <FieldFrame label={label} description={description} error={error}>
        <Button className={classNames(kit.ends, fieldStyles.trigger)}>
          <SelectValue<Choice<Id>> className={classNames(kit.ellipsis, fieldStyles.value)}>
            {({ selectedItems, defaultChildren }) => selectedItems[0]?.label ?? defaultChildren}
          </SelectValue>
          <ChevronDown size={14} aria-hidden />
        </Button>
      </FieldFrame>
      <Popover offset={4} className={classNames(kit.stack, kit.raised, styles.popover, styles.matchTrigger)}>
        <ChoiceList<Id> choices={choices} />
      </Popover>
    </AriaSelect>
  );
}
