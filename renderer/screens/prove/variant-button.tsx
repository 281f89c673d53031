// A variant's name, which opens it in the inspector.
import type { ReactNode } from 'react';
import { ToggleButton } from 'react-aria-components';
import { useProveChoices } from './prove-choices.ts';
import styles from './prove.module.css';
import { useShortName, useVariantName } from './use-variant-name.ts';
import type { VariantOption } from './variants.ts';

type VariantButtonProps = { readonly variant: VariantOption; readonly variants: readonly VariantOption[] };

export function VariantButton({ variant, variants }: VariantButtonProps): ReactNode {
  const nameOf = useVariantName();
  const shortName = useShortName(variants);
  const isSelected = useProveChoices(({ selected }) => selected === variant.key);
  return (
    <ToggleButton
      isSelected={isSelected}
      onChange={(is) => useProveChoices.setState({ selected: is ? variant.key : null })}
      className={styles.name ?? ''}
    >
      <span title={nameOf(variant)}>{shortName(variant)}</span>
    </ToggleButton>
  );
}
