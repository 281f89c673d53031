// Which of the sets that cannot be drawn together is shown.
import type { ReactNode } from 'react';
import { Select } from '../../../kit/select.tsx';
import styles from './prove.module.css';

type SetSelectProps<One> = {
  readonly label: string;
  readonly sets: readonly One[];
  readonly shown: One;
  readonly name: (set: One) => string;
  readonly onChange: (key: string) => void;
};

export function SetSelect<One extends { readonly key: string }>({
  label,
  sets,
  shown,
  name,
  onChange,
}: SetSelectProps<One>): ReactNode {
  if (sets.length < 2) return <span className={styles.small}>{name(shown)}</span>;
  return (
    <Select
      label={label}
      isLabelHidden
      choices={sets.map((set) => ({ id: set.key, label: name(set) }))}
      value={shown.key}
      onChange={onChange}
    />
  );
}
