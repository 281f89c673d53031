import { Monitor, Moon, Sun } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Settings } from '../../../electron/contract/api/app.ts';
import { LANGUAGES } from '../../../electron/contract/text/languages.ts';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { NumberField } from '../../kit/number-field.tsx';
import { Segmented } from '../../kit/segmented.tsx';
import { Select } from '../../kit/select.tsx';
import { Term } from '../../kit/term.tsx';
import { Switch } from '../../kit/switch.tsx';
import { bridge } from '../../state/bridge.ts';
import { useOutputFolder } from '../../state/output-folder.ts';
import { useChangeSettings } from '../../state/settings.ts';
import { Folders } from './folders.tsx';
import { SettingsError } from './settings-error.tsx';
import styles from './settings.module.css';

const THEMES = [
  { id: 'system', icon: Monitor },
  { id: 'light', icon: Sun },
  { id: 'dark', icon: Moon },
] as const;

/** Tokens of a conversation, by which memory is judged. */
const MIN_CTX = 256;
const MOST_CTX = 1 << 24;

export function GeneralTab({ settings }: { readonly settings: Settings }): ReactNode {
  const { t } = useTranslation();
  const change = useChangeSettings();
  const languages = [
    { id: 'system', label: t('settings.language.system') },
    ...Object.entries(LANGUAGES).map(([id, { name }]) => ({ id, label: name })),
  ];
  return (
    <div className={kit.stack5}>
      <div className={classNames(kit.stack5, styles.form)}>
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
        <NumberField
          label={<Term name="context">{t('settings.context.label')}</Term>}
          unit={t('settings.context.unit')}
          minValue={MIN_CTX}
          maxValue={MOST_CTX}
          step={MIN_CTX}
          value={settings.ctx}
          onChange={(ctx) => change.mutate({ ctx })}
        />
        <Switch
          isSelected={settings.allowHub}
          onChange={(allowHub) => change.mutate({ allowHub })}
          note={t('settings.hub.note')}
        >
          {t('settings.hub.label')}
        </Switch>
        <OutputFolder />
        <SettingsError error={change.error} />
      </div>
      <Folders />
    </div>
  );
}

/** The folder for results that nobody chose a place for. */
function OutputFolder(): ReactNode {
  const { t } = useTranslation();
  const folder = useOutputFolder();
  if (folder === undefined) return null;
  return (
    <div className={kit.stack2}>
      <h2>{t('settings.output.label')}</h2>
      <p className={kit.quoted}>
        <code>{folder}</code>
      </p>
      <p className={kit.lead}>{t(bridge().host === 'served' ? 'settings.output.note' : 'settings.output.noteHere')}</p>
    </div>
  );
}
