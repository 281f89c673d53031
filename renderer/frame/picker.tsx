// The list that a chip of the trail opens: search, choose, or go to the screen that makes such things.
import { Check } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ListBox, ListBoxItem } from 'react-aria-components';
import type { ScreenId } from '../../electron/contract/commands.ts';
import { Button } from '../kit/button.tsx';
import type { Choice } from '../kit/choice-list.tsx';
import { classNames } from '../kit/class-names.ts';
import floating from '../kit/floating.module.css';
import kit from '../kit/primitives.module.css';
import { SearchField } from '../kit/search-field.tsx';
import { go } from '../state/navigation.ts';
import styles from './hand-bar.module.css';

/** With fewer choices, a search would be slower than looking. */
const SEARCH_FROM = 8;

type PickerProps = {
  readonly label: string;
  readonly choices: readonly Choice<string>[];
  readonly value: string | null;
  readonly onChoose: (id: string) => void;
  /** Shown when there is nothing to choose. */
  readonly emptyText: string;
  /** The screen that makes such things. */
  readonly screen: ScreenId;
  readonly close: () => void;
};

export function Picker({ label, choices, value, onChoose, emptyText, screen, close }: PickerProps): ReactNode {
  const { t, i18n } = useTranslation();
  const [search, setSearch] = useState('');
  const wanted = search.toLocaleLowerCase(i18n.language);
  const matches = choices.filter((choice) =>
    `${choice.label} ${choice.note ?? ''}`.toLocaleLowerCase(i18n.language).includes(wanted),
  );
  return (
    <div className={classNames(kit.stack2, styles.picker)}>
      {choices.length >= SEARCH_FROM && (
        <SearchField label={t('frame.trail.search')} value={search} onChange={setSearch} autoFocus />
      )}
      {choices.length === 0 ? (
        <p className={styles.hint}>{emptyText}</p>
      ) : (
        <ChoiceBox label={label} choices={matches} value={value} onChoose={onChoose} close={close} />
      )}
      <div className={styles.foot}>
        <Button
          size="small"
          onPress={() => {
            go(screen);
            close();
          }}
        >
          {t('frame.trail.goTo', { screen: t(`frame.screen.${screen}`) })}
        </Button>
      </div>
    </div>
  );
}

type ChoiceBoxProps = Pick<PickerProps, 'label' | 'choices' | 'value' | 'onChoose' | 'close'>;

function ChoiceBox({ label, choices, value, onChoose, close }: ChoiceBoxProps): ReactNode {
  return (
    <ListBox
      aria-label={label}
      items={choices}
      selectionMode="single"
      selectedKeys={value === null ? [] : [value]}
      onSelectionChange={(keys) => {
        const [id] = keys === 'all' ? [] : [...keys];
        if (typeof id === 'string') onChoose(id);
        close();
      }}
      className={styles.list ?? ''}
    >
      {(choice) => (
        <ListBoxItem id={choice.id} textValue={choice.label} className={classNames(kit.row2, floating.item)}>
          <span className={kit.fill}>
            <span className={classNames(kit.ellipsis, styles.pickName)}>{choice.label}</span>
            <span className={classNames(kit.note, floating.itemNote)}>{choice.note}</span>
          </span>
          <Check size={14} aria-hidden className={floating.check} />
        </ListBoxItem>
      )}
    </ListBox>
  );
}
