// The current choices from left to right, which are the whole state of the work.
import { ChevronRight, PanelRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from 'react-aria-components';
import { commandKeys } from '../../electron/contract/commands.ts';
import { classNames } from '../kit/class-names.ts';
import { IconButton } from '../kit/icon-button.tsx';
import { keyText } from '../kit/key-names.ts';
import { Popover } from '../kit/popover.tsx';
import { useInspector } from '../inspector/inspector.tsx';
import kit from '../kit/primitives.module.css';
import { Picker } from './picker.tsx';
import { useTrailChips, type Chip } from './trail-chips.ts';
import styles from './trail-bar.module.css';

const OF_FILES: ReadonlySet<Chip['id']> = new Set(['model', 'export']);

export function TrailBar(): ReactNode {
  const { t } = useTranslation();
  const chips = useTrailChips();
  const hasInspector = useInspector(({ users }) => users > 0);
  const isInspectorOpen = useInspector(({ slot }) => slot !== null);
  return (
    <header className={classNames(kit.row, styles.trail)}>
      {chips.map((chip, index) => (
        <div key={chip.id} className={classNames(kit.row, styles.item, OF_FILES.has(chip.id) && styles.ofFile)}>
          {index > 0 && <ChevronRight size={14} aria-hidden className={styles.arrow} />}
          <TrailChip chip={chip} />
        </div>
      ))}
      <div className={classNames(kit.row1, styles.tools)}>
        {hasInspector && !isInspectorOpen && (
          <IconButton
            icon={PanelRight}
            label={t('frame.toggleInspector')}
            keys={keyText(commandKeys('inspector'))}
            onPress={() => useInspector.getState().toggle()}
          />
        )}
      </div>
    </header>
  );
}

function TrailChip({ chip }: { readonly chip: Chip }): ReactNode {
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
