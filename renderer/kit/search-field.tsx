import { Search, X } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, Input, Label, SearchField as AriaSearchField } from 'react-aria-components';
import { classNames } from './class-names.ts';
import styles from './field.module.css';
import kit from './primitives.module.css';

type SearchFieldProps = {
  /** For screen readers, and shown as the placeholder. */
  readonly label: string;
  /** Left out inside an Autocomplete, which holds the value. */
  readonly value?: string;
  readonly onChange?: (value: string) => void;
  readonly autoFocus?: boolean;
};

export const SearchField = memo(function SearchField({ label, ...rest }: SearchFieldProps): ReactNode {
  const { t } = useTranslation();
  return (
    <AriaSearchField {...rest} className={classNames(kit.stack1, styles.field, styles.hiddenLabel)}>
      <Label className={classNames(kit.note, styles.label)}>{label}</Label>
      <div className={classNames(kit.row, styles.box)}>
        <Search size={14} aria-hidden className={styles.lead} />
        <Input placeholder={label} className={classNames(kit.fill, styles.input)} />
        <Button className={styles.clear ?? ''} aria-label={t('kit.clear')}>
          <X size={14} aria-hidden />
        </Button>
      </div>
    </AriaSearchField>
  );
});
