// Options for those who know why they change them: open or closed on all screens alike, and remembered.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Settings } from '../../electron/contract/api/app.ts';
import { classNames } from '../kit/class-names.ts';
import kit from '../kit/primitives.module.css';
import { reportFailure } from '../state/report-failure.ts';
import { changeSettings, useSettingsPart } from '../state/settings.ts';
import styles from './advanced.module.css';

const pickAdvanced = ({ advanced }: Settings): boolean => advanced;

export function Advanced({ children }: { readonly children: ReactNode }): ReactNode {
  const { t } = useTranslation();
  const isOpen = useSettingsPart(pickAdvanced) ?? false;
  return (
    <details
      open={isOpen}
      className={styles.advanced}
      onToggle={({ currentTarget: { open } }) => {
        if (open !== isOpen) changeSettings({ advanced: open }).catch(reportFailure);
      }}
    >
      <summary>{t('kit.advanced')}</summary>
      <div className={classNames(kit.stack4, styles.options)}>{isOpen && children}</div>
    </details>
  );
}
