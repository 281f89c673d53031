// The parts around a control: its label, its explanation, and what is wrong with its value.
import type { ReactNode } from 'react';
import { FieldError, Label, Text } from 'react-aria-components';
import { classNames } from './class-names.ts';
import styles from './field.module.css';
import kit from './primitives.module.css';

export type FieldTexts = {
  readonly label: ReactNode;
  /** The label is only for screen readers, since the context shows it. */
  readonly isLabelHidden?: boolean;
  readonly description?: ReactNode;
  readonly error?: string | null | undefined;
};

/** Returns the field's class, for the React Aria component that wraps it. */
export function fieldClass(isLabelHidden: boolean | undefined): string {
  return classNames(kit.stack1, styles.field, isLabelHidden && styles.hiddenLabel);
}

type FieldFrameProps = Omit<FieldTexts, 'isLabelHidden'> & { readonly children: ReactNode };

/** The frame of a control, inside a React Aria field. */
export function FieldFrame({ label, description, error, children }: FieldFrameProps): ReactNode {
  return (
    <>
      <Label className={classNames(kit.note, styles.label)}>{label}</Label>
      {children}
      {description !== undefined && (
        <Text slot="description" className={kit.note ?? ''}>
          {description}
        </Text>
      )}
      <FieldError className={classNames(kit.small, kit.danger)}>{error}</FieldError>
    </>
  );
}
