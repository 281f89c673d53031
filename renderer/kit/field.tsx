// What stands around a control: its label, its explanation, what is wrong with its value.
import type { ReactNode } from 'react';
import { FieldError, Label, Text } from 'react-aria-components';
import { classNames } from './class-names.ts';
import styles from './field.module.css';

export type FieldTexts = {
  readonly label: ReactNode;
  /** The label is read out but not shown, where the place says it. */
  readonly isLabelHidden?: boolean;
  readonly description?: ReactNode;
  readonly error?: string | null | undefined;
};

/** The field's class, for the React Aria component that wraps it. */
export function fieldClass(isLabelHidden: boolean | undefined): string {
  return classNames(styles.field, isLabelHidden && styles.hiddenLabel);
}

type FieldFrameProps = Omit<FieldTexts, 'isLabelHidden'> & { readonly children: ReactNode };

/** Inside a React Aria field. */
export function FieldFrame({ label, description, error, children }: FieldFrameProps): ReactNode {
  return (
    <>
      <Label className={styles.label ?? ''}>{label}</Label>
      {children}
      {description !== undefined && (
        <Text slot="description" className={styles.description ?? ''}>
          {description}
        </Text>
      )}
      <FieldError className={styles.error ?? ''}>{error}</FieldError>
    </>
  );
}
