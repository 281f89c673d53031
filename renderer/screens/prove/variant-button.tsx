// A variant's name, which opens it in the inspector.
import type { ReactNode } from 'react';
import { ToggleButton } from 'react-aria-components';
import { useProveChoices } from './prove-choices.ts';
import styles from './prove.module.css';
import { useVariantName } from './use-variant-name.ts';
import type { VariantOption } from './variants.ts';

export function VariantButton({ variant }: { readonly variant: VariantOption }): ReactNode {
  const nameOf = useVariantName();
  const isSelected = useProveChoices(({ selected }) => selected === variant.key);
  return (
    <ToggleButton
      isSelected={isSelected}
      onChange={(is) => useProveChoices.setState({ selected: is ? variant.key : null })}
      className={styles.name ?? ''}
    >
      {nameOf(variant)}
    </ToggleButton>
  );
}
