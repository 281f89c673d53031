// Which models are compared. The full one always is, since it is the reference of the others.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Checkbox } from '../../../kit/checkbox.tsx';
import { classNames } from '../../../kit/class-names.ts';
import kit from '../../../kit/primitives.module.css';
import { chooseVariant } from './prove-choices.ts';
import styles from './prove.module.css';
import type { ProofVariant } from './use-proof.ts';
import { useVariantName } from './variant-name.tsx';

/** The selection's own variants, then files of other choices, which are only there for comparison. */
export function ModelChoices({ variants }: { readonly variants: readonly ProofVariant[] }): ReactNode {
  const { t } = useTranslation();
  const [own, others] = [true, false].map((is) => variants.filter(({ isOwn }) => isOwn === is));
  return (
    <section className={classNames(kit.stack2, styles.group)} aria-label={t('prove.modelsTitle')}>
      <h2>{t('prove.modelsTitle')}</h2>
      <Checkbox isSelected isDisabled onChange={() => undefined}>
        {t('prove.full')}
      </Checkbox>
      {own?.map((variant) => (
        <VariantChoice key={variant.key} variant={variant} />
      ))}
      {others !== undefined && others.length > 0 && (
        <div className={classNames(kit.stack2, styles.group)}>
          <h3 className={classNames(kit.note, styles.subheading)}>{t('prove.otherSelections')}</h3>
          {others.map((variant) => (
            <VariantChoice key={variant.key} variant={variant} />
          ))}
        </div>
      )}
    </section>
  );
}

function VariantChoice({ variant }: { readonly variant: ProofVariant }): ReactNode {
  const { t } = useTranslation();
  const nameOf = useVariantName();
  const { key, kind, isChosen } = variant;
  const note = kind === 'preview' ? t('prove.previewNote') : kind === 'gone' ? t('prove.goneNote') : undefined;
  return (
    <Checkbox isSelected={isChosen} onChange={(is) => chooseVariant(key, is)} {...(note !== undefined && { note })}>
      {nameOf(variant)}
    </Checkbox>
  );
}
