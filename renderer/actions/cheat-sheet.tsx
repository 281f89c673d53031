// All keyboard shortcuts on one page.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../kit/class-names.ts';
import { Dialog } from '../kit/dialog.tsx';
import { KeyCap } from '../kit/key-cap.tsx';
import kit from '../kit/primitives.module.css';
import { availableActions } from './actions.ts';
import { useOpenViews } from './open-views.ts';
import styles from './palette.module.css';
import { ACTION_GROUPS } from './screen-actions.ts';

export function CheatSheet(): ReactNode {
  const { t } = useTranslation();
  const isOpen = useOpenViews(({ isCheatSheetOpen }) => isCheatSheetOpen);
  return (
    <Dialog
      title={t('frame.action.cheatSheet')}
      size="wide"
      isOpen={isOpen}
      onClose={() => useOpenViews.setState({ isCheatSheetOpen: false })}
    >
      {isOpen && <Sheet />}
    </Dialog>
  );
}

function Sheet(): ReactNode {
  const { t } = useTranslation();
  const withKeys = availableActions().filter(({ keys = [] }) => keys.length > 0);
  return (
    <div className={styles.columns}>
      {ACTION_GROUPS.map((group) => ({ group, own: withKeys.filter((action) => action.group === group) }))
        .filter(({ own }) => own.length > 0)
        .map(({ group, own }) => (
          <section key={group} className={styles.section}>
            <h3>{t(`frame.actionGroup.${group}`)}</h3>
            <ul>
              {own.map(({ id, label, keys = [] }) => (
                <li key={id} className={classNames(kit.ends, styles.line)}>
                  <span>{label(t)}</span>
                  <span className={styles.caps}>
                    {keys.map((combination) => (
                      <KeyCap key={combination} keys={combination} />
                    ))}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        ))}
    </div>
  );
}
