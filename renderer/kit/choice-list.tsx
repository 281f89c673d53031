// The list that a select opens.
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ListBox, ListBoxItem } from 'react-aria-components';
import { classNames } from './class-names.ts';
import styles from './floating.module.css';
import kit from './primitives.module.css';

export type Choice<Id extends string> = {
  readonly id: Id;
  readonly label: string;
  /** A second line that explains the choice. */
  readonly note?: string | undefined;
  readonly isDisabled?: boolean;
};

type ChoiceListProps<Id extends string> = { readonly choices: readonly Choice<Id>[] };

export function ChoiceList<Id extends string>({ choices }: ChoiceListProps<Id>): ReactNode {
  const { t } = useTranslation();
  return (
    <ListBox<Choice<Id>>
      items={choices}
      className={styles.list ?? ''}
      renderEmptyState={() => <div className={styles.empty}>{t('kit.noMatch')}</div>}
    >
      {(choice) => (
        <ListBoxItem
          id={choice.id}
          textValue={choice.label}
          isDisabled={choice.isDisabled === true}
          className={classNames(kit.row2, styles.item)}
        >
          <span className={kit.fill}>
            {choice.label}
            {choice.note !== undefined && <span className={classNames(kit.note, styles.itemNote)}>{choice.note}</span>}
          </span>
          <Check size={14} aria-hidden className={styles.check} />
        </ListBoxItem>
      )}
    </ListBox>
  );
}
