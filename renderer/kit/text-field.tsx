import type { ReactNode } from 'react';
import { Input, TextArea, TextField as AriaTextField, type TextFieldProps as AriaProps } from 'react-aria-components';
import { classNames } from './class-names.ts';
import { FieldFrame, fieldClass, type FieldTexts } from './field.tsx';
import styles from './field.module.css';
import kit from './primitives.module.css';

type TextFieldProps = Omit<AriaProps, 'className' | 'style' | 'children' | 'isInvalid'> &
  FieldTexts & {
    readonly placeholder?: string;
    /** Number of lines; more than one makes it a text area. */
    readonly rows?: number;
  };

export function TextField({
  label,
  isLabelHidden,
  description,
  error,
  placeholder = '',
  rows = 1,
  onKeyDown,
  ...rest
}: TextFieldProps): ReactNode {
  const listen: AriaProps['onKeyDown'] = (event) => {
    onKeyDown?.(event);
    // the window's own keys also work while the user types
    event.continuePropagation();
  };
  return (
    <AriaTextField
      {...rest}
      {...(onKeyDown && { onKeyDown: listen })}
      isInvalid={Boolean(error)}
      className={fieldClass(isLabelHidden)}
    >
      <FieldFrame label={label} description={description} error={error}>
        <div className={classNames(kit.row, styles.box)}>
          {rows > 1 ? (
            <TextArea
              rows={rows}
              placeholder={placeholder}
              className={classNames(kit.fill, styles.input, styles.area)}
            />
          ) : (
            <Input placeholder={placeholder} className={classNames(kit.fill, styles.input)} />
          )}
        </div>
      </FieldFrame>
    </AriaTextField>
  );
}
