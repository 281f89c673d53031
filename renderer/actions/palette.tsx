// All actions, found by typing.
import type { ReactNode } from 'react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  Autocomplete,
  Dialog,
  Header,
  Menu,
  MenuItem,
  MenuSection,
  Modal,
  ModalOverlay,
  useFilter,
} from 'react-aria-components';
import { classNames } from '../kit/class-names.ts';
import floating from '../kit/floating.module.css';
import { KeyCap } from '../kit/key-cap.tsx';
import kit from '../kit/primitives.module.css';
import { SearchField } from '../kit/search-field.tsx';
import { availableActions } from './actions.ts';
import { useOpenViews } from './open-views.ts';
import styles from './palette.module.css';
import { perform } from './perform.ts';
import { ACTION_GROUPS } from './screen-actions.ts';

export function Palette(): ReactNode {
  const isOpen = useOpenViews(({ isPaletteOpen }) => isPaletteOpen);
  return (
    <ModalOverlay
      isOpen={isOpen}
      onOpenChange={(open) => useOpenViews.setState({ isPaletteOpen: open })}
      isDismissable
      className={classNames(kit.scrim, styles.overlay)}
    >
      <Modal className={classNames(kit.raised, styles.modal)}>
        <PaletteDialog />
      </Modal>
    </ModalOverlay>
  );
}

function PaletteDialog(): ReactNode {
  const { t } = useTranslation();
  const { contains } = useFilter({ sensitivity: 'base' });
  const [search, setSearch] = useState('');
  const actions = availableActions();
  return (
    <Dialog aria-label={t('frame.action.palette')} className={classNames(kit.stack, styles.dialog)}>
      <Autocomplete inputValue={search} onInputChange={setSearch} filter={contains}>
        <div className={styles.search}>
          <SearchField label={t('frame.palette.search')} autoFocus />
        </div>
        {/* the focus stays in the search field: without a tab stop of its own, the list could not be scrolled by keys */}
        <div className={styles.scroll} tabIndex={0} role="group" aria-label={t('frame.action.palette')}>
          <Menu
            aria-label={t('frame.action.palette')}
            className={styles.menu ?? ''}
            renderEmptyState={() => <div className={floating.empty}>{t('kit.noMatch')}</div>}
            onAction={(id) => {
              useOpenViews.setState({ isPaletteOpen: false });
              const action = actions.find((other) => other.id === id);
              if (action) void perform(action);
            }}
          >
            {ACTION_GROUPS.map((group) => ({ group, own: actions.filter((action) => action.group === group) }))
              .filter(({ own }) => own.length > 0)
              .map(({ group, own }) => (
                <MenuSection key={group} id={group}>
                  <Header className={classNames(kit.tiny, styles.group)}>{t(`frame.actionGroup.${group}`)}</Header>
                  {own.map(({ id, label, words, icon: Icon, keys }) => (
                    <MenuItem
                      key={id}
                      id={id}
                      textValue={[label(t), words?.(t)].join(' ')}
                      className={classNames(kit.row2, floating.item)}
                    >
                      <Icon size={15} strokeWidth={1.75} aria-hidden />
                      <span className={kit.fill}>{label(t)}</span>
                      {keys?.[0] !== undefined && <KeyCap keys={keys[0]} />}
                    </MenuItem>
                  ))}
                </MenuSection>
              ))}
          </Menu>
        </div>
      </Autocomplete>
    </Dialog>
  );
}
