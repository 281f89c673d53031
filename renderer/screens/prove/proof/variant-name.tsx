// The name of a variant, and the name as a button that opens it in the inspector.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ToggleButton } from 'react-aria-components';
import { classNames } from '../../../kit/class-names.ts';
import kit from '../../../kit/primitives.module.css';
import { useProveChoices } from './prove-choices.ts';
import styles from './prove.module.css';
import type { VariantOption } from './variants.ts';

/** Returns a function that gives the long name, where there is room: "python-16e.gguf", "Preview, EASY-EP". */
export function useVariantName(): (option: VariantOption) => string {
  const { t } = useTranslation();
  return ({ kind, criterion, name }) => {
    if (kind === 'file' || kind === 'gone') return name;
    return criterion === null ? t('prove.preview') : t('prove.previewBy', { criterion });
  };
}

/** Returns a function that gives the short name, for tables with one line per variant: no longer than needed to tell them apart. */
export function useShortName(variants: readonly VariantOption[]): (option: VariantOption) => string {
  const { t } = useTranslation();
  const files = variants.filter(({ kind, isOwn }) => isOwn && kind !== 'preview').length;
  return ({ kind, isOwn, name }) => {
    if (kind === 'preview') return t('prove.preview');
    return isOwn && kind === 'file' && files === 1 ? t('prove.prunedFile') : name;
  };
}

type VariantButtonProps = { readonly variant: VariantOption; readonly variants: readonly VariantOption[] };

export function VariantButton({ variant, variants }: VariantButtonProps): ReactNode {
  const nameOf = useVariantName();
  const shortName = useShortName(variants);
  const isSelected = useProveChoices(({ selected }) => selected === variant.key);
  return (
    <ToggleButton
      isSelected={isSelected}
      onChange={(is) => useProveChoices.setState({ selected: is ? variant.key : null })}
      className={classNames(kit.option, kit.ellipsis, styles.name, styles.variantName)}
    >
      <span title={nameOf(variant)}>{shortName(variant)}</span>
    </ToggleButton>
  );
}
