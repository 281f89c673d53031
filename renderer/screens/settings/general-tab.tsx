import { Monitor, Moon, Sun } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Settings } from '../../../electron/contract/api/app.ts';
import { LANGUAGES } from '../../i18n/i18n.ts';
import { Segmented } from '../../kit/segmented.tsx';
import { Select } from '../../kit/select.tsx';
import { Switch } from '../../kit/switch.tsx';
import { useChangeSettings } from '../../state/settings.ts';
import { SettingsError } from './settings-error.tsx';
import styles from './settings.module.css';

const THEMES = [
  { id: 'system', icon: Monitor },
  { id: 'light', icon: Sun },
  { id: 'dark', icon: Moon },
] as const;

export function GeneralTab({ settings }: { readonly settings: Settings }): ReactNode {
  const { t } = useTranslation();
  const change = useChangeSettings();
  const languages = [
    { id: 'system', label: t('settings.language.system') },
    ...Object.entries(LANGUAGES).map(([id, label]) => ({ id, label })),
  ];
  return (
    <div className={styles.form}>
      <Segmented
        label={t('settings.theme.label')}
        segments={THEMES.map(({ id, icon }) => ({ id, icon, label: t(`settings.theme.${id}`) }))}
        value={settings.theme}
        onChange={(theme) => change.mutate({ theme })}
      />
      <Select
        label={t('settings.language.label')}
        choices={languages}
        value={settings.language}
        onChange={(language) => change.mutate({ language })}
      />
      <Switch
        isSelected={settings.advanced}
        onChange={(advanced) => change.mutate({ advanced })}
        note={t('settings.advanced.note')}
      >
        {t('settings.advanced.label')}
      </Switch>
      <SettingsError error={change.error} />
    </div>
  );
}
