// By hand: its steps, and what they are about. On other screens only the button that opens a closed inspector.
import { PanelRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from 'react-aria-components';
import { BY_HAND, commandKeys, goCommand, type ScreenId } from '../../electron/contract/commands.ts';
import { useInspector } from '../inspector/inspector.tsx';
import { classNames } from '../kit/class-names.ts';
import { IconButton } from '../kit/icon-button.tsx';
import { keyText } from '../kit/key-names.ts';
import { Popover } from '../kit/popover.tsx';
import kit from '../kit/primitives.module.css';
import { useNavigation } from '../state/navigation.ts';
import styles from './hand-bar.module.css';
import { useHandChips, type Chip } from './hand-chips.ts';
import { Picker } from './picker.tsx';

export function HandBar(): ReactNode {
  const { t } = useTranslation();
  const screen = useNavigation((navigation) => navigation.screen);
  const hasInspector = useInspector(({ users }) => users > 0);
  const isInspectorOpen = useInspector(({ slot }) => slot !== null);
  const isByHand = BY_HAND.some((step) => step === screen);
  const canOpen = hasInspector && !isInspectorOpen;
  if (!isByHand && !canOpen) return null;
  return (
    <header className={classNames(kit.row, styles.bar)}>
      {isByHand && (
        <>
          <Steps current={screen} />
          <Chips />
        </>
      )}
      {canOpen && (
        <div className={styles.tools}>
          <IconButton
            icon={PanelRight}
            label={t('frame.toggleInspector')}
            keys={keyText(commandKeys('inspector'))}
            onPress={() => useInspector.getState().toggle()}
          />
        </div>
      )}
    </header>
  );
}

function Steps({ current }: { readonly current: ScreenId }): ReactNode {
  const { t } = useTranslation();
  return (
    <nav aria-label={t('frame.hand.title')}>
      <ul className={classNames(kit.row1, styles.steps)}>
        {BY_HAND.map((step) => (
          <li key={step}>
            <a
              href={`#/${step}`}
              draggable={false}
              title={keyText(commandKeys(goCommand(step)))}
              className={styles.step}
              {...(step === current && { 'aria-current': 'page' })}
            >
              {t(`frame.screen.${step}`)}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Chips(): ReactNode {
  return useHandChips().map((chip) => (
    <div key={chip.id} className={classNames(kit.row, styles.item, chip.id === 'export' && styles.ofFile)}>
      <HandChip chip={chip} />
    </div>
  ));
}

function HandChip({ chip }: { readonly chip: Chip }): ReactNode {
  const { what, value, missing, choices, chosenId, onChoose, emptyText, screen } = chip;
  return (
    <Popover
      label={what}
      trigger={
        <Button className={classNames(kit.stack, styles.chip)}>
          <span className={classNames(kit.tiny, styles.what)}>{what}</span>
          <span
            className={classNames(kit.ellipsis, styles.value, value === null && styles.missing)}
            title={value ?? missing}
          >
            {value ?? missing}
          </span>
        </Button>
      }
    >
      {(close) => (
        <Picker
          label={what}
          choices={choices()}
          value={chosenId}
          onChoose={onChoose}
          emptyText={emptyText}
          screen={screen}
          close={close}
        />
      )}
    </Popover>
  );
}
