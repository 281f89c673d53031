// A choice between two to five options, all visible.
import type { LucideIcon } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import { classNames } from './class-names.ts';
import kit from './primitives.module.css';
import styles from './segmented.module.css';

type Segment<Id extends string> = {
  readonly id: Id;
  readonly label: string;
  readonly icon?: LucideIcon;
};

type SegmentedProps<Id extends string> = {
  readonly label: string;
  readonly isLabelHidden?: boolean;
  readonly segments: readonly Segment<Id>[];
  readonly value: Id;
  readonly onChange: (id: Id) => void;
};

export function Segmented<Id extends string>({
  label,
  isLabelHidden = false,
  segments,
  value,
  onChange,
}: SegmentedProps<Id>): ReactNode {
  const labelId = useId();
  return (
    <div className={styles.wrap}>
      {!isLabelHidden && (
        <span id={labelId} className={kit.note}>
          {label}
        </span>
      )}
      <ToggleButtonGroup
        {...(isLabelHidden ? { 'aria-label': label } : { 'aria-labelledby': labelId })}
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={[value]}
        onSelectionChange={(keys) => {
          const chosen = segments.find(({ id }) => keys.has(id));
          if (chosen) onChange(chosen.id);
        }}
        className={styles.group ?? ''}
      >
        {segments.map(({ id, label: name, icon: Icon }) => (
          <ToggleButton key={id} id={id} className={classNames(kit.inline, styles.option)}>
            {Icon && <Icon size={14} strokeWidth={1.75} aria-hidden />}
            {name}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
    </div>
  );
}
