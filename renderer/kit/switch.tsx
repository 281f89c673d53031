import { memo, type ReactNode } from 'react';
import { SwitchButton, SwitchField, Text } from 'react-aria-components';
import { classNames } from './class-names.ts';
import kit from './primitives.module.css';
import styles from './switch.module.css';

type SwitchProps = {
  readonly children: ReactNode;
  /** The effect of turning it on. */
  readonly note?: ReactNode;
  readonly isSelected: boolean;
  readonly isDisabled?: boolean;
  readonly onChange: (isSelected: boolean) => void;
};

/** Takes effect at once; use `Checkbox` for one of several choices that a button confirms. */
export const Switch = memo(function Switch(props: SwitchProps): ReactNode {
  const { children, note, isSelected, isDisabled = false, onChange } = props;
  return (
    <SwitchField
      isSelected={isSelected}
      isDisabled={isDisabled}
      onChange={onChange}
      className={classNames(kit.stack, styles.field)}
    >
      <SwitchButton className={styles.switch ?? ''}>
        <span className={styles.track}>
          <span className={styles.thumb} />
        </span>
        <span>{children}</span>
      </SwitchButton>
      {note !== undefined && (
        <Text slot="description" className={classNames(kit.note, styles.switchNote)}>
          {note}
        </Text>
      )}
    </SwitchField>
  );
});
