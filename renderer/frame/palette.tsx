// Ctrl+K: every screen, what can be added, and the buttons of the current screen, by the words that stand on them.
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Autocomplete, Menu, MenuItem, useFilter } from 'react-aria-components';
import { SCREEN_IDS } from '../../electron/contract/commands.ts';
import { chooseFiles } from '../files/hand-over.ts';
import { classNames } from '../kit/class-names.ts';
import { Dialog } from '../kit/dialog.tsx';
import floating from '../kit/floating.module.css';
import kit from '../kit/primitives.module.css';
import { SearchField } from '../kit/search-field.tsx';
import { openSample } from '../state/first-run.ts';
import { go } from '../state/navigation.ts';
import { closePalette, usePalette } from './palette-open.ts';

/** More would have to be read before anything is typed. */
const MOST_BEFORE_TYPING = 20;

type Entry = { readonly label: string; readonly perform: () => void };

export function Palette(): ReactNode {
  const isOpen = usePalette((palette) => palette.isOpen);
  return isOpen && <OpenPalette />;
}

function OpenPalette(): ReactNode {
  const { t } = useTranslation();
  const { contains } = useFilter({ sensitivity: 'base' });
  const [typed, setTyped] = useState('');
  const all = useEntries();
  const entries = typed === '' ? all.slice(0, MOST_BEFORE_TYPING) : all;
  return (
    <Dialog title={t('frame.palette.title')} isOpen onClose={closePalette}>
      <Autocomplete filter={contains} inputValue={typed} onInputChange={setTyped}>
        <SearchField label={t('frame.palette.title')} autoFocus />
        <Menu
          aria-label={t('frame.palette.title')}
          items={entries.map((entry, index) => ({ ...entry, id: index }))}
          className={floating.list ?? ''}
          renderEmptyState={() => <div className={floating.empty}>{t('frame.palette.empty')}</div>}
        >
          {({ id, label, perform }) => (
            <MenuItem
              id={id}
              textValue={label}
              className={classNames(kit.row2, floating.item)}
              onAction={() => {
                closePalette();
                // the button that is pressed is reachable again once the dialog has closed
                setTimeout(perform);
              }}
            >
              {label}
            </MenuItem>
          )}
        </Menu>
      </Autocomplete>
    </Dialog>
  );
}

function useEntries(): readonly Entry[] {
  const { t } = useTranslation();
  const always: readonly Entry[] = [
    ...SCREEN_IDS.map((screen) => ({ label: t(`frame.screen.${screen}`), perform: () => go(screen) })),
    { label: t('models.open'), perform: () => void chooseFiles('model') },
    { label: t('fit.ownFiles'), perform: () => void chooseFiles('demos') },
    { label: t('models.sample'), perform: () => void openSample() },
  ];
  const labels = new Set(always.map(({ label }) => label));
  const ofScreen = buttonsOfScreen().filter(({ label }) => !labels.has(label));
  return [...always, ...ofScreen];
}

/** The buttons with words on the current screen that can be pressed. */
function buttonsOfScreen(): readonly Entry[] {
  const buttons = [...document.querySelectorAll<HTMLButtonElement>('main button:enabled')];
  const named = buttons.map((button) => ({ label: button.textContent.trim(), perform: () => button.click() }));
  return [...new Map(named.filter(({ label }) => label !== '').map((entry) => [entry.label, entry])).values()];
}
